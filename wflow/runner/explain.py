"""Why a node of a run ran, waits or was skipped, from the run's journal."""

from __future__ import annotations

from dataclasses import dataclass, field

from wflow.engine.decide import begin
from wflow.engine.events import Event, NodeSkipped, NodeStarted
from wflow.engine.explain import Delay, Explanation, delay_of, explain, explain_absent
from wflow.engine.locate import way_to
from wflow.engine.state import Activation, NodeState, Scope
from wflow.engine.stimuli import Began
from wflow.errors import JournalDamaged
from wflow.progress import View
from wflow.runner.replay import Replay, first_record
from wflow.store.interface import RunStore

__all__ = ["NodeExplanation", "explain_node"]


@dataclass(slots=True)
class NodeExplanation:
    """What there is to say of a node: as it was when its fate was decided, and what holds it up ``now``.

    ``type`` is "" where the run has no such address; ``known`` then has the addresses that it has, for a hint.
    """

    address: str
    type: str = ""
    status: str = "pending"
    why: Explanation | None = None
    now: Delay | None = None
    known: list[str] = field(default_factory=list)
    damage: JournalDamaged | None = None


class _Noted(dict[str, Activation]):
    """Unfinished activations; the scopes on the way to an address are kept, as long as nothing comes in their place."""

    def __init__(self, address: str, scopes: dict[str, Scope]) -> None:
        super().__init__()
        self.address = address
        self.scopes = scopes

    def __setitem__(self, ident: str, activation: Activation) -> None:
        scope = activation.scope
        if self.address.startswith(scope.prefix):
            self.scopes[scope.prefix] = scope
        super().__setitem__(ident, activation)


def explain_node(run: RunStore, address: str) -> NodeExplanation:
    """Why the node at the address has started, or was skipped, and what it waits for.

    Where the journal is damaged, what stands before; raises JournalDamaged where that is nothing.
    """
    began = first_record(run)
    scopes: dict[str, Scope] = {}
    state, decision = begin(began, activations=_Noted(address, scopes))
    view = View(state.plan.workflow)
    told = NodeExplanation(address)

    def on_began(began: Began, state: object) -> None:
        nonlocal view
        view = View(found.state.plan.workflow)
        scopes.clear()
        told.why = None

    def on_events(events: list[Event]) -> None:
        for event in events:
            view.apply(event)
            if isinstance(event, NodeStarted | NodeSkipped) and event.address == address:
                place = _place(scopes, address)
                told.why = explain(*place) if place is not None else None

    on_events(decision.events)
    found = Replay(state, 1, began.at, began, on_began=on_began, on_told=on_events)
    found.activations = lambda: _Noted(address, scopes)
    try:
        found.advance(run, on_events)
    except JournalDamaged as damage:
        told.damage = damage
    row = view.rows.get(address)
    if row is None or row.key is not None:
        told.known = [name for name, one in view.rows.items() if one.key is None]
        return told
    told.type, told.status = row.type, row.status
    _complete(told, found)
    return told


def _complete(told: NodeExplanation, found: Replay) -> None:
    """Add how it is now, of a node whose fate is open."""
    way = way_to(found.state, told.address)
    absent = explain_absent(found.state, told.address)
    if absent is not None or not way:
        told.why = told.why or absent
        return
    scope, node = way[-1]
    told.why = told.why or explain(scope, node)
    delays = (delay_of(found.state, activation) for activation in node.acts.values())
    told.now = next((delay for delay in delays if delay is not None), None)


def _place(scopes: dict[str, Scope], address: str) -> tuple[Scope, NodeState] | None:
    """The node of that address in the innermost of the scopes on the way to it, if it is in that."""
    for prefix in sorted(scopes, key=len, reverse=True):
        scope = scopes[prefix]
        index = scope.graph.index_of.get(address.removeprefix(prefix))
        if index is not None:
            return scope, scope.nodes[index]
    return None
