"""Cancelling: a scope, a node, an activation, and the rest of what could still have led to a join."""

from __future__ import annotations

from wflow.engine import join, limits, routing
from wflow.engine.activation import cancelled, send_cancel, timed_out
from wflow.engine.commands import StopActivation
from wflow.engine.events import NodeCancelled
from wflow.engine.state import DONE, Activation, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.graph.plan import EACH

__all__ = ["cancel_activation", "cancel_node", "cancel_rest", "cancel_scope", "end_grace"]


def cancel_scope(state: State, scope: Scope) -> None:
    """Cancel what has not finished in the scope; its clean-up (``cancel`` and ``always`` edges) still runs, for the
    workflow's ``cancel_grace`` at most.
    """
    if scope.cancelled or scope.status != "open":
        return
    scope.cancelled = True
    scope.grace = state.set_deadline(state.now + scope.world.plan.workflow.cancel_grace, "grace", scope.prefix)
    why = "rest" if scope.ending is not None and scope.ending.status == "completed" else "cancel"
    for node in scope.nodes:
        if node.status in DONE:
            continue
        for activation in list(node.acts.values()):
            if not activation.cleanup:
                cancel_activation(state, activation, why)


def cancel_activation(state: State, activation: Activation, why: str = "cancel") -> None:
    """Cancel one activation: asked to stop where it runs, over at once where it does not. ``why`` is ``cancel``,
    ``timeout``, ``target`` for one that a ``cancel`` node names, or ``rest`` for one that the workflow needs no more.
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
    elif why == "timeout":
        timed_out(state, activation)
    else:
        if status == "ready":
            limits.give_way(state, activation)
        cancelled(state, activation)


def cancel_node(state: State, scope: Scope, node: NodeState, why: str) -> None:
    """The workflow itself cancels a node: what runs of it and what is yet to come. ``why`` is ``target`` or ``rest``.

    One that has not started is cancelled as a ``target``, and skipped as one of the ``rest``.
    """
    if node.status in DONE:
        return
    if node.acts:
        if node.plan.join == EACH:
            node.stopped = "flow"
        for activation in list(node.acts.values()):
            cancel_activation(state, activation, why)
        return
    node.stopped = "flow"
    if why == "rest" and node.status == "pending":
        join.skip(state, scope, node, broken=True)
        return
    state.events.append(NodeCancelled(state.now, scope.prefix + node.plan.id, node.plan.type, 0, 0, 0.0))
    send_cancel(state, scope, node, None)
    routing.finish(state, scope, node, "cancelled")


def cancel_rest(state: State, scope: Scope, node: NodeState) -> None:
    """Cancel the unfinished nodes all of whose paths lead to this join; those not reached are skipped."""
    for index in scope.graph.feeders(node.plan.index):
        cancel_node(state, scope, scope.nodes[index], "rest")


def end_grace(state: State, number: int, scopes: list[Scope]) -> None:
    """The time for clean-up is over in the scope whose deadline has that number: stop that too, and start no more."""
    for scope in scopes:
        if scope.grace == number and scope.status == "open":
            scope.grace = -1
            for node in scope.nodes:
                for activation in list(node.acts.values()):
                    activation.cleanup = False
                    cancel_activation(state, activation)
