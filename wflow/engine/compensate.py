"""Compensation: when a run has failed, what its completed activations did is undone, last first, one at a time.

An activation that completes and names a ``compensate`` node leaves an `Undo` behind. A scope with a ``compensate`` of
its own stands for all that completed in it. Once the run's root is done and the run is to be undone, each `Undo`
becomes an activation of its ``compensate`` node, journalled like any other; the run ends when none is left.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wflow.engine import join
from wflow.engine.events import Fault
from wflow.engine.names import merged_input
from wflow.engine.routing import fault_payload
from wflow.engine.state import Activation, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.values import opened

__all__ = ["Undo", "begin_undoing", "is_wanted", "note", "note_again", "undone"]


class Undo(NamedTuple):
    """What a completed activation leaves for compensation: its ``address``, the ``node`` of its graph that undoes it,
    its ``input`` and ``output`` (a mapping or a stored value); ``seq`` grows from one to the next.

    ``owners`` are the ids of the activations that its ``scope`` is nested in, innermost first; ``path`` leads from the
    root of the workflow that the scope's graph belongs to, to that graph, as ids of nodes.
    """

    address: str
    node: str
    scope: Scope
    owners: tuple[str, ...]
    path: tuple[str, ...]
    input: dict[str, Any]
    output: Any
    seq: int


def note(state: State, activation: Activation, output: Any) -> None:
    """The activation completed with ``output``, and its node names what undoes it."""
    plan = activation.node.plan
    assert plan.node.compensate is not None
    if plan.scope:
        _forget_inside(state, activation)
    scope = activation.scope
    owners, path = _way_to(scope)
    state.undos.append(
        Undo(
            activation.address,
            plan.node.compensate,
            scope,
            owners,
            path,
            merged_input(activation),
            output,
            state.seq,
        )
    )


def _forget_inside(state: State, activation: Activation) -> None:
    """Drop what completed inside of this activation: what undoes it undoes that too."""
    undos = state.undos
    first = len(undos)
    # What was noted before the activation was made is not inside of it, unless it goes on with another's scopes.
    while first and (undos[first - 1].seq >= activation.seq or activation.number > 1):
        first -= 1
    undos[first:] = [one for one in undos[first:] if activation.id not in one.owners]


def _way_to(scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the activations that own the scope, and where its graph is in its workflow, as ids of nodes."""
    owners: list[str] = []
    path: list[str] = []
    same_world = True
    here: Scope = scope
    while here.owner is not None:
        owner = here.owner
        owners.append(owner.id)
        same_world = same_world and owner.scope.world is scope.world
        if same_world:
            path.insert(0, owner.node.plan.id)
        here = owner.scope
    return tuple(owners), tuple(path)


def note_again(state: State, before: str, after: str) -> None:
    """The activation ``after`` goes on with the scopes of ``before``, and with what completed in them."""
    state.undos = [
        one._replace(owners=tuple(after if owner == before else owner for owner in one.owners))
        if before in one.owners
        else one
        for one in state.undos
    ]


def is_wanted(state: State, status: str) -> bool:
    """Whether a run that ends with ``status`` is to be undone: when it failed, or was cancelled with that wish."""
    return bool(state.undos) and (status == "failed" or (status == "cancelled" and state.undo_cancelled))


def begin_undoing(state: State, status: str, fault: Fault | None) -> None:
    """Undo the run, which then ends with ``status`` and ``fault``."""
    state.undoing = (status, fault)
    _next(state)


def _next(state: State) -> None:
    """Start what undoes the last completed activation that is left, or end the run."""
    assert state.undoing is not None
    if not state.undos:
        status, fault = state.undoing
        state.undoing = None
        STEPS["run_over"](state, status, fault)
        return
    undo = state.undos[-1]
    scope = undo.scope
    node = scope.nodes[scope.graph.index_of[undo.node]]
    node.status = "pending"
    activation = join.create(state, scope, node, [])
    activation.cleanup = True
    activation.undoes = undo
    _, fault = state.undoing
    told = opened(undo.output)
    given: dict[str, Any] = {**undo.input, "input": undo.input, "output": told}
    if fault is not None:
        given.update(fault_payload(fault))
    activation.input = given
    STEPS["begin"](state, activation)


def undone(state: State, activation: Activation, status: str) -> None:
    """What undid an activation has ended with ``status``: it is not tried again, whatever that is."""
    undo = state.undos.pop()
    assert undo is activation.undoes
    activation.node.status = status
    if status == "completed":
        state.undone.append(undo.address)
    state.push(_next, state)
