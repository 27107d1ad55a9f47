"""A host of C# nodes as a process: lines of JSON to it and from it. `host.cs` is the other end."""

from __future__ import annotations

import itertools
import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from wflow.runtimes import leftovers
from wflow.runtimes.csharp_build import HostFiles
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.environment import inherited_entries
from wflow.runtimes.leftovers import marker_of
from wflow.runtimes.process import waker
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.scratch import make_scratch, remove_scratch
from wflow.runtimes.tree import Tree
from wflow.runtimes.work import RunFacts

__all__ = ["HOST", "HostEnded", "HostProcess", "start_host"]

#: What stands for an activation in the environment of a process that serves many.
HOST = "host"

#: Seconds that a host may take to be ready.
_PATIENCE = 60.0

#: Seconds between the end of a host's answers and its own.
_SOON = 2.0

#: Bytes of what a host says at its end that are read.
_MOST_SAID = 1 << 18

#: Left of a .NET without the libraries that it formats dates and sorts text by.
_NO_CULTURES = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"

_CLOSED = -1

_numbers = itertools.count(1)

_DIAGNOSTICS = "DOTNET_EnableDiagnostics"


def start_host(dotnet: Dotnet, files: HostFiles, run: RunFacts, stopped: Callable[[], bool]) -> HostProcess:
    """A host that takes requests. Raises NotStarted, also when ``stopped`` says that nobody wants it any more."""
    try:
        host = HostProcess(dotnet, files, run, cultures=True)
        host.await_ready(stopped)
    except NotStarted as error:
        if "ICU" not in str(error):
            raise
        # A machine without that library: formats are then those of no country, as scripts on servers have them.
        host = HostProcess(dotnet, files, run, cultures=False)
        host.await_ready(stopped)
    return host


class HostEnded(Exception):
    """The host is gone, or has closed its answers."""


