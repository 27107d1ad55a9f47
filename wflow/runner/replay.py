"""Reading a run: its journal folded into the state it had, and the events that its readers would have seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from wflow.engine.decide import Decision, begin, decide
from wflow.engine.events import Event
from wflow.engine.revision import begin_again
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Began, Requested, Revised, Stimulus
from wflow.errors import JournalDamaged
from wflow.runner.stored import loader
from wflow.store.codec import decode, encode
from wflow.store.interface import RunStore
from wflow.store.snapshot import restore

__all__ = ["Replay", "first_record", "keep_told", "replay"]

OnBegan = Callable[[Began, State], None]
OnEvents = Callable[[list[Event]], None]


@dataclass(slots=True)
class Replay:
    """A run as its journal has it up to record ``number``.

    ``last_at`` is when that was, ``last`` its stimulus, ``seen`` holds the ids of the requests in it. Where the run was
    revised, a new state begins: ``on_began`` is told of it, and ``on_told`` of what is told of the past then.
    ``activations`` makes what a new state keeps its unfinished activations in; ``observe`` gets every stimulus, with
    what followed.
    """

    state: State
    number: int
    last_at: float
    last: Stimulus | None
    seen: set[str] = field(default_factory=set)
    on_began: OnBegan = lambda began, state: None
    on_told: OnEvents = lambda events: None
    activations: Callable[[], dict[str, Activation]] = dict
    observe: Callable[[Stimulus, Decision], None] = lambda stimulus, decision: None

    def advance(self, store: RunStore, on_events: OnEvents) -> bool:
        """Fold what the journal has got since; says whether there was anything. For followers of a live run."""
        load = loader(store)
        found = False
        for number, data in store.records(after=self.number):
            stimulus = decode(data, load, number)
            self.number = number
            found = True
            if isinstance(stimulus, Revised):
                self._revise(stimulus, store)
            elif stimulus is not None:
                self._apply(stimulus, on_events)
        return found

    def _apply(self, stimulus: Stimulus, on_events: OnEvents) -> None:
        self.last, self.last_at = stimulus, stimulus.at
        if isinstance(stimulus, Requested) and "id" in stimulus.arguments:
            self.seen.add(str(stimulus.arguments["id"]))
        decision = decide(self.state, stimulus)
        self.observe(stimulus, decision)
        on_events(decision.events)

    def _revise(self, revised: Revised, store: RunStore) -> None:
        """Begin anew with the revised definition, and tell the new state what was kept of the past."""
        self.last, self.last_at = revised, revised.at
        before = self.state
        began, self.state, decision = begin_again(
            before.run_id, before.began_at, before.resumes, revised, self.activations()
        )
        self.on_began(began, self.state)
        self.observe(revised, decision)
        self.on_told(decision.events)
        for stimulus in _told(store, revised, self.number):
            decision = decide(self.state, stimulus)
            self.observe(stimulus, decision)
            self.on_told(decision.events)


def keep_told(store: RunStore, stimuli: Iterable[Stimulus]) -> str:
    """Keep beside the journal what a revision tells of the past, durable on return, and give its hash."""
    return store.put_value("".join(f"{encode(stimulus)}\n" for stimulus in stimuli).encode())


def _told(store: RunStore, revised: Revised, number: int) -> Iterator[Stimulus]:
    load = loader(store)
    try:
        lines = store.value(revised.told).splitlines()
    except JournalDamaged as damage:
        raise JournalDamaged(
            f"what run `{store.id}` kept when it was revised is missing or was changed (`values/{revised.told}`)",
            position=number,
            lost=f"all that was done before record {number}",
            cure="put the file back, or run the workflow anew",
        ) from damage
    for line in lines:
        stimulus = decode(json.loads(line), load, number)
        assert stimulus is not None
        yield stimulus


def replay(
    store: RunStore,
    on_began: OnBegan,
    on_events: OnEvents,
    on_restore: Callable[[dict[str, Any]], None] | None = None,
) -> Replay:
    """Fold a run's journal, from its snapshot where ``on_restore`` takes what was shown then, else from the start.

    ``on_began`` gets the first record, before any event, and again what takes its place where the run was revised.
    Raises JournalDamaged where a record does not fit.
    """
    load = loader(store)
    kept = store.snapshot() if on_restore is not None else None
    began = first_record(store)
    if kept is not None and on_restore is not None:
        number, payload = kept
        restored = restore(began, payload, load)
        if restored is not None:
            state, extra = restored
            on_began(_as_revised(began, state), state)
            on_restore(extra["view"])
            found = Replay(state, number, extra["at"], None, set(extra["seen"]), on_began, on_events)
            found.advance(store, on_events)
            return found
    state, decision = begin(began)
    on_began(began, state)
    found = Replay(state, 1, began.at, began, set(), on_began, on_events)
    on_events(decision.events)
    found.advance(store, on_events)
    return found


def first_record(store: RunStore) -> Began:
    """What the run began with. Raises JournalDamaged where the journal does not begin with that."""
    first = next(iter(store.records()), None)
    if first is None:
        raise JournalDamaged("the journal is empty", position=1, lost="the whole run")
    began = decode(first.data, loader(store), 1)
    if not isinstance(began, Began):
        raise JournalDamaged("the journal does not begin with its run", position=1, lost="the whole run")
    return began


def _as_revised(began: Began, state: State) -> Began:
    """What stands in place of the first record, in a state of a run that was revised."""
    if state.redefined is None:
        return began
    return began._replace(**{**state.redefined, "env": {**began.env, **state.redefined["env"]}}, options=state.options)
