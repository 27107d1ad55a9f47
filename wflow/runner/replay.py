"""Reading a run: its journal folded into the state it had, and the events that its readers would have seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wflow.engine.decide import begin, decide
from wflow.engine.events import Event
from wflow.engine.state import State
from wflow.engine.stimuli import Began, Requested, Stimulus
from wflow.errors import JournalDamaged
from wflow.runner.stored import loader
from wflow.store.codec import decode
from wflow.store.interface import RunStore
from wflow.store.snapshot import restore

__all__ = ["Replay", "replay"]


@dataclass(slots=True)
class Replay:
    """A run as its journal has it up to record ``number``.

    ``last_at`` is when that was, ``last`` its stimulus, ``seen`` holds the ids of the requests in it.
    """

    state: State
    number: int
    last_at: float
    last: Stimulus | None
    seen: set[str] = field(default_factory=set)

    def advance(self, store: RunStore, on_events: Callable[[list[Event]], None]) -> bool:
        """Fold what the journal has got since; says whether there was anything. For followers of a live run."""
        load = loader(store)
        found = False
        for number, data in store.records(after=self.number):
            stimulus = decode(data, load, number)
            self.number = number
            found = True
            if stimulus is not None:
                self._apply(stimulus, on_events)
        return found

    def _apply(self, stimulus: Stimulus, on_events: Callable[[list[Event]], None]) -> None:
        self.last, self.last_at = stimulus, stimulus.at
        if isinstance(stimulus, Requested) and "id" in stimulus.arguments:
            self.seen.add(str(stimulus.arguments["id"]))
        on_events(decide(self.state, stimulus).events)


def replay(
    store: RunStore,
    on_began: Callable[[Began, State], None],
    on_events: Callable[[list[Event]], None],
    on_restore: Callable[[dict[str, Any]], None] | None = None,
) -> Replay:
    """Fold a run's journal, from its snapshot where ``on_restore`` takes what was shown then, else from the start.

    ``on_began`` gets the first record, before any event. Raises JournalDamaged where a record does not fit.
    """
    load = loader(store)
    kept = store.snapshot() if on_restore is not None else None
    records = iter(store.records())
    try:
        first = next(records)
    except StopIteration:
        raise JournalDamaged("the journal is empty", position=1, lost="the whole run") from None
    began = decode(first.data, load, 1)
    if not isinstance(began, Began):
        raise JournalDamaged("the journal does not begin with its run", position=1, lost="the whole run")
    if kept is not None and on_restore is not None:
        number, payload = kept
        restored = restore(began, payload, load)
        if restored is not None:
            state, extra = restored
            on_began(began, state)
            on_restore(extra["view"])
            found = Replay(state, number, extra["at"], None, set(extra["seen"]))
            found.advance(store, on_events)
            return found
    state, decision = begin(began)
    on_began(began, state)
    found = Replay(state, 1, began.at, began)
    on_events(decision.events)
    found.advance(store, on_events)
    return found
