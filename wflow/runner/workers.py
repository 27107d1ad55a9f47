"""The threads that attempts run on, and the way what they did reaches the journal and the loop.

An attempt's end is appended to the journal by the thread that ran it, before that thread takes another one: so a
killed engine has never more started and unrecorded than it has workers, however far ahead work is handed out. Syncing
is the loop's, one sync for all that has ended meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from wflow.clock import Clock
from wflow.engine.state import Activation
from wflow.engine.stimuli import Answered, Ended, Progressed, Released, Requested, Started, Stimulus
from wflow.engine.values import Stored
from wflow.runner.attempt import Attempts
from wflow.runtimes.masking import Masker
from wflow.runtimes.work import Stop
from wflow.store.codec import encode, encode_ended
from wflow.store.interface import RunStore

if TYPE_CHECKING:
    from wflow.backends.threads import ThreadBackend

__all__ = ["Recorder", "Workers"]


_Chosen = TypeVar("_Chosen", Started, Requested)

#: The exit code of a script that an INT killed.
_KILLED_BY_INT = 130

#: Seconds within which a signal to a process group has reached all of it.
_SOON = 0.05


class Recorder:
    """Appends stimuli to the journal and puts them into the inbox, both in one order. For any thread.

    ``masker`` takes secrets out of what is recorded; the state then sees what the journal says, as a resume would.
    The inbox holds ``(record number, stimulus)``, or ``(0, error)`` when the journal could not be written.
    """

    def __init__(self, store: RunStore, load: Callable[[str], dict[str, Any]], masker: Masker | None) -> None:
        self.inbox: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._store = store
        self._load = load
        self._masker = masker
        self._order = threading.Lock()

    def record(self, stimulus: Stimulus) -> None:
        """Append one stimulus and hand it to the loop; so is the error where the journal cannot be written."""
        try:
            if self._masker is not None:
                stimulus = _masked(stimulus, self._masker)
            if type(stimulus) is Ended:
                body, kept = encode_ended(stimulus, self._store.put_value)
                if kept is not stimulus.output:
                    stimulus = stimulus._replace(output=Stored(kept[0], kept[1], self._load))
            else:
                body = encode(stimulus)
            with self._order:
                self.inbox.put((self._store.append(body), stimulus))
        except BaseException as error:  # noqa: BLE001 - the loop must learn of it, whatever it is
            self.inbox.put((0, error))

    def record_when_heard(self, choose: Callable[[], _Chosen | None]) -> tuple[int, _Chosen] | None:
        """Append what ``choose`` gives, unless there is something in the inbox that the loop has not heard yet: then,
        and when it gives none, None. Nothing is recorded between the choice and its record.
        """
        with self._order:
            if not self.inbox.empty():
                return None
            chosen = choose()
            return None if chosen is None else (self._store.append(encode(chosen)), chosen)

    def wake(self) -> None:
        """Make the loop look around; safe in a signal handler."""
        self.inbox.put((0, None))


def _masked(stimulus: Stimulus, masker: Masker) -> Stimulus:
    """The stimulus without the secrets in what came from outside; what wflow itself says stays as it is."""
    if isinstance(stimulus, Ended):
        failure = stimulus.failure
        if failure is not None:
            kind, message, traceback, exit_code = failure
            failure = (kind, masker.text(message), masker.text(traceback), exit_code)
        operations = tuple((kind, name, masker.value(value)) for kind, name, value in stimulus.operations)
        return stimulus._replace(output=masker.value(stimulus.output), operations=operations, failure=failure)
    if isinstance(stimulus, Progressed):
        return stimulus._replace(message=masker.text(stimulus.message))
    if isinstance(stimulus, Answered):
        return stimulus._replace(output=masker.value(stimulus.output), problem=masker.text(stimulus.problem))
    if isinstance(stimulus, Requested):
        return stimulus._replace(arguments=masker.value(stimulus.arguments))
    return stimulus


class _Seat:
    """A worker's place; once ``lost``, its thread leaves when the attempt that holds it returns."""

    __slots__ = ("lost",)

    def __init__(self) -> None:
        self.lost = False


