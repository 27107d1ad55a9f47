"""Running again what failed or was cancelled, with what follows from it; what completed stays as it is."""

from __future__ import annotations

from wflow.engine import join
from wflow.engine.scope import open_scope
from wflow.engine.state import Activation, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.graph.plan import EACH

__all__ = ["rerun_scope"]


def rerun_scope(state: State, scope: Scope) -> None:
    """Set back what did not complete in a scope that ended, and start it again.

    A failure that was handled is a result like any other and stays, with what was skipped because of it.
    """
    scope.status = "open"
    scope.cancelled = False
    scope.failure = None
    scope.ending = None
    if all(node.status == "pending" for node in scope.nodes):
        open_scope(state, scope)
        return
    again = _to_run_again(scope)
    started = [scope.nodes[index] for index in sorted(again) if _had_begun(scope.nodes[index])]
    for index in again:
        _set_back(scope, scope.nodes[index], again)
    scope.unfinished = len(again)
    if not again:
        state.push(STEPS["scope_done"], state, scope)
    for node in started:
        _start_again(state, scope, node)
    for index in sorted(again):
        node = scope.nodes[index]
        if node not in started and node.open == 0 and node.status == "pending":
            _settle(state, scope, node)


def _to_run_again(scope: Scope) -> set[int]:
    """Nodes that failed unhandled or were cancelled, and all that was skipped behind them."""
    again = {
        node.plan.index
        for node in scope.nodes
        if not node.plan.aside
        and (node.status in ("cancelled", "pending", "active") or (node.status == "failed" and not node.handled))
    }
    grown = True
    while grown:
        grown = False
        for node in scope.nodes:
            if node.status == "skipped" and node.plan.index not in again and not node.plan.aside:
                behind = any(edge.source in again for edge in node.plan.inbound)
                if behind or (node.broken and not node.plan.inbound):
                    again.add(node.plan.index)
                    grown = True
    return again


def _had_begun(node: NodeState) -> bool:
    return any(last.messages or not node.plan.inbound for last in node.left)


def _set_back(scope: Scope, node: NodeState, again: set[int]) -> None:
    node.status = "pending"
    node.fault = None
    node.handled = False
    node.open = sum(1 for edge in node.plan.inbound if edge.source in again)
    node.broken = any(
        scope.nodes[edge.source].status in ("failed", "cancelled")
        or (scope.nodes[edge.source].status == "skipped" and scope.nodes[edge.source].broken)
        for edge in node.plan.inbound
        if edge.source not in again and edge.trigger in ("complete", "next")
    )


def _settle(state: State, scope: Scope, node: NodeState) -> None:
    """A node that was set back and waits for nothing that runs again: decide it from what has come."""
    if not node.plan.inbound:
        join.start(state, scope, node, [])
    else:
        node.open = 1
        join.close(state, scope, node, False)


def _start_again(state: State, scope: Scope, node: NodeState) -> None:
    """New activations for the messages that those before had; a scope goes on with what it had done."""
    before, node.left = node.left, []
    for last in before if node.plan.join == EACH else before[-1:]:
        activation = join.create(state, scope, node, list(last.messages))
        activation.loop = last.loop
        if last.scopes and last.node.plan.type == "container":
            _go_on(state, activation, last)
        else:
            STEPS["begin"](state, activation)


def _go_on(state: State, activation: Activation, last: Activation) -> None:
    activation.scopes = last.scopes
    activation.status = "open"
    activation.attempt = 1
    activation.started_at = state.now
    STEPS["start_event"](state, activation)
    for scope in activation.scopes:
        scope.owner = activation
        rerun_scope(state, scope)