class HostProcess:
    """A running host, in a session of its own. For one thread at a time; `wake` may be called from any."""

    def __init__(self, dotnet: Dotnet, files: HostFiles, run: RunFacts, *, cultures: bool) -> None:
        """Start it. Raises NotStarted where the system does not let it."""
        #: The folder of the attempt that it executes; one for all, since making one takes as long as a short script.
        self.scratch = os.path.realpath(run.folder / "work" / f"{HOST}-{os.getpid()}-{next(_numbers)}")
        #: What it and all that its scripts start have in their environment, and nothing else on this machine.
        self.markers = (b"WFLOW_WORK=" + os.fsencode(self.scratch),)
        self._buffer = bytearray()
        self._looked = 0
        self._lock = threading.Lock()
        self._open = True
        self.at_once = False
        self.woken = False
        self._waker, self._woken = waker()
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        os.set_blocking(self._requests, False)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with everything else
        #: The assemblies with classes that it has loaded, by path, and which version of each.
        self.loaded: dict[str, str] = {}
        #: Once it is gone, what .NET itself has written: why it does not start, or what has broken it.
        self.last_words = ""
        argv = [str(dotnet.program), "exec", str(files.program), str(requests), str(answers), str(dotnet.roslyn)]
        try:
            self.process = subprocess.Popen(
                argv,
                env=_environment(run.id, self.scratch, cultures=cultures),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                pass_fds=(requests, answers),
                start_new_session=True,
            )
        except OSError as error:
            self._close()
            raise NotStarted(f"{dotnet.program} could not be started: {error.strerror}") from None
        finally:
            os.close(requests)
            os.close(answers)
        self.pid = self.process.pid
        leftovers.leader_started(self.pid)

    def await_ready(self, stopped: Callable[[], bool]) -> None:
        """Return once it takes requests. Raises NotStarted with what it said when it ends instead, or ``stopped``."""
        deadline = time.monotonic() + _PATIENCE
        try:
            while not stopped() and time.monotonic() < deadline:
                answer = self.receive(0.05)
                if answer is not None and "ready" in answer:
                    return
            said = "it was not ready in time"
            self.end()
        except HostEnded:
            self.ended()
            said = " ".join(self.last_words.split())[:1000] or "it ended at once"
        raise NotStarted(f"the host of csharp nodes does not start: {said}")

    def empty_scratch(self) -> None:
        """Have its scratch folder be there, with nothing in it. Raises OSError."""
        try:
            if os.listdir(self.scratch):  # noqa: PTH208 - before every script
                remove_scratch(self.scratch)
                make_scratch(self.scratch)
        except FileNotFoundError:
            make_scratch(self.scratch)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a request; not all of it when this is woken meanwhile. Raises HostEnded."""
        data = memoryview(json.dumps(message, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
        while data and not self.woken:
            try:
                data = data[os.write(self._requests, data) :]
            except BlockingIOError:
                self._wait(self._requests, select.POLLOUT, None)
            except OSError:
                raise HostEnded from None

    def receive(self, seconds: float | None = None) -> dict[str, Any] | None:
        """The next answer; None when none comes in that time, or this is woken. Raises HostEnded."""
        while True:
            end = self._buffer.find(b"\n", self._looked)
            self._looked = len(self._buffer) if end < 0 else 0
            if end >= 0:
                answer: dict[str, Any] = json.loads(self._buffer[:end])
                del self._buffer[: end + 1]
                return answer
            if self.woken or not self._wait(self._answers, select.POLLIN, seconds):
                return None
            self._read()

    def wake(self, *, at_once: bool = False) -> None:
        """Have the thread that waits for an answer see that it should not. From any thread."""
        with self._lock:
            self.woken = True
            self.at_once = self.at_once or at_once
            if self._open:
                os.write(self._waker, b"\1\0\0\0\0\0\0\0")

    @property
    def alive(self) -> bool:
        """Whether it can take a request, as far as can be told unasked: the answers of a dead one have ended."""
        return not self._wait(self._answers, select.POLLIN, 0)

    @property
    def usable(self) -> bool:
        """Whether it may serve another attempt: nobody has stopped it, and it is not gone."""
        return self._open and not self.woken

    def end(self, grace: float = 0.0) -> int:
        """End it with all that it has started, and give its exit code (of a signal the negative number).

        With ``grace`` it is asked by TERM first, and given so many seconds.
        """
        tree = Tree(self.pid, self.markers)
        if self._open:
            self.at_once = self.at_once or not grace
            tree.terminate(grace, self._gone, lambda: self.at_once)
            self.process.wait()
            self._reaped(tree)
        return int(self.process.returncode)

    def end_children(self) -> None:
        """End what the attempt has left running; it goes on itself."""
        Tree(self.pid, self.markers).end_children()

    def ended(self) -> int:
        """The exit code of a host that has raised HostEnded."""
        if not self._exits(_SOON):
            # It has closed what it answers on, and so is of no use to anyone.
            return self.end()
        tree = Tree(self.pid, self.markers)
        # Its group's number cannot be given to another before it is reaped.
        tree.signal(signal.SIGKILL)
        self.process.wait()
        self._reaped(tree)
        return int(self.process.returncode)

    def close(self) -> None:
        """End an idle host: without requests to come it ends by itself."""
        with self._lock:
            if not self._open:
                return
            os.close(self._requests)
            self._requests = _CLOSED
        if self._exits(_SOON):
            self.process.wait()
        else:
            self.process.kill()
            self.process.wait()
        leftovers.leader_reaped(self.pid)
        self._close()

    def _exits(self, seconds: float) -> bool:
        """Wait at most so long for the process to end; it is not reaped."""
        deadline = time.monotonic() + seconds
        pause = 0.0002
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 2, 0.02)
        return True

    def _reaped(self, tree: Tree) -> None:
        leftovers.leader_reaped(self.pid)
        self._close()
        tree.end_rest()

    def _gone(self, seconds: float) -> bool:
        """Wait at most so long for its end; what it still answers is nobody's any more."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self.at_once:
            try:
                if self._wait(self._answers, select.POLLIN, left):
                    self._read()
            except HostEnded:
                return True
        return False

    def _read(self) -> None:
        part = os.read(self._answers, 1 << 16)
        if not part:
            raise HostEnded
        self._buffer += part

    def _wait(self, file: int, what: int, seconds: float | None) -> bool:
        """Wait until the descriptor is ready, someone wakes this, or the time is up; says whether it is ready."""
        poll = select.poll()
        poll.register(file, what)
        poll.register(self._woken, select.POLLIN)
        ready = [number for number, _ in poll.poll(None if seconds is None else seconds * 1000)]
        if self._woken in ready:
            os.read(self._woken, 8)
        return file in ready

    def _close(self) -> None:
        with self._lock:
            if not self._open:
                return
            self._open = False
            for file in {self._waker, self._woken, self._requests, self._answers} - {_CLOSED}:
                os.close(file)
            self._requests = _CLOSED
            remove_scratch(self.scratch)
            with self._said as said:
                said.seek(0)
                self.last_words = said.read(_MOST_SAID).decode("utf-8", "replace").strip()


def _environment(run_id: str, scratch: str, *, cultures: bool) -> dict[bytes, bytes]:
    entries = inherited_entries()
    entries[b"WFLOW_WORK"] = os.fsencode(scratch)
    for marker in marker_of(run_id, HOST):
        name, _, text = marker.partition(b"=")
        entries[name] = text
    if _DIAGNOSTICS.encode() not in entries:
        # A debugger's socket in /tmp would outlive a host that is killed; the host takes the name out again.
        entries[_DIAGNOSTICS.encode()] = b"0"
        entries[b"WFLOW_HOST_DIAGNOSTICS"] = _DIAGNOSTICS.encode()
    if not cultures:
        entries[_NO_CULTURES.encode()] = b"1"
    return entries
