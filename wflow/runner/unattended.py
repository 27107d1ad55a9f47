"""A run that nobody runs, in the hands of this process: what is asked of it is recorded, and nothing of it is started.

Its time stands still meanwhile: what is recorded counts at the moment when the run was left, so that the time that
nobody ran it is the same to its deadlines and its readers, whatever was asked of it in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wflow.engine.decide import decide
from wflow.engine.events import Event
from wflow.engine.state import State
from wflow.engine.stimuli import Began, Paused, Requested, Stimulus
from wflow.progress import View
from wflow.runner.environment import let_in_secrets
from wflow.runner.leftovers import clear_leftovers
from wflow.runner.replay import replay
from wflow.runner.result import tell_index
from wflow.store.codec import encode, encode_finished
from wflow.store.interface import Index, RunStore

if TYPE_CHECKING:
    from wflow.runner.run import Watcher

__all__ = ["Unattended"]


class Unattended:
    """The run whose ``store`` this process owns, read from its journal. Raises JournalDamaged.

    ``events`` are what followed from what it has heard, not in the ``view`` yet.
    """

    def __init__(self, store: RunStore, environ: Mapping[str, str]) -> None:
        kept: dict[str, Any] = {}

        def on_began(began: Began, state: State) -> None:
            kept["began"], kept["workflow"] = began, state.plan.workflow
            kept["view"] = View(state.plan.workflow)

        def on_restore(data: dict[str, Any]) -> None:
            kept["view"] = View.restore(kept["workflow"], data)

        def on_events(events: list[Event]) -> None:
            apply = kept["view"].apply
            for event in events:
                apply(event)

        self._store = store
        self.found = replay(store, on_began, on_events, on_restore)
        self.state = self.found.state
        self.began: Began = kept["began"]
        self.view: View = kept["view"]
        self.events: list[Event] = []
        self._records = self.found.number
        self._environ = environ
        self._masker = let_in_secrets(self.state, environ)
        self._to_pause = False
        self._had_ended = self.state.finished

    @property
    def status(self) -> str:
        """How the run stands: ``interrupted``, ``paused``, or how it ended."""
        if self.state.finished:
            return self.state.status
        return "paused" if self.state.status == "paused" else "interrupted"

    @property
    def at_rest(self) -> bool:
        """Whether what it has heard leaves nothing to go on with: it has ended by it, or is to be paused."""
        if self.state.finished:
            return not self._had_ended
        return self._to_pause and self.state.status != "paused"

    def hear(self, requests: Iterable[Mapping[str, Any]], now: float) -> None:
        """Record these requests and let them count, in their order, but those that the journal has already.

        ``now`` is the wall time. What the engine refuses by raising is not recorded. Raises StoreUnavailable.
        """
        for request in requests:
            what, ident = str(request.get("what", "")), request.get("id")
            if (ident is not None and ident in self.found.seen) or what == "checkpoint":
                continue
            arguments = {name: value for name, value in request.items() if name != "what"}
            if what in ("pause", "cancel"):
                clear_leftovers(self.state, self._store.folder)
            if what == "amend":
                requested = self._amendment(arguments)
            else:
                masked = arguments if self._masker is None else self._masker.value(arguments)
                requested = Requested(self.found.last_at, what, masked)
            self._record(requested._replace(arguments={**requested.arguments, "heard_at": now}))
            if ident is not None:
                self.found.seen.add(str(ident))
            if what in ("pause", "cancel"):
                self._to_pause = what == "pause" and not self.state.finished

    def settle(self, index: Index, watchers: Iterable[Watcher] = ()) -> None:
        """Leave the run as what it has heard makes it, durable, and tell the index and the watchers. Raises
        StoreUnavailable.
        """
        if self.at_rest:
            if self.state.finished:
                self._records = self._store.append(encode_finished(self.state.now, self.state.status))
                self._had_ended = True
            else:
                self._record(Paused(self.found.last_at))
        self._store.sync()
        for watcher in watchers:
            watcher.start(self.view)
        for event in self.events:
            self.view.apply(event)
            for watcher in watchers:
                watcher.event(event, self.view)
        self.events = []
        tell_index(index, self.view, self.state, self.began.parameters, self._records, self.status)
        for watcher in watchers:
            watcher.finish(self.view)

    def _amendment(self, arguments: Mapping[str, Any]) -> Requested:
        from wflow.runner.amend import taken_up

        return taken_up(self.state, arguments, self._environ, self.found.last_at)

    def _record(self, stimulus: Stimulus) -> None:
        """Journal what the engine has taken: in the other order, an error of its own would be in every reading."""
        events = decide(self.state, stimulus).events
        self._records = self._store.append(encode(stimulus))
        self.events += events