class Workers:
    """Worker threads of a run, at most ``size``. ``interrupted`` is set when an INT has reached this process."""

    def __init__(self, size: int, attempts: Attempts, recorder: Recorder, clock: Clock) -> None:
        self.size = size
        self._attempts = attempts
        self._recorder = recorder
        self._clock = clock
        self._queue: SimpleQueue[tuple[Activation, int] | None] = SimpleQueue()
        self._backend: ThreadBackend | None = None
        self._threads = 0
        self._stops: dict[str, Stop] = {}
        self._seats: dict[str, _Seat] = {}
        self.interrupted = False
        self._recalled = False
        self._told: dict[str, float] = {}

    def hand_out(self, activation: Activation) -> None:
        """Give one leased activation to the workers."""
        self._queue.put((activation, activation.attempt))

    def grow(self, wanted: int) -> None:
        """Have at least ``wanted`` threads, as far as the size allows."""
        while self._threads < min(wanted, self.size):
            if self._backend is None:
                from wflow.backends.threads import ThreadBackend

                self._backend = ThreadBackend(self.size)
            self._threads += 1
            self._backend.submit(self._work, _Seat())

    def stop(self, ident: str, reason: str) -> None:
        """Ask an attempt to stop; one that a worker has not begun yet never will."""
        self._stops.setdefault(ident, Stop()).ask(reason)

    def stop_all(self, reason: str) -> None:
        """Ask every attempt to stop."""
        self._recalled = True
        for stop in list(self._stops.values()):
            stop.ask(reason)

    @property
    def threads(self) -> int:
        """Threads there are."""
        return self._threads

    def recall(self) -> None:
        """Give back what no worker has begun; what runs goes on to its end."""
        self._recalled = True

    def resume(self) -> None:
        """Take work again after `recall`."""
        self._recalled = False

    def abandon(self, activation: Activation) -> None:
        """A stopped attempt has not ended in time: kill what can be killed, and do without its thread."""
        ident = activation.id
        seat = self._seats.pop(ident, None)
        if self._stops.pop(ident, None) is None:
            return
        self._attempts.abandon(activation)
        if seat is not None:
            seat.lost = True
            if self._backend is not None:
                self._backend.replace_lost()
            self._threads -= 1
            self.grow(self._threads + 1)

    def close(self) -> None:
        """End the threads that are idle; one that is stuck does not keep the process."""
        for _ in range(self._threads):
            self._queue.put(None)
        if self._backend is not None:
            self._backend.close()

    def progress(self, ident: str, percent: float, message: str) -> None:
        """Record what a script reports, at most ten times a second for each."""
        now = self._clock.monotonic()
        if now - self._told.get(ident, -1.0) < 0.1 and percent < 100:
            return
        self._told[ident] = now
        share = min(100.0, max(0.0, float(percent)))
        self._recorder.record(Progressed(self._clock.now(), ident, share, str(message)[:500]))

    def _hit_by_interrupt(self, ended: Ended) -> bool:
        """Whether a terminal's INT has killed a script that had no session of its own yet: no fault of the script's.

        The signal may reach this process a little after the script.
        """
        if ended.failure is None or ended.failure[3] != _KILLED_BY_INT:
            return False
        self._clock.sleep(_SOON)
        return self.interrupted

    def _work(self, seat: _Seat) -> None:
        get = self._queue.get
        run = self._attempts.run
        record = self._recorder.record
        now = self._clock.now
        stops = self._stops
        seats = self._seats
        while not seat.lost:
            handed = get()
            if handed is None:
                return
            activation, attempt = handed
            ident = activation.id
            stop = stops.setdefault(ident, Stop())
            if self._recalled and not stop.asked:
                stops.pop(ident, None)
                record(Released(now(), (ident,)))
                continue
            seats[ident] = seat
            ended = run(activation, attempt, stop, now)
            seats.pop(ident, None)
            if stops.pop(ident, None) is not stop:
                continue
            if self._told:
                self._told.pop(ident, None)
            if ended.status != "completed" and (stop.reason == "shutdown" or self._hit_by_interrupt(ended)):
                record(Released(ended.at, (ident,)))
            else:
                record(ended)
