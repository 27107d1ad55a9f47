"""Workflow files started when a timer at their top comes due, each run in a process of its own."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from wflow.clock import Clock
from wflow.errors import (
    EXIT_ALREADY_RUNNING,
    DefinitionError,
    ExpressionError,
    StoreUnavailable,
    UsageError,
    WflowError,
)
from wflow.ids import new_run_id
from wflow.loading.parameters import bind
from wflow.model import Workflow
from wflow.runner.command import own_command
from wflow.runner.definitions import read, read_cached
from wflow.runner.timers import Rule, claim, read_rule
from wflow.store.interface import Plans, Shared

__all__ = ["Due", "Process", "RootTimer", "Scheduled", "Scheduler", "start_process", "upcoming"]

#: Seconds between two looks at the clock, at most: it may be set.
_LOOK_EVERY = 1.0

#: The same while runs are under way, which may end.
_LOOK_AT_RUNS_EVERY = 0.1

#: Seconds after which shared state that could not be used is tried again.
_TRY_AGAIN = 60.0


class RootTimer(NamedTuple):
    """A timer at the top of a file: its node's id, and its rule."""

    node: str
    rule: Rule


class Due(NamedTuple):
    """A due time (seconds since the epoch) of a timer of a file."""

    at: float
    file: Path
    timer: RootTimer


