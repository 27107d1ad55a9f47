"""Compiled scripts: kept on the disk by what they are, and compiled by one host for all where they are missing."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from wflow.runtimes.csharp_pool import Withdrawn
from wflow.runtimes.csharp_process import HostEnded, HostProcess
from wflow.runtimes.csharp_source import Program
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Failure

__all__ = ["CompileFailed", "Scripts"]

#: Compiled scripts that are kept; when there are more, the older half goes.
MOST_KEPT = 4000

#: Scripts that are compiled ahead of being wanted.
_MOST_AHEAD = 200

#: Errors of one script that are told.
_MOST_ERRORS = 50

_LOOK = 0.02


class CompileFailed(Exception):
    """A script that is no C#; ``failure`` says where and why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class _Entry:
    """A program that is being compiled, or was."""

    __slots__ = ("done", "error", "program", "tries")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.done = threading.Event()
        self.error: Exception | None = None
        self.tries = 0


class Scripts:
    """The compiled scripts in ``folder``, for many threads. ``start`` gives a host; it is asked for one only when a
    script is missing.
    """

    def __init__(self, folder: Path, start: Callable[[Callable[[], bool]], HostProcess]) -> None:
        self._folder = folder
        self._start = start
        self._changed = threading.Condition()
        self._entries: dict[str, _Entry] = {}
        self._wanted: deque[_Entry] = deque()
        self._ahead: deque[_Entry] = deque()
        self._thread: threading.Thread | None = None
        self._host: HostProcess | None = None
        self._closed = False

    def path_of(self, program: Program) -> Path:
        """Where its assembly is, or will be."""
        return self._folder / f"{program.digest}.dll"

    def expect(self, programs: Iterable[Program]) -> None:
        """Compile those that are missing, in the background."""
        for program in programs:
            if not self.path_of(program).exists():
                with self._changed:
                    if program.digest not in self._entries and len(self._ahead) < _MOST_AHEAD:
                        self._put(self._ahead, program)

    def ready(self, program: Program, stopped: Callable[[], bool]) -> Path:
        """The path of its assembly, once it is there.

        Raises CompileFailed, NotStarted where no host can be had, and Withdrawn once ``stopped`` says so.
        """
        path = self.path_of(program)
        with self._changed:
            entry = self._entries.get(program.digest)
            if entry is None and path.exists():
                _touch(path)
                entry = self._entries[program.digest] = _Entry(program)
                entry.done.set()
            elif entry is None:
                entry = self._put(self._wanted, program)
            elif not entry.done.is_set():
                # It is wanted now: before what may be wanted later.
                self._wanted.append(entry)
        while not entry.done.wait(_LOOK):
            if stopped() or self._closed:
                raise Withdrawn
        if entry.error is not None:
            if isinstance(entry.error, NotStarted):
                self.forget(program)
            raise entry.error
        return path

    def forget(self, program: Program) -> None:
        """What is kept of it is of no use: it is compiled when it is next wanted."""
        with self._changed:
            self._entries.pop(program.digest, None)

    def discard(self, program: Program) -> None:
        """Remove the assembly, which cannot be loaded."""
        self.path_of(program).unlink(missing_ok=True)
        self.forget(program)

    def close(self) -> None:
        """End the compiling host; a script that is being compiled stays as it is."""
        with self._changed:
            self._closed = True
            host, thread = self._host, self._thread
            self._changed.notify_all()
            if host is not None:
                host.wake(at_once=True)
        if thread is not None:
            thread.join()

    def _put(self, queue: deque[_Entry], program: Program) -> _Entry:
        entry = self._entries[program.digest] = _Entry(program)
        queue.append(entry)
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="csharp compiler", daemon=True)
            self._thread.start()
        self._changed.notify_all()
        return entry

    def _next(self) -> _Entry | None:
        with self._changed:
            while not self._closed:
                for queue in (self._wanted, self._ahead):
                    while queue:
                        entry = queue.popleft()
                        if not entry.done.is_set():
                            return entry
                self._changed.wait()
        return None

    def _work(self) -> None:
        while (entry := self._next()) is not None:
            try:
                self._compile(entry)
            except HostEnded:
                words = self._drop_host()
                entry.tries += 1
                if entry.tries < 2 and not words and not self._closed:
                    # Something else has ended it: another one may live.
                    self._wanted.appendleft(entry)
                    continue
                entry.error = NotStarted(f"the C# compiler ended without an answer{words and f': {words}'}")
            except (NotStarted, CompileFailed) as error:
                entry.error = error
            except Exception as error:  # noqa: BLE001 - whoever waits for the script must hear of it
                self._drop_host()
                entry.error = NotStarted(f"the script could not be compiled: {error}")
            entry.done.set()
        self._drop_host()

    def _compile(self, entry: _Entry) -> None:
        if self._host is None:
            self._prune()
            host = self._start(lambda: self._closed)
            with self._changed:
                self._host = host
                if self._closed:
                    host.wake(at_once=True)
        assert self._host is not None
        program = entry.program
        request = {
            "source": program.source,
            "folder": program.folder,
            "name": f"script-{program.digest[:16]}",
            "path": str(self.path_of(program)),
        }
        self._host.send({"compile": request})
        answer = self._host.receive()
        if answer is None:
            raise HostEnded
        if "problem" in answer:
            raise NotStarted(f"the script could not be compiled: {answer['problem']}")
        if answer["errors"]:
            raise CompileFailed(_failure(program, answer["errors"]))

    def _drop_host(self) -> str:
        """End the compiling host; gives the first line of what it said when it broke."""
        with self._changed:
            host, self._host = self._host, None
        if host is None:
            return ""
        host.close()
        return host.last_words.partition("\n")[0][:1000]

    def _prune(self) -> None:
        try:
            with os.scandir(self._folder) as entries:
                kept = [(entry.stat().st_mtime, entry.path) for entry in entries if entry.name.endswith(".dll")]
        except OSError:
            return
        if len(kept) > MOST_KEPT:
            for _, path in sorted(kept)[: len(kept) // 2]:
                Path(path).unlink(missing_ok=True)
                Path(path).with_suffix(".pdb").unlink(missing_ok=True)


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError:
        pass


def _failure(program: Program, errors: list[dict[str, Any]]) -> Failure:
    lines = []
    for error in errors[:_MOST_ERRORS]:
        column = error["column"] + (program.columns if error["file"] == program.file else 0)
        place = f"{error['file']}:{error['line']}:{column}: " if error["line"] else ""
        lines.append(f"{place}{error['code']}: {error['message']}")
    more = len(errors) - 1
    message = lines[0] + (f" (and {more} more)" if more else "")
    return Failure("CompilationErrorException", message, "\n".join(lines) + "\n")
