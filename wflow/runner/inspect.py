"""Reading runs for those who look at them: how a run stands, and everything about one node of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wflow.engine.decide import begin
from wflow.engine.events import (
    Event,
    Fault,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
)
from wflow.engine.names import merged_input
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Began
from wflow.engine.values import opened
from wflow.errors import JournalDamaged
from wflow.progress import View
from wflow.runner.replay import Replay, replay
from wflow.runner.stored import loader
from wflow.store.codec import decode
from wflow.store.interface import RunStore, Store

__all__ = ["ActivationReport", "NodeReport", "Reading", "inspect_node", "read_run"]

#: Looks at the lock that a run gets before its owner counts as gone: one that ends in between has said so by then.
_LOOKS = 3


@dataclass(slots=True)
class Reading:
    """A run as its journal has it. ``view`` is None only where not even the first record can be read.

    ``status`` is a run status of design.md; ``damage`` is why the journal cannot be read to its end, if it cannot.
    """

    id: str
    store: Store
    run: RunStore
    status: str = "damaged"
    view: View | None = None
    began: Began | None = None
    damage: JournalDamaged | None = None
    _state: State | None = None
    _found: Replay | None = None

    @property
    def state(self) -> State:
        """The run's state, to be looked at only, up to where the journal could be read. RuntimeError where nothing of
        it could.
        """
        if self._state is None:
            raise RuntimeError(f"nothing of run {self.id} could be read")
        return self._state

    def facts(self) -> dict[str, Any]:
        """What the shapes of `wflow.progress.report` want beside the view, as keyword arguments."""
        if self.began is None or self._state is None:
            return {"status": self.status}
        return {
            "file": self.began.options.get("file"),
            "parameters": self.began.parameters,
            "variables": self._state.worlds[0].variables,
            "status": self.status,
        }

    def follow(self, on_event: Callable[[Event], None] | None = None) -> bool:
        """Take in what has been recorded since, and look whether the run is alive; says whether there was anything.

        ``on_event`` gets each event, already in the view.
        """
        found = self._advance(on_event)
        self._judge()
        return found

    def _advance(self, on_event: Callable[[Event], None] | None) -> bool:
        view = self.view
        if self._found is None or view is None or self.damage is not None:
            return False

        def take(events: list[Event]) -> None:
            for event in events:
                view.apply(event)
                if on_event is not None:
                    on_event(event)

        try:
            return self._found.advance(self.run, take)
        except JournalDamaged as damage:
            self.damage = damage
            return True

    def _judge(self) -> None:
        """The run's status: the lock says whether it is alive, the journal how it ended."""
        state, view = self._state, self.view
        for _ in range(_LOOKS):
            alive = self.store.is_alive(self.id)
            if alive or state is None or state.status != "running" or not self._advance(None):
                break
        if self.damage is not None or state is None or view is None:
            self.status = "damaged"
        elif state.finished:
            self.status = state.status
        elif alive:
            self.status = "running"
        else:
            self.status = "paused" if state.status == "paused" else "interrupted"
        if view is not None and self.status in ("interrupted", "damaged"):
            view.status = self.status


def read_run(store: Store, run_id: str) -> Reading:
    """The run as it stands now, read from its snapshot on where it has one. Damage is told, not raised.

    Raises RunNotFound, StoreUnavailable, and StoreError where a later wflow wrote the journal.
    """
    run = store.open(run_id)
    reading = Reading(run_id, store, run)

    def on_began(began: Began, state: State) -> None:
        reading.began, reading._state = began, state
        reading.view = View(state.plan.workflow)

    def on_restore(data: dict[str, Any]) -> None:
        assert reading._state is not None
        reading.view = View.restore(reading._state.plan.workflow, data)

    def on_events(events: list[Event]) -> None:
        assert reading.view is not None
        for event in events:
            reading.view.apply(event)

    try:
        reading._found = replay(run, on_began, on_events, on_restore)
    except JournalDamaged as damage:
        reading.damage = damage
    reading._judge()
    return reading