class Process(Protocol):
    """A run's process, as `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def send_signal(self, signal: int) -> None:
        """Send it a signal, if it still runs."""


def start_process(file: Path, run_id: str) -> Process:
    """Start ``wflow run FILE --id RUN_ID`` in a process group of its own, so that an INT typed at a terminal reaches it
    once, through the scheduler. It prints only how it failed, on standard error. Raises OSError.
    """
    return subprocess.Popen(
        own_command("run", str(file), "--id", run_id, "--output", "quiet"),
        stdin=subprocess.DEVNULL,
        process_group=0,
    )


@dataclass(slots=True)
class Scheduled:
    """A workflow file with its timers, as it was when it was read. `read_file` makes it."""

    file: Path
    timers: tuple[RootTimer, ...]
    stamp: tuple[int, ...]
    runs: dict[str, Process] = field(default_factory=dict)
    look_at: float = -math.inf

    @classmethod
    def read_file(cls, file: Path, environ: Mapping[str, str], plans: Plans | None = None) -> Scheduled:
        """Read the file and its timers; one that was valid and has not changed since comes out of ``plans``.

        Raises DefinitionError with its problems when it is not valid, UsageError when there is none, when no timer is
        at its top, or when a run of it could not be started as it is.
        """
        stamp = _stamp(file)
        loaded = read(file) if plans is None else read_cached(file, plans)
        if loaded.workflow is None:
            raise DefinitionError(f"{file} is not valid", problems=loaded.problems)
        return cls(file, _timers_of(file, loaded.workflow, environ), stamp)

    def has_changed(self) -> bool:
        """Whether the file is another than the one that was read."""
        return _stamp(self.file) != self.stamp


def _stamp(file: Path) -> tuple[int, ...]:
    try:
        facts = file.stat()
    except OSError:
        return ()
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _timers_of(file: Path, workflow: Workflow, environ: Mapping[str, str]) -> tuple[RootTimer, ...]:
    nodes = [node for node in workflow.graph.nodes if node.type == "timer"]
    if not nodes:
        raise UsageError(
            f"{file} has no timer at its top, so it never comes due",
            cure='add a node such as `nightly: {type: timer, schedule: "0 3 * * *"}`, or start it with `wflow run`',
        )
    try:
        parameters = bind(workflow, {})
    except UsageError as error:
        cure = "a scheduled run gets no parameters: give each a default"
        raise UsageError(f"{file} cannot be scheduled: {error.message}", cure=cure) from None
    names = {"params": parameters, "input": parameters, "variables": dict(workflow.variables)}
    found = []
    for node in nodes:
        try:
            found.append(RootTimer(node.id, read_rule(_evaluated(node.settings, names, environ), environ)))
        except ExpressionError as error:
            reason = f"the settings of timer `{node.id}` cannot be told before a run: {error.message}"
            raise UsageError(f"{file} cannot be scheduled: {reason}", cure="use `params` and `env` only") from None
        except UsageError as error:
            raise UsageError(f"timer `{node.id}` of {file}: {error.message}", cure=error.cure) from None
    return tuple(found)


def _evaluated(settings: Mapping[str, Any], names: Mapping[str, Any], environ: Mapping[str, str]) -> Mapping[str, Any]:
    if not any(isinstance(value, str) and "${{" in value for value in settings.values()):
        return settings
    from wflow.expr import render

    rendered: dict[str, Any] = render(settings, names, env=environ)
    return rendered


def upcoming(files: Sequence[Scheduled], after: float, count: int) -> list[Due]:
    """The next ``count`` due times of all timers of the files after that moment, in order."""

    def of(file: Path, timer: RootTimer) -> Iterator[Due]:
        return (Due(at, file, timer) for at in timer.rule.schedule.after(after))

    each = [of(one.file, timer) for one in files for timer in one.timers]
    return list(islice(merge(*each, key=lambda due: due.at), count))


class Scheduler:
    """Starts runs of ``files`` as their timers come due; `run` goes on until `ask_end`, `run_once` does what is due.

    A file with several timers that come due at once is started once, and what was missed is made up for one run after
    the other. ``tell`` gets a sentence for each start, each end and each trouble. ``start`` starts a run.
    """

    def __init__(
        self,
        files: Sequence[Scheduled],
        shared: Shared,
        clock: Clock,
        tell: Callable[[str], object],
        *,
        start: Callable[[Path, str], Process] = start_process,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._files = list(files)
        self._shared = shared
        self._clock = clock
        self._tell = tell
        self._start = start
        self._environ = environ
        self._signals: list[int] = []
        self._ending = 0
        self._failed = 0
        self._looked_at = -math.inf

    def ask_end(self, number: int) -> None:
        """Start nothing more, pass the signal on to the runs and end with the last of them. For signal handlers."""
        self._signals.append(number)

    def run(self) -> int:
        """Start what comes due until asked to end; returns the number of the first signal."""
        while True:
            self._pass_signals_on()
            self._reap()
            if self._ending and not self._running():
                return self._ending
            now = self._clock.now()
            if now < self._looked_at:  # the clock was set back: what was far ahead may be near
                for one in self._files:
                    one.look_at = -math.inf
            self._looked_at = now
            for index, one in enumerate(self._files):
                if not self._ending:
                    self._files[index] = self._reread(one)
                    self._try_to_look(self._files[index], now)
            self._clock.sleep(self._patience())

    def run_once(self) -> int:
        """Start what is due now and wait for these runs. Returns the exit code: 0, that of the first run that did not
        complete (one that ``overlap`` left out is none), or 128 and the signal it was ended by.

        Raises StoreUnavailable.
        """
        now = self._clock.now()
        while True:
            self._pass_signals_on()
            self._reap()
            started = [one for one in self._files if not self._ending and self._look(one, now)]
            if not started and not self._running():
                return 128 + self._ending if self._ending else self._failed
            self._clock.sleep(_LOOK_AT_RUNS_EVERY)

    def _try_to_look(self, one: Scheduled, now: float) -> None:
        if now < one.look_at:
            return
        try:
            if not self._look(one, now):
                after = [timer.rule.schedule.next_after(now) for timer in one.timers]
                one.look_at = min((at for at in after if at is not None), default=math.inf)
                if one.runs:  # a missed due time may be waiting for their end
                    one.look_at = min(one.look_at, now + _LOOK_EVERY)
        except StoreUnavailable as error:
            one.look_at = now + _TRY_AGAIN
            self._tell(f"{one.file.name} cannot be looked at, and is again in a minute: {error.message}")

    def _look(self, one: Scheduled, now: float) -> bool:
        """Start a run of the file if any of its timers is due; says whether one was."""
        path = str(one.file.absolute())
        claims = (claim(self._shared, path, timer.node, timer.rule, now, missed=not one.runs) for timer in one.timers)
        dues = [due for due in claims if due is not None]
        if dues:
            self._begin(one, max(dues))
        return bool(dues)

    def _begin(self, one: Scheduled, due: float) -> None:
        run_id = new_run_id(self._clock.now(), int.from_bytes(os.urandom(3)))
        try:
            one.runs[run_id] = self._start(one.file, run_id)
        except OSError as error:
            self._failed = self._failed or 1
            self._tell(f"{one.file.name} cannot be started: {error.strerror}")
            return
        zone = one.timers[0].rule.schedule.zone
        self._tell(f"{one.file.name} was due at {_shown(due, zone)} and is started as run {run_id}")

    def _reap(self) -> None:
        for one in self._files:
            for run_id, process in list(one.runs.items()):
                code = process.poll()
                if code is None:
                    continue
                del one.runs[run_id]
                if code not in (0, EXIT_ALREADY_RUNNING):
                    self._failed = self._failed or (code if code > 0 else 128 - code)
                self._tell(f"run {run_id} of {one.file.name} {_ended(run_id, code)}")

    def _pass_signals_on(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            self._ending = self._ending or number
            for one in self._files:
                for process in one.runs.values():
                    process.send_signal(number)

    def _running(self) -> bool:
        return any(one.runs for one in self._files)

    def _patience(self) -> float:
        if self._running() or self._ending:
            return _LOOK_AT_RUNS_EVERY
        ahead = min(one.look_at for one in self._files) - self._clock.now()
        return max(0.0, min(_LOOK_EVERY, ahead))

    def _reread(self, one: Scheduled) -> Scheduled:
        """The file as it is now, if it has changed; as it was where that is not valid."""
        if not one.has_changed():
            return one
        try:
            new = Scheduled.read_file(one.file, self._environ)
        except WflowError as error:
            one.stamp = _stamp(one.file)
            self._tell(
                f"{one.file.name} has changed and is no more what it should be ({error.message}); its timers stay"
            )
            return one
        self._tell(f"{one.file.name} has changed and was read again")
        new.runs = one.runs
        return new


def _shown(at: float, zone: Any) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="seconds")


_ENDS = {0: "completed", 4: "was cancelled", 5: "is paused", EXIT_ALREADY_RUNNING: "was skipped", 124: "timed out"}


def _ended(run_id: str, code: int) -> str:
    go_on = f"; `wflow resume {run_id}` continues it"
    if code < 0 or code > 128:
        return f"was stopped by signal {abs(code) % 128}{go_on}"
    return _ENDS.get(code, f"failed with exit code {code}") + (go_on if code == 5 else "")
