"""Simulated runs that are revised: their journals in a store, and what is taken up again from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.engine.test_simulate import SUBFLOW
from wflow.engine.events import Event
from wflow.engine.invariants import broken_invariants
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Began, Resumed, Started, Stimulus
from wflow.loading.loaded import Loaded
from wflow.model.definition import from_definition
from wflow.runner.history import History
from wflow.runner.redefine import Revision, redefine
from wflow.runner.replay import Replay, keep_told, replay
from wflow.runner.revise import Planned, plan_revision
from wflow.runner.revising import read_past
from wflow.store.codec import encode
from wflow.store.interface import RunStore

FILE = "w.yaml"

Work = Callable[[Activation, dict[str, Any]], Did]


def does(activation: Activation, given: dict[str, Any]) -> Did:
    """What an attempt does follows from where it is and what it got, so that another activation does the same."""
    drawn = crc32(f"{activation.address}/{activation.attempt}".encode())
    if drawn % 8 == 0:
        return Did("failed", failure=("ValueError" if drawn % 2 else "OSError", "drawn"))
    seen = crc32(json.dumps(given, sort_keys=True).encode()) % 1000
    return Did(output={"v": drawn % 10, "seen": seen}, operations=(("add", "count", 1),))


def simulated(definition: dict[str, Any], **options: Any) -> Simulation:
    return Simulation(definition, **{"work": does, "subflows": {"below.yaml": SUBFLOW}.__getitem__, **options})


def recorded(simulation: Simulation, run: RunStore) -> RunStore:
    """Write the simulation's journal into ``run``."""
    began, *rest = simulation.stimuli
    assert isinstance(began, Began)
    run.append(encode(began._replace(options={**began.options, "file": FILE})))
    for stimulus in rest:
        run.append(encode(stimulus))
    return run


def planned(
    run: RunStore,
    *again: str,
    updated: dict[str, Any] | None = None,
    parameters: dict[str, Any] | None = None,
    below: dict[str, Any] = SUBFLOW,
) -> tuple[Replay, Planned]:
    """What a revision of the run would be. Raises UsageError where it may not be."""

    def read(path: Path) -> Loaded:
        assert updated is not None
        definition = updated if path.name == FILE else below
        return Loaded(workflow=from_definition(definition), problems=(), digest="", files={})

    history = History(inputs=updated is not None)
    found = read_past(run, history)
    given: Callable[[Any], dict[str, Any]] | None = (lambda workflow: parameters or {}) if parameters else None
    revision = Revision(again=again, updated=Path(FILE) if updated is not None else None, parameters=given)
    what = redefine(history, found.state, revision, read, {})
    return found, plan_revision(history, what, again, found.last_at + 10)


class Revised(Simulation):
    """A run that goes on from its journal. ``kept`` are the activations that had ended by then."""

    def __init__(self, definition: dict[str, Any], run: RunStore, **options: Any) -> None:
        super().__init__(definition, **{"work": does, "subflows": {"below.yaml": SUBFLOW}.__getitem__, **options})
        self._run = run
        self.take_up(crashed=False)

    def take_up(self, *, crashed: bool) -> None:
        """Read the journal, and resume the run as a new process does."""
        events: list[Event] = []
        found = replay(self._run, lambda began, state: events.clear(), events.extend)
        self.state, self.events = found.state, events
        self.running, self.stimuli = [], []
        self._loads, self._asks, self._starts = [], [], []
        problems = broken_invariants(self.state)
        assert not problems, problems
        if self.state.status != "completed":
            self.feed(Resumed(found.last_at + 10, crashed=crashed, options={"left_at": found.last_at}))

    def feed(self, stimulus: Stimulus) -> None:
        """Journal one stimulus and let it count."""
        if hasattr(self, "_run"):
            self._run.append(encode(stimulus))
        super().feed(stimulus)

    def started(self) -> list[str]:
        """The activations handed out since it was taken up last."""
        return [ident for stimulus in self.stimuli if isinstance(stimulus, Started) for ident in stimulus.activations]


def revised(run: RunStore, *again: str, work: Work = does, **options: Any) -> tuple[Planned, Revised]:
    """Revise the run whose journal is in ``run``, and take it up; ``work`` is what nodes do from then on."""
    _, plan = planned(run, *again, **options)
    run.append(encode(plan.revised._replace(told=keep_told(run, plan.told))))
    return plan, Revised(plan.revised.definition, run, work=work)


def works(activation: Activation, given: dict[str, Any]) -> Did:
    """Whatever it is, it works."""
    return Did()
