"""Running again what failed or was cancelled, with what follows from it; what completed stays as it is.

What the workflow itself chose stays chosen: a failure that a handler took, and what a ``cancel`` node, ``cancel_rest``
or an ``end`` that completes has cancelled, are results like any other.
"""

from __future__ import annotations

from wflow.engine import edges, join, routing
from wflow.engine.state import Activation, Ending, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.graph.plan import EACH

__all__ = ["rerun_scope"]


def rerun_scope(state: State, scope: Scope) -> None:
    """Set back what did not complete in a scope that ended, and start it again."""
    ending, scope.ending = scope.ending, None
    scope.status = "open"
    scope.cancelled = False
    scope.grace = 0
    scope.failure = None
    again = _to_run_again(scope, ending)
    for index in again:
        _set_back(scope, scope.nodes[index], again)
    scope.unfinished = len(again)
    if state.switches:
        edges.switch_as_told(state, scope)
    if not again:
        state.push(STEPS["scope_done"], state, scope)
    for index in sorted(again):
        _go_on(state, scope, scope.nodes[index], again)


def _to_run_again(scope: Scope, ending: Ending | None) -> set[int]:
    """Nodes that failed unhandled, were cancelled with their scope or ended it badly, and all skipped behind them."""
    ended_by = ending.address if ending is not None and ending.status != "completed" else None
    again = {
        node.plan.index
        for node in scope.nodes
        if not node.plan.aside and (_is_open(node) or scope.prefix + node.plan.id == ended_by)
    }
    pending = list(again)
    while pending:
        for edge in scope.nodes[pending.pop()].plan.out:
            target = scope.nodes[edge.target]
            if target.status == "skipped" and target.stopped != "flow" and edge.target not in again:
                again.add(edge.target)
                pending.append(edge.target)
    return again


def _is_open(node: NodeState) -> bool:
    if node.status == "failed":
        return not node.handled
    if node.status == "cancelled":
        return node.stopped != "flow"
    if node.status == "skipped":
        return node.stopped == "scope"
    return node.status != "completed"


def _set_back(scope: Scope, node: NodeState, again: set[int]) -> None:
    """Forget how the node ended. Its queues from nodes that run again are open; one more keeps it from being decided
    before `_go_on` comes to it.
    """
    node.status = "active" if node.plan.join == EACH and node.number else "pending"
    node.fault = None
    node.handled = False
    node.stopped = ""
    node.open = 1 + sum(1 for edge in node.plan.inbound if edge.source in again)
    node.broken = any(
        routing.closes_broken(scope, edge, scope.nodes[edge.source])
        for edge in node.plan.inbound
        if edge.source not in again
    )
    kept = {edge: message for edge, message in node.inbox.items() if _stays(scope, message, again)}
    node.came -= len(node.inbox) - len(kept)
    node.inbox = kept


def _stays(scope: Scope, message: Message, again: set[int]) -> bool:
    """Whether a message that has come still counts, because its source will not send it again."""
    edge = scope.graph.edges[message.edge]
    if edge.source not in again or edge.trigger == "next":
        return True
    return edge.trigger == "complete" and scope.nodes[edge.source].plan.join == EACH


def _go_on(state: State, scope: Scope, node: NodeState, again: set[int]) -> None:
    """Start the node again from what it had, where that is enough; else it waits for what its sources will send."""
    if node.plan.join == EACH:
        before, node.left = node.left, []
        for last in before:
            if all(_stays(scope, message, again) for message in last.messages):
                _start_each(state, scope, node, last)
    elif node.left and _was_unstarted(node.left[-1]):
        _deliver_again(state, scope, node.left.pop().messages[0], again)
    node.open -= 1
    if node.plan.inbound:
        join.look(state, scope, node)
    else:
        join.start(state, scope, node, [])


def _was_unstarted(last: Activation) -> bool:
    return last.fault is not None and not last.attempt and bool(last.messages)


def _start_each(state: State, scope: Scope, node: NodeState, last: Activation) -> None:
    if _was_unstarted(last):
        _deliver_again(state, scope, last.messages[0], set())
        return
    activation = join.create(state, scope, node, last.messages)
    activation.loop, activation.scopes = last.loop, last.scopes
    STEPS["begin"](state, activation)


def _deliver_again(state: State, scope: Scope, message: Message, again: set[int]) -> None:
    """A message whose condition could not be evaluated is looked at again: what it looks at may have changed."""
    if not _stays(scope, message, again):
        return
    edge = scope.graph.edges[message.edge]
    source = scope.nodes[edge.source]
    good = edge.trigger in ("complete", "next")
    extra = {
        "output": message.payload if good else source.output,
        "error": None if good else routing.error_of(source.fault),
    }
    routing.deliver(state, scope, edge, message.payload, activation=None, extra=extra, cleanup=message.cleanup)