@dataclass(slots=True)
class ActivationReport:
    """One execution of a node. Times are seconds since the epoch; ``output`` is None unless it completed."""

    number: int
    status: str = "pending"
    attempts: int = 0
    input: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    error: Fault | None = None
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(slots=True)
class NodeReport:
    """A node of a run: its status, and each of its activations by number.

    ``type`` is "" where the run has no such address; ``known`` then has the addresses it has, for a hint.
    """

    address: str
    type: str = ""
    status: str = "pending"
    activations: list[ActivationReport] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    damage: JournalDamaged | None = None

    @property
    def output(self) -> Any:
        """What its last activation gave; None unless that completed."""
        return self.activations[-1].output if self.activations else None


class _Noted(dict[str, Activation]):
    """Unfinished activations, of which those at one address are kept for good."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.kept: dict[int, Activation] = {}

    def __setitem__(self, ident: str, activation: Activation) -> None:
        if activation.address == self.address:
            self.kept[activation.number] = activation
        super().__setitem__(ident, activation)


def inspect_node(run: RunStore, address: str) -> NodeReport:
    """Everything that the run's journal says of one node, control nodes included, from its first record on.

    Where the journal is damaged, what stands before; raises JournalDamaged where that is nothing, or where an output
    is gone.
    """
    records = iter(run.records())
    first = next(records, None)
    began = decode(first.data, loader(run), 1) if first is not None else None
    if not isinstance(began, Began):
        raise JournalDamaged("the journal does not begin with its run", position=1, lost="the whole run")
    noted = _Noted(address)
    state, decision = begin(began, activations=noted)
    view = View(state.plan.workflow)
    report = NodeReport(address)
    by_number: dict[int, ActivationReport] = {}

    def on_events(events: list[Event]) -> None:
        for event in events:
            view.apply(event)
            if getattr(event, "address", None) == address:
                _take_in(report, by_number, event)

    on_events(decision.events)
    try:
        Replay(state, 1, began.at, began).advance(run, on_events)
    except JournalDamaged as damage:
        report.damage = damage
    row = view.rows.get(address)
    if row is not None and row.key is None:
        report.type, report.status = row.type, row.status
    elif not report.type:
        report.known = [name for name, one in view.rows.items() if one.key is None]
    for number, activation in noted.kept.items():
        told = by_number.setdefault(number, ActivationReport(number))
        told.input = merged_input(activation)
    report.activations = [by_number[number] for number in sorted(by_number)]
    for told in report.activations:
        told.output = opened(told.output)
    return report


def _take_in(report: NodeReport, by_number: dict[int, ActivationReport], event: Event) -> None:
    if isinstance(event, NodeSkipped):
        report.type, report.status = event.type, "skipped"
        return
    if not isinstance(event, NodeStarted | NodeCompleted | NodeFailed | NodeRetrying | NodeCancelled):
        return
    report.type = event.type
    status = _STATUS[type(event)]
    report.status = status
    if not event.number:
        return
    told = by_number.setdefault(event.number, ActivationReport(event.number))
    told.status, told.attempts = status, event.attempt
    if isinstance(event, NodeStarted):
        if event.waiting:
            told.status = report.status = "waiting"
        if told.started_at is None:
            told.started_at = event.at
        told.ended_at = told.error = None
        return
    if isinstance(event, NodeRetrying | NodeFailed):
        told.error = event.error
    if isinstance(event, NodeRetrying):
        return
    told.ended_at = event.at
    if told.started_at is None or event.attempt <= 1:
        told.started_at = event.at - event.duration
    if isinstance(event, NodeCompleted):
        told.output, told.error = event.output, None


_STATUS: dict[type[Any], str] = {
    NodeStarted: "running",
    NodeCompleted: "completed",
    NodeFailed: "failed",
    NodeRetrying: "retrying",
    NodeCancelled: "cancelled",
}
