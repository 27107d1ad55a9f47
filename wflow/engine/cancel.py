"""Cancelling: a scope, a node, an activation, and the rest of what could still have led to a join."""

from __future__ import annotations

from wflow.engine import join, limits, routing
from wflow.engine.activation import cancelled, send_cancel
from wflow.engine.commands import StopActivation
from wflow.engine.events import NodeCancelled
from wflow.engine.state import DONE, Activation, NodeState, Scope, State
from wflow.engine.steps import STEPS

__all__ = ["cancel_activation", "cancel_node", "cancel_rest", "cancel_scope", "end_grace"]


def cancel_scope(state: State, scope: Scope) -> None:
    """Cancel what has not finished in the scope; its clean-up (``cancel`` and ``always`` edges) still runs, for the
    workflow's ``cancel_grace`` at most.
    """
    if scope.cancelled or scope.status != "open":
        return
    scope.cancelled = True
    state.set_deadline(state.now + scope.world.plan.workflow.cancel_grace, "grace", scope.prefix)
    for node in scope.nodes:
        if node.status in DONE:
            continue
        for activation in list(node.acts.values()):
            if not activation.cleanup:
                cancel_activation(state, activation)


def cancel_activation(state: State, activation: Activation, why: str = "cancel") -> None:
    """Cancel one activation: asked to stop where it runs, over at once where it does not. ``why`` is ``cancel``,
    ``timeout``, or ``target`` for one that a ``cancel`` node names.
    """
    if activation.id not in state.activations or (activation.stopping and activation.stopping != "timeout"):
        return
    status = activation.status
    activation.stopping = why
    if status == "running":
        state.commands.append(StopActivation(activation.id, "timeout" if why == "timeout" else "cancel"))
    elif status == "standing":
        for other in list(state.activations.values()):
            if other.stands_for is activation:
                cancel_activation(state, other, why)
    elif status == "open" and activation.loop is not None:
        for scope in list(activation.loop.unfinished.values()):
            cancel_scope(state, scope)
        state.push(STEPS["pump"], state, activation)
    elif status == "open" and activation.scopes:
        for scope in list(activation.scopes):
            cancel_scope(state, scope)
    else:
        if status == "ready":
            limits.leave_queues(state, activation)
        cancelled(state, activation)


def cancel_node(state: State, scope: Scope, node: NodeState, *, target: bool = False) -> None:
    """Cancel a node: what runs of it, or the node itself where it has not started (an explicit ``target`` is
    cancelled then, anything else left to be skipped).
    """
    if node.status in DONE:
        return
    if node.acts:
        for activation in list(node.acts.values()):
            cancel_activation(state, activation, "target" if target else "cancel")
    elif target:
        state.events.append(NodeCancelled(state.now, scope.prefix + node.plan.id, node.plan.type, 0, 0, 0.0))
        send_cancel(state, scope, node, None)
        routing.finish(state, scope, node, "cancelled")


def cancel_rest(state: State, scope: Scope, node: NodeState) -> None:
    """Cancel the unfinished nodes all of whose paths lead to this join; those not reached are skipped."""
    for index in scope.graph.feeders(node.plan.index):
        feeder = scope.nodes[index]
        if feeder.acts:
            cancel_node(state, scope, feeder)
        elif feeder.status not in DONE:
            join.skip(state, scope, feeder, broken=True)


def end_grace(state: State, prefix: str, scopes: list[Scope]) -> None:
    """The time for clean-up in the scopes with this prefix is over: stop that too."""
    for scope in scopes:
        if scope.prefix == prefix and scope.cancelled and scope.status == "open":
            for node in scope.nodes:
                for activation in list(node.acts.values()):
                    if activation.cleanup:
                        activation.cleanup = False
                        cancel_activation(state, activation)
