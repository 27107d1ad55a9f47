"""Running again what failed or was cancelled, with what follows from it; what completed stays as it is.

What the workflow itself chose stays chosen: a failure that a handler took, and what a ``cancel`` node, ``cancel_rest``
or an ``end`` that completes has cancelled, are results like any other. A rerun may be restricted to ``state.chosen``:
what is not on the way to one of these addresses, and not behind it, stays as it ended.
"""

from __future__ import annotations

from wflow.engine import edges, join, letters, routing
from wflow.engine.locate import is_on_the_way
from wflow.engine.names import error_of
from wflow.engine.state import DONE, Activation, Ending, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.graph.plan import EACH

__all__ = ["is_chosen", "look_at_failures", "rerun_nodes", "rerun_scope", "start_each", "taken_up"]


def rerun_scope(state: State, scope: Scope) -> None:
    """Set back what did not complete in a scope that ended, and start it again."""
    ending, scope.ending = scope.ending, None
    scope.status = "open"
    scope.cancelled = False
    scope.grace = 0
    again = _to_run_again(state, scope, ending)
    rerun_nodes(state, scope, again)
    if not again:
        state.push(STEPS["scope_done"], state, scope)


def rerun_nodes(state: State, scope: Scope, seeds: set[int]) -> None:
    """Set these nodes of an open scope back, and all that were skipped behind them, and start them again."""
    again = _with_skipped_behind(scope, seeds)
    for index in again:
        _set_back(scope, scope.nodes[index], again)
    _reopen_behind(scope, again)
    scope.unfinished += len(again)
    look_at_failures(scope, again)
    if state.switches:
        edges.switch_as_told(state, scope)
    for index in sorted(again):
        _go_on(state, scope, scope.nodes[index], again)


def is_chosen(state: State, address: str) -> bool:
    """Whether a rerun of the present takes up what is at this address."""
    return state.chosen is None or any(is_on_the_way(address, chosen) for chosen in state.chosen)


def taken_up(state: State, before: Activation, after: Activation) -> None:
    """The activation ``after`` goes on where ``before`` failed or was cancelled."""
    if state.undos and (after.scopes or after.loop is not None):
        STEPS["note_again"](state, before.id, after.id)
    if state.letters:
        letters.forget_activation(state, before.address, before.number)


def _to_run_again(state: State, scope: Scope, ending: Ending | None) -> set[int]:
    """Nodes that failed unhandled, were cancelled with their scope or ended it badly."""
    ended_by = ending.address if ending is not None and ending.status != "completed" else None
    return {
        node.plan.index
        for node in scope.nodes
        if not node.plan.aside and _runs_again(state, scope.prefix + node.plan.id, node, ended_by)
    }


def _runs_again(state: State, address: str, node: NodeState, ended_by: str | None) -> bool:
    if node.status == "completed" and address != ended_by:
        return False
    if state.chosen is not None and address in state.chosen:
        return True
    return address in state.overrides or (is_chosen(state, address) and (_is_open(node) or address == ended_by))


def _is_open(node: NodeState) -> bool:
    if node.status == "failed":
        return not node.handled
    if node.status == "cancelled":
        return node.stopped != "flow"
    if node.status == "skipped":
        return node.stopped == "scope"
    return node.status != "completed"


def _with_skipped_behind(scope: Scope, seeds: set[int]) -> set[int]:
    again = set(seeds)
    pending = list(again)
    while pending:
        for edge in scope.nodes[pending.pop()].plan.out:
            target = scope.nodes[edge.target]
            if target.status == "skipped" and target.stopped != "flow" and edge.target not in again:
                again.add(edge.target)
                pending.append(edge.target)
    return again


def _set_back(scope: Scope, node: NodeState, again: set[int]) -> None:
    """Forget how the node ended. Its queues from nodes that run again are open; one more keeps it from being decided
    before `_go_on` comes to it.
    """
    node.status = "active" if node.plan.join == EACH and node.number else "pending"
    node.fault = None
    node.handled = False
    node.stopped = ""
    node.open = 1 + sum(1 for edge in node.plan.inbound if _is_to_come(scope, edge.source, again))
    _drop_old_messages(scope, node, again)


def _is_to_come(scope: Scope, source: int, again: set[int]) -> bool:
    return source in again or scope.nodes[source].status not in DONE


def _drop_old_messages(scope: Scope, node: NodeState, again: set[int]) -> None:
    node.broken = any(
        routing.closes_broken(scope, edge, scope.nodes[edge.source])
        for edge in node.plan.inbound
        if not _is_to_come(scope, edge.source, again)
    )
    kept = {edge: message for edge, message in node.inbox.items() if _stays(scope, message, again)}
    node.came -= len(node.inbox) - len(kept)
    node.inbox = kept


def _reopen_behind(scope: Scope, again: set[int]) -> None:
    """Queues that had closed are open again: those of nodes that are not done yet, behind nodes that run again."""
    edges = [edge for index in again for edge in scope.nodes[index].plan.out if edge.target not in again]
    behind = [scope.nodes[edge.target] for edge in edges]
    for node in behind:
        if node.status not in DONE:
            node.open += 1
    for node in set(behind):
        if node.status not in DONE:
            _drop_old_messages(scope, node, again)


def look_at_failures(scope: Scope, again: set[int] | frozenset[int] = frozenset()) -> None:
    """What the scope fails with is a failure that stays, if there is any: none of the nodes that run ``again``."""
    scope.failure = next(
        (
            node.fault
            for node in scope.nodes
            if node.fault is not None and not node.handled and not node.plan.aside and node.plan.index not in again
        ),
        None,
    )


def _stays(scope: Scope, message: Message, again: set[int]) -> bool:
    """Whether a message that has come still counts, because its source will not send it again."""
    edge = scope.graph.edges[message.edge]
    if edge.source not in again or edge.trigger == "next":
        return True
    return edge.trigger == "complete" and scope.nodes[edge.source].plan.join == EACH


def _go_on(state: State, scope: Scope, node: NodeState, again: set[int]) -> None:
    """Start the node again from what it had, where that is enough; else it waits for what its sources will send."""
    address = scope.prefix + node.plan.id
    if node.plan.join == EACH:
        before, node.left = node.left, []
        for last in before:
            if state.chosen_acts and address in (state.chosen or ()) and last.id not in state.chosen_acts:
                node.left.append(last)
                node.fault = node.fault or last.fault
                scope.failure = scope.failure or last.fault
            elif all(_stays(scope, message, again) for message in last.messages):
                start_each(state, scope, node, last)
    elif node.left and _was_unstarted(node.left[-1]):
        _deliver_again(state, scope, node.left.pop().messages[0], again)
    node.open -= 1
    if node.plan.inbound and address not in state.overrides:
        join.look(state, scope, node)
    else:
        join.start(state, scope, node, [])


def _was_unstarted(last: Activation) -> bool:
    return last.fault is not None and not last.attempt and bool(last.messages)


def start_each(state: State, scope: Scope, node: NodeState, last: Activation) -> None:
    """Start a ``join: each`` node again for the message of an activation that failed or was cancelled."""
    if _was_unstarted(last):
        _deliver_again(state, scope, last.messages[0], set())
        return
    activation = join.create(state, scope, node, last.messages)
    activation.loop, activation.scopes = last.loop, last.scopes
    taken_up(state, last, activation)
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
        "error": None if good else error_of(source.fault),
    }
    routing.deliver(state, scope, edge, message.payload, activation=None, extra=extra, cleanup=message.cleanup)
