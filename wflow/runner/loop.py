"""The loop: hand out what is ready, gather what has happened, sync, decide, and again, until the run is at rest."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from queue import Empty
from typing import Any

from wflow.clock import Clock
from wflow.engine.commands import AskBreaker, AskTimer, Command, LoadSubflow, StopActivation, TellBreaker
from wflow.engine.decide import Decision, decide, next_due
from wflow.engine.events import Event
from wflow.engine.limits import take
from wflow.engine.permits import pending
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Due, Ended, Paused, Permitted, Released, Requested, Started, Stimulus
from wflow.model import Checkpoint
from wflow.runner.snapshots import Snapshots
from wflow.runner.workers import Recorder, Workers
from wflow.store.codec import encode, encode_finished
from wflow.store.interface import RunStore

__all__ = ["RunLoop"]

#: Seconds at most between two looks at the control folder and the clock.
LOOK_EVERY = 0.1

#: Activations handed out at most when they are shorter than a sync, so that one sync covers many ends.
AHEAD = 256

#: Seconds that a sync takes, about: work that is shorter is handed out ahead of the free workers.
SYNC_TIME = 0.0005

#: Seconds that the loop lets pass while there is short work enough, so that it is not woken for each end of it; and
#: that it waits for the first thread before it starts more.
PAUSE = 0.001

#: Seconds after which recorded ends are synced although nothing follows from them yet.
UNSYNCED_FOR = 0.02

#: Seconds beyond ``stop_grace`` before an attempt that was asked to stop is given up.
ABANDON_AFTER = 2.0


class RunLoop:
    """Drives one run in this thread. ``tell`` gets every event in order, ``tick`` is called a few times a second,
    ``answer`` looks up what the engine asks, ``consult`` speaks with breakers, all that has come up in one go,
    ``amend`` judges a request to add to the run, and ``snapshot`` keeps the state as it was after a record.

    `ask_pause` and `ask_shutdown` are a signal handler's way in.
    """

    def __init__(
        self,
        *,
        state: State,
        store: RunStore,
        recorder: Recorder,
        workers: Workers,
        clock: Clock,
        checkpoint: Checkpoint,
        tell: Callable[[list[Event]], None],
        tick: Callable[[float], None],
        snapshot: Callable[[int], None],
        answer: Callable[[LoadSubflow | AskTimer], Stimulus],
        consult: Callable[[list[AskBreaker], list[TellBreaker]], list[Permitted]],
        amend: Callable[[dict[str, Any]], Requested],
        seen_requests: set[str],
    ) -> None:
        self.state = state
        self._store = store
        self._recorder = recorder
        self._workers = workers
        self._clock = clock
        self._checkpoint = checkpoint
        self._tell = tell
        self._tick = tick
        self._answer = answer
        self._consult = consult
        self._judge_amendment = amend
        self._waiting: deque[tuple[str, dict[str, Any]]] = deque()
        self._seen = seen_requests
        self._out: dict[str, Activation] = {}
        self._giving_up: dict[str, float] = {}
        self._questions: deque[LoadSubflow | AskTimer] = deque()
        self._asks: list[AskBreaker] = []
        self._tells: list[TellBreaker] = []
        self._mean = 1.0
        self._number = 0
        self._snapshots = Snapshots(state, clock, snapshot)
        self._unsynced = 0
        self._unsynced_since = 0.0
        self._synced_seq = 0
        self._synced_at = clock.monotonic()
        self._looked_at = 0.0
        self._pause_asked = self._shutdown_asked = self._leaves = False

    def ask_pause(self) -> None:
        """Let what runs end, start nothing more. For signal handlers."""
        self._pause_asked = self._workers.interrupted = True
        self._recorder.wake()

    def ask_shutdown(self, *, leaves: bool) -> None:
        """Stop what runs and leave it to a resume: that of `recover` too where the process ``leaves`` for no reason of
        the run's. For signal handlers.
        """
        self._shutdown_asked = True
        self._leaves = leaves
        self._recorder.wake()

    @property
    def number(self) -> int:
        """The number of the last record that the state has seen."""
        return self._number

    def run(self, first: Decision, number: int) -> None:
        """Go on until the run is finished or paused. ``first`` is what followed from its opening, record ``number``."""
        self._number = self._snapshots.last = number
        self._follow(first)
        self._store.sync()
        while True:
            if self.state.finished:
                break
            while self._waiting and self._hear_next():
                pass
            while self._hand_out():
                pass
            if self._at_rest():
                break
            if self._asks or self._tells:
                self._ask_breakers()
            if self._questions:  # after what is ready was handed out: work does not wait for a look into a file
                self._recorder.record(self._answer(self._questions.popleft()))
            self._turn()
        self._end()

    def _at_rest(self) -> bool:
        return self.state.paused and not self._out and not self._waiting and self._recorder.inbox.empty()

    def _hear_next(self) -> bool:
        """Hear the oldest request that waits; says whether it was time for it. One to add to the run counts, or is
        refused, once the state has heard all that is in the journal: it is judged by that. What was asked after it
        waits for it.
        """
        what, arguments = self._waiting[0]
        if what == "amend":
            chosen = self._recorder.record_when_heard(lambda: self._judge_amendment(arguments))
            if chosen is None:
                return False
            self._apply([chosen])
            self._sync()
        else:
            self._ask(what, arguments)
        self._waiting.popleft()
        return True

    def _hand_out(self) -> bool:
        """Give ready activations to the workers: as many as there are workers, or ahead of them while work is short.
        True where a control node has started by it, from which more may be ready.

        What is chosen depends on the state, so it is chosen only when the state has heard all that is in the journal:
        read again, the journal must find the same activations ready.
        """
        state = self.state
        out = self._out
        size = self._workers.size
        ahead = max(AHEAD, size) if self._mean < SYNC_TIME else size
        room = ahead - len(out)
        if room < ahead // 2 and len(out) >= size and ahead > size:
            room = 0
        if not state.gate and (room <= 0 or not state.ready):
            return False
        taken: list[Activation] = []

        def choose() -> Started | None:
            state.now = self._clock.now()
            taken.extend(take(state, room, size - len(out)))
            return Started(state.now, tuple([activation.id for activation in taken])) if taken else None

        chosen = self._recorder.record_when_heard(choose)
        if chosen is None:
            self._follow(Decision(pending(state), []))
            return False
        self._number, started = chosen
        if self._unsynced_since and self._policy_says_sync() and self._follows(taken):
            self._sync()
        workers = self._workers
        work = [activation for activation in taken if activation.node.plan.work]
        for activation in work:
            out[activation.id] = activation
            workers.hand_out(activation)
        if work and not workers.threads:
            workers.grow(1)
        self._follow(decide(state, started))
        return len(taken) > len(work)

    def _follows(self, taken: list[Activation]) -> bool:
        """Whether one of these follows from what is not synced. The first nodes of an iteration that runs side by side
        with others follow from none of them; what compensates follows from what was undone before it.
        """
        synced = self._synced_seq
        return any(
            activation.seq > synced and (activation.messages or not activation.scope.apart or activation.undoes)
            for activation in taken
        )

    def _turn(self) -> None:
        """Wait for something to happen, then let it count."""
        batch = self._gather()
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            self._look_around(now)
            batch += self._rest()
        elif self._pause_asked or self._shutdown_asked:
            self._look_at_signals()
        due = next_due(self.state)
        if due is not None and due <= self._clock.now():
            self._recorder.record(Due(self._clock.now()))
            batch += self._rest()
        if batch:
            self._apply(batch)

    def _gather(self) -> list[tuple[int, Any]]:
        """What has come, waiting for the first of it. Before a long wait everything is synced, and as many threads
        are started as there is work for: what is short is over before the wait is.
        """
        inbox = self._recorder.inbox
        if inbox.empty():
            short = self._mean < SYNC_TIME
            waits = self._workers.threads < min(len(self._out), self._workers.size)
            try:
                return [inbox.get(timeout=PAUSE if waits or short or self._unsynced_since else self._patience())]
            except Empty:
                self._workers.grow(len(self._out))
                if self._unsynced_since and self._policy_says_sync():
                    self._sync()
            try:
                return [inbox.get(timeout=self._patience()), *self._rest()]
            except Empty:
                return []
        if self._mean < SYNC_TIME and len(self._out) > AHEAD // 4:
            self._clock.sleep(PAUSE)
        return self._rest()

    def _rest(self) -> list[tuple[int, Any]]:
        inbox = self._recorder.inbox
        return [inbox.get_nowait() for _ in range(inbox.qsize())]

    def _patience(self) -> float:
        due = next_due(self.state)
        if due is None:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(0.0, due - self._clock.now()))

    def _apply(self, batch: list[tuple[int, Any]]) -> None:
        """Let recorded stimuli count, in their order. What follows from them is synced for before it is handed out."""
        state = self.state
        out = self._out
        ended = 0
        if not self._unsynced_since:
            self._unsynced_since = self._clock.monotonic()
            self._synced_seq = state.seq
        for number, stimulus in batch:
            if not number:
                if stimulus is not None:
                    raise stimulus
                continue
            self._number = number
            if type(stimulus) is Ended:
                ended += 1
                self._mean += (stimulus.at - stimulus.began - self._mean) * 0.1
                out.pop(stimulus.activation, None)
            elif type(stimulus) is Released:
                for ident in stimulus.activations:
                    out.pop(ident, None)
            self._follow(decide(state, stimulus))
        self._unsynced += ended
        if self._clock.monotonic() - self._unsynced_since > UNSYNCED_FOR and self._policy_says_sync():
            self._sync()
        self._snapshots.look(self._number)

    def _policy_says_sync(self) -> bool:
        policy = self._checkpoint.policy
        return (
            policy == "node"
            or (policy == "nodes" and self._unsynced >= self._checkpoint.nodes)
            or (policy == "every" and self._clock.monotonic() - self._synced_at >= self._checkpoint.every)
        )

    def _sync(self) -> None:
        self._store.sync()
        self._unsynced = 0
        self._unsynced_since = 0.0
        self._synced_at = self._clock.monotonic()

    def _follow(self, decision: Decision) -> None:
        commands, events = decision
        if events:
            self._tell(events)
        for command in commands:
            self._obey(command)

    def _obey(self, command: Command) -> None:
        if isinstance(command, StopActivation):
            self._workers.stop(command.activation, command.reason)
            grace = self.state.plan.workflow.stop_grace + ABANDON_AFTER
            self._giving_up[command.activation] = self._clock.monotonic() + grace
        elif isinstance(command, AskBreaker):
            self._asks.append(command)
        elif isinstance(command, TellBreaker):
            self._tells.append(command)
        else:
            self._questions.append(command)

    def _ask_breakers(self) -> None:
        """Tell breakers how calls ended, then ask those that have to let a node start."""
        asks, tells = self._asks, self._tells
        self._asks, self._tells = [], []
        for answer in self._consult(asks, tells):
            self._recorder.record(answer)

    def _look_around(self, now: float) -> None:
        """Signals, requests of other processes, attempts that do not stop, the display."""
        self._look_at_signals()
        for request in self._store.requests():
            if request["id"] in self._seen:
                continue
            self._seen.add(request["id"])
            arguments = {name: value for name, value in request.items() if name not in ("what", "heard_at")}
            what = str(request.get("what", ""))
            if what == "amend" or self._waiting:
                self._waiting.append((what, arguments))
            else:
                self._ask(what, arguments)
        if self._giving_up:
            self._give_up(now)
        self._tick(self._clock.now())

    def _ask(self, what: str, arguments: dict[str, Any]) -> None:
        if what == "checkpoint":
            self._sync()
            self._snapshots.take(self._number)
            return
        self._recorder.record(Requested(self._clock.now(), what, arguments))
        if what == "pause" and arguments.get("now") is True:
            self._shut_down()
        elif what == "pause":
            self._workers.recall()
        elif what in ("continue", "cancel"):
            self._workers.resume()

    def _shut_down(self) -> None:
        """Stop what runs, and give up what has not stopped in its grace: all of it is left to a resume."""
        self._workers.stop_all("shutdown")
        until = self._clock.monotonic() + self.state.plan.workflow.stop_grace + ABANDON_AFTER
        for ident in self._out:
            self._giving_up.setdefault(ident, until)

    def _look_at_signals(self) -> None:
        if self._pause_asked:
            self._pause_asked = False
            self._ask("pause", {"by": "signal"})
        if self._shutdown_asked:
            self._shutdown_asked = False
            self._ask("pause", {"by": "signal", "now": True, "stopped": self._leaves})

    def _give_up(self, now: float) -> None:
        for ident, until in list(self._giving_up.items()):
            activation = self._out.get(ident)
            if activation is None:
                del self._giving_up[ident]
            elif now >= until:
                del self._giving_up[ident]
                self._workers.abandon(activation)
                at = self._clock.now()
                if activation.stopping:
                    ended = Ended(at, ident, activation.attempt, "cancelled", {}, (), None, activation.started_at)
                    self._recorder.record(ended)
                else:
                    self._recorder.record(Released(at, (ident,)))

    def _end(self) -> None:
        """Leave the journal whole: the pause, or the end, recorded and synced, and a snapshot of where it stands."""
        state = self.state
        if state.finished:
            self._number = self._store.append(encode_finished(state.now, state.status))
        else:
            paused = Paused(self._clock.now())
            self._number = self._store.append(encode(paused))
            self._follow(decide(state, paused))
        self._store.sync()
        if self._tells:
            self._consult([], self._tells)
        self._snapshots.look(self._number)
