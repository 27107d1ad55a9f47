"""What an operator does to single nodes: try one again, give one its output, requeue or drop its dead letters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wflow.engine import cancel, join, letters, rerun
from wflow.engine.locate import Place, way_to
from wflow.engine.loop import take_back
from wflow.engine.state import DONE, Activation, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.graph.plan import EACH

__all__ = ["drop_letters", "requeue", "retry_node", "set_output"]


def retry_node(state: State, address: str) -> None:
    """Run a node again that failed or was cancelled, with what was skipped behind it. Where the scope that it is in has
    ended, that runs again as far as it leads to the node. Nothing happens where the node is not there, or did complete.
    """
    state.chosen = {*(state.chosen or ()), address}
    way = [(scope, node) for scope, node in way_to(state, address) if scope.status == "open" and not scope.cancelled]
    if way:
        _again(state, way[-1])


def _again(state: State, place: Place) -> None:
    scope, node = place
    if node.status in ("failed", "cancelled"):
        rerun.rerun_nodes(state, scope, {node.plan.index})
        return
    for activation in list(node.acts.values()):
        if activation.loop is not None and activation.status == "open":
            take_back(state, activation, activation.loop)


def requeue(state: State, number: int) -> None:
    """Deliver a dead letter again, if it is one still."""
    letter = state.letters.get(number)
    if letter is None:
        return
    ident = f"{letter.address}#{letter.activation}"
    state.chosen_acts.add(ident)
    for scope, node in way_to(state, letter.address)[-1:]:
        is_there = scope.prefix + node.plan.id == letter.address
        if is_there and node.plan.join == EACH and node.status not in DONE:
            _deliver_again(state, scope, node, ident)
            return
    retry_node(state, letter.address)


def _deliver_again(state: State, scope: Scope, node: NodeState, ident: str) -> None:
    """A message of a node that goes on with others meanwhile."""
    for last in node.left:
        if last.id == ident:
            node.left.remove(last)
            rerun.start_each(state, scope, node, last)
            break
    if not any(one.fault is not None for one in node.left):
        node.fault = None
        rerun.look_at_failures(scope)


def drop_letters(state: State, numbers: Iterable[int]) -> None:
    """Forget these dead letters."""
    for number in numbers:
        letters.drop(state, number)


def set_output(state: State, address: str, output: dict[str, Any]) -> None:
    """Have the node complete with this output, whatever becomes of it: now where it can, when its turn comes where its
    scope is not open yet, by a rerun where the run has ended.
    """
    state.overrides[address] = output
    way = way_to(state, address)
    if not way or state.finished:
        return
    scope, node = way[-1]
    if scope.prefix + node.plan.id != address or scope.status != "open" or scope.cancelled:
        return
    if node.acts:
        for activation in list(node.acts.values()):
            _complete(state, activation)
    elif node.status == "pending":
        STEPS["begin"](state, join.create(state, scope, node, []))
    elif node.status != "completed":
        rerun.rerun_nodes(state, scope, {node.plan.index})


def _complete(state: State, activation: Activation) -> None:
    if activation.stopping:
        activation.stopping = "set"  # it is being stopped for another reason, and this one counts
    else:
        cancel.cancel_activation(state, activation, "set")
