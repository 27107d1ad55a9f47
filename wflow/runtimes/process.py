"""A script as a process: a session of its own, no stdin, output into files; stopped with all that descends from it.

`run_process` blocks its thread until the process has ended, woken by the process's end, by a request to stop, and a few
times a second to look after a long-running script's progress. What the process left running is killed when it ends.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wflow.runtimes import leftovers
from wflow.runtimes.capture import open_log
from wflow.runtimes.leftovers import become_subreaper, end_leftovers, resign_as_subreaper
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.tree import Tree
from wflow.runtimes.work import Stop, Work

__all__ = [
    "Ended",
    "Processes",
    "become_subreaper",
    "end_leftovers",
    "resign_as_subreaper",
    "waker",
]

#: Seconds between two looks at a long-running script's progress.
_TICK = 0.3


class Ended(NamedTuple):
    """How a process ended: its exit code, or the signal that ended it as a negative number. ``printed`` and
    ``complained`` are where in ``<log>.out`` and ``<log>.err`` its own output begins (bytes).
    """

    code: int
    printed: int
    complained: int


class Processes:
    """The processes that the attempts of a run are executed by. Safe to use from many threads."""

    def __init__(self) -> None:
        self._running: dict[Work, _Job] = {}
        self._subreaper = False
        self._lock = threading.Lock()

    def run(
        self,
        work: Work,
        argv: Sequence[str],
        *,
        folder: str,
        environment: Mapping[bytes, bytes],
        tick: Callable[[], None] | None = None,
    ) -> Ended:
        """Start ``argv`` in ``folder`` with this environment, and say how it ended once it, and what it left running,
        is gone. ``tick`` is called a few times a second while it runs. Obeys ``work.stop``: TERM to the group, KILL
        after ``work.run.stop_grace`` seconds to all that descends from it. Raises NotStarted, and OSError where the
        logs cannot be written.
        """
        if not self._subreaper:
            with self._lock:
                if not self._subreaper:
                    become_subreaper()
                    self._subreaper = True
        out = open_log(work.log + ".out")
        try:
            err = open_log(work.log + ".err")
            try:
                printed, complained = os.fstat(out).st_size, os.fstat(err).st_size
                code = self._wait(work, _start(argv, folder, environment, out, err), tick)
            finally:
                _close_log(err, work.log + ".err")
        finally:
            _close_log(out, work.log + ".out")
        return Ended(code, printed, complained)

    def _wait(self, work: Work, process: subprocess.Popen[bytes], tick: Callable[[], None] | None) -> int:
        job = self._running[work] = _Job(process, work)
        try:
            return job.wait(tick)
        finally:
            del self._running[work]

    def abandon(self, work: Work) -> None:
        """Kill the process of this attempt now, if it runs, without the grace it would be given. Does not block."""
        job = self._running.get(work)
        if job is not None:
            job.wake(at_once=True)

    def close(self) -> None:
        """Give back being the subreaper."""
        with self._lock:
            if self._subreaper:
                self._subreaper = False
                resign_as_subreaper()


def _close_log(file: int, path: str) -> None:
    """Close the log, and remove it where nothing was written: two files for each script that prints nothing would be
    most of what a large run leaves.
    """
    empty = os.fstat(file).st_size == 0
    os.close(file)
    if empty:
        try:
            os.unlink(path)  # noqa: PTH108 - on the path of every script
        except OSError:
            pass


def _start(
    argv: Sequence[str], folder: str, environment: Mapping[bytes, bytes], out: int, err: int
) -> subprocess.Popen[bytes]:
    program = argv[0]
    if "/" not in program:
        # Found here and not by subprocess, which changes the filters of warnings to do so, for all threads.
        found = _on_path(program, environment.get(b"PATH"), folder)
        if found is None:
            raise NotStarted(f"the command `{program}` was not found on the PATH")
        program = found
    try:
        # No preexec_fn: with one, subprocess could not use vfork, and would copy the engine's page tables.
        return subprocess.Popen(
            argv,
            executable=program,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise NotStarted(_why_not(error, argv[0], folder)) from None


def _on_path(program: str, path: bytes | None, folder: str) -> str | None:
    """Where the command is, by the PATH that it will see; a relative entry counts from the folder it will run in."""
    for entry in (os.defpath if path is None else os.fsdecode(path)).split(os.pathsep):
        candidate = f"{entry}/{program}" if entry.startswith("/") else str(Path(folder) / entry / program)
        try:
            if os.access(candidate, os.X_OK) and Path(candidate).is_file():
                return candidate
        except ValueError:
            return None
    return None


def _why_not(error: OSError | ValueError, program: str, folder: str) -> str:
    if not Path(folder).is_dir():
        return f"the folder `{folder}` to run it in does not exist"
    if isinstance(error, ValueError):
        return "an argument or a name of its environment holds a NUL character, or a name holds a `=`"
    if isinstance(error, FileNotFoundError):
        if "/" in program and (Path(folder) / program).exists():
            return f"`{program}` names an interpreter in its first line that is not there"
        return f"the command `{program}` was not found"
    if isinstance(error, PermissionError):
        return f"`{program}` may not be executed: it is a folder, or its permissions do not allow it"
    if error.errno == errno.ENOEXEC:
        return f"`{program}` is no program: its first line must say what runs it, such as `#!/bin/sh`"
    if error.errno == errno.E2BIG:
        return "its arguments and its environment are larger than the system allows"
    return f"`{program}` could not be started: {error.strerror}"


class _Job:
    """A running process, and the thread that waits for it."""

    def __init__(self, process: subprocess.Popen[bytes], work: Work) -> None:
        self._process = process
        self._pid = process.pid
        self._stop: Stop = work.stop
        self._grace = work.run.stop_grace
        self._tree = Tree(process.pid, leftovers.traces_of(work.scratch, work.log))
        self._lock = threading.Lock()
        self._open = True
        self._at_once = False
        leftovers.leader_started(process.pid)
        self._waker, self._woken = waker()
        try:
            self._end = os.pidfd_open(process.pid)
        except (AttributeError, OSError):
            self._end = -1

    def wake(self, *, at_once: bool = False) -> None:
        """Have the waiting thread see that a stop was asked for. From any thread."""
        with self._lock:
            self._at_once = self._at_once or at_once
            if self._open:
                os.write(self._waker, b"\1\0\0\0\0\0\0\0")

    def wait(self, tick: Callable[[], None] | None) -> int:
        """The exit code once the process has ended and nothing of it is left."""
        self._stop.on_ask(self.wake)
        try:
            while not self._ended(_TICK if tick is not None else None):
                if self._stop.asked or self._at_once:
                    self._terminate()
                    break
                if tick is not None:
                    tick()
            # Its group's number cannot be given to another before the leader is reaped.
            self._tree.signal(signal.SIGKILL)
            code = self._process.wait()
        except BaseException:
            # Nothing of ours may leave a script running, whatever went wrong here.
            self._at_once = True
            self._terminate()
            self._process.wait()
            raise
        finally:
            self._stop.on_ask(None)
            with self._lock:
                self._open = False
                self._close()
            leftovers.leader_reaped(self._pid)
        self._tree.end_rest()
        return code

    def _terminate(self) -> None:
        self._tree.terminate(self._grace, self._ended, lambda: self._at_once)

    def _close(self) -> None:
        os.close(self._waker)
        if self._woken != self._waker:
            os.close(self._woken)
        if self._end >= 0:
            os.close(self._end)

    def _ended(self, seconds: float | None) -> bool:
        """Wait until the process has ended (True), someone wakes this thread, or the time is up (False)."""
        if self._end < 0:
            return self._ended_by_polling(seconds)
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        ready = [file for file, _ in poll.poll(None if seconds is None else seconds * 1000)]
        if self._woken in ready:
            os.read(self._woken, 8)
        return self._end in ready

    def _ended_by_polling(self, seconds: float | None) -> bool:
        """`_ended` where the system has no file descriptors of processes."""
        deadline = None if seconds is None else time.monotonic() + seconds
        pause = 0.0005
        while os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            if select.select([self._woken], [], [], pause)[0]:
                os.read(self._woken, 8)
                return False
            pause = min(pause * 2, 0.05)
        return True


def waker() -> tuple[int, int]:
    """A descriptor to write eight bytes to, and the one that is then ready to be read."""
    try:
        both = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return both, both
    except (AttributeError, OSError):
        read, write = os.pipe()
        os.set_blocking(write, False)
        return write, read
