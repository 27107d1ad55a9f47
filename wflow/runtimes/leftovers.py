"""Processes that a script leaves behind: found by descent, by session, and by what they have of it: an entry of their
environment, or its log as their output.

Linux only, by way of /proc; elsewhere the process group is all that can be reached. What has lost its parent and has
neither session nor environment nor output of its script is told from other processes by nothing, and goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "ProcessFacts",
    "become_subreaper",
    "children",
    "descendants",
    "end_leftovers",
    "facts",
    "fitting",
    "kill",
    "leader_reaped",
    "leader_started",
    "marked",
    "marker_of",
    "processes",
    "reap_orphans",
    "resign_as_subreaper",
    "traces_of",
    "wait_gone",
]

_PROC = Path("/proc")
_CHILD_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>

#: Seconds that a killed process is given to be gone; only one that waits on a dead disk needs longer.
_GONE = 5.0


class ProcessFacts(NamedTuple):
    """A process as /proc shows it. ``started`` is in clock ticks since boot: with the id it names a process."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    started: int


def facts(pid: int | str) -> ProcessFacts | None:
    """The facts of one process, or None where there is none of that id."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - on the path of every script
            text = file.read()
    except OSError:
        return None
    # The name, in brackets, may hold anything, blanks and brackets too.
    fields = text[text.rindex(b")") + 2 :].split()
    return ProcessFacts(int(pid), int(fields[1]), int(fields[2]), int(fields[3]), fields[0].decode(), int(fields[19]))


def processes() -> list[ProcessFacts]:
    """Every process of this machine that is not a zombie; empty where there is no /proc."""
    try:
        names = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names, not paths
    except OSError:
        return []
    found = (facts(name) for name in names)
    return [one for one in found if one is not None and one.state not in "ZX"]


def descendants(of: int, among: Iterable[ProcessFacts]) -> list[ProcessFacts]:
    """Those that descend from process ``of``, or are in its group or session; itself included."""
    table = list(among)
    below: dict[int, list[ProcessFacts]] = {}
    for one in table:
        below.setdefault(one.parent, []).append(one)
    pending = [one for one in table if of in (one.pid, one.group, one.session)]
    found: dict[int, ProcessFacts] = {}
    while pending:
        one = pending.pop()
        if one.pid not in found:
            found[one.pid] = one
            pending.extend(below.get(one.pid, ()))
    return list(found.values())


def marker_of(run_id: str, activation: str) -> tuple[bytes, bytes]:
    """The two environment entries that tell a process which run, of those with one home, and which activation it is
    of.
    """
    return b"WFLOW_RUN_ID=" + run_id.encode(), b"WFLOW_ACTIVATION=" + fitting(activation)


def fitting(text: str) -> bytes:
    """A name as an environment can hold it. An activation's may have a key from the data in it, with any character and
    of any length; other names stay others.
    """
    data = text.encode("utf-8", "backslashreplace").replace(b"\0", b"\\x00")
    if len(data) > 4096:
        data = data[:1024] + b"..." + sha256(data).hexdigest().encode()
    return data


def traces_of(scratch: str, log: str) -> tuple[bytes, ...]:
    """What only the processes of one activation have, whatever runs there are on this machine: its scratch folder in
    the environment, or one of its attempt's two log files (``<log>.out``, ``<log>.err``) as output. Both paths are
    absolute and without links.
    """
    return os.fsencode(f"WFLOW_WORK={scratch}"), os.fsencode(f"{log}.out"), os.fsencode(f"{log}.err")


def marked(pid: int, markers: Collection[bytes]) -> bool:
    """Whether the process has all of the markers that are entries (``NAME=value``) in the environment that it was
    started with, or prints into a file that is one of them.
    """
    files = [marker for marker in markers if marker.startswith(b"/")]
    names = [marker for marker in markers if not marker.startswith(b"/")]
    entries = _environment(pid).split(b"\0")
    return all(name in entries for name in names) or (bool(files) and any(name in files for name in _outputs(pid)))


def _environment(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return b""


def _outputs(pid: int) -> list[bytes]:
    """Where the process's standard output and error go, by name: a look at the file itself would wait for a disk that
    does not answer.
    """
    found = []
    for stream in (b"/proc/%d/fd/1" % pid, b"/proc/%d/fd/2" % pid):
        try:
            if os.lstat(stream).st_mode & 0o200:
                found.append(os.readlink(stream))  # noqa: PTH115 - bytes
        except OSError:
            continue
    return found


def _is_of_run(pid: int, folder: bytes) -> bool:
    """`marked` for any activation of the run that is kept in the folder."""
    work, logs = b"WFLOW_WORK=" + folder + b"/work/", folder + b"/logs/"
    return any(entry.startswith(work) for entry in _environment(pid).split(b"\0")) or any(
        name.startswith(logs) for name in _outputs(pid)
    )


def _marked_orphan(one: ProcessFacts, markers: Collection[bytes]) -> bool:
    """`marked`, of a process that may just be becoming another program: its environment is empty for that moment."""
    for _ in range(10):
        if marked(one.pid, markers):
            return True
        if _environment(one.pid):
            break
        time.sleep(0.001)
    return marked(one.pid, markers)


def kill(one: ProcessFacts, number: int = signal.SIGKILL) -> bool:
    """Send a signal to the process, unless another has its id by now. Says whether it was sent."""
    now = facts(one.pid)
    if now is None or now.started != one.started or now.state in "ZX":
        return False
    try:
        os.kill(one.pid, number)
    except OSError:
        return False
    return True


def wait_gone(those: Iterable[ProcessFacts], seconds: float = _GONE) -> list[ProcessFacts]:
    """Wait until the processes have ended, and reap those that are this process's own; gives those still there."""
    deadline = time.monotonic() + seconds
    left = list(those)
    pause = 0.0005
    while left:
        left = [one for one in left if not _gone(one)]
        if not left or time.monotonic() >= deadline:
            break
        time.sleep(pause)
        pause = min(pause * 2, 0.02)
    return left


def _gone(one: ProcessFacts) -> bool:
    now = facts(one.pid)
    if now is None or now.started != one.started:
        return True
    if now.state not in "ZX":
        return False
    if now.parent == os.getpid():
        _reap(one.pid)
    return True


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def end_leftovers(folder: str) -> list[int]:
    """Kill what scripts of a run left running whose engine is dead, and give the ids of the processes that were killed.
    Returns when they are gone. Never touches this process or one it descends from.

    ``folder`` is the run's, absolute and without links.
    """
    run = os.fsencode(folder)
    killed: dict[int, ProcessFacts] = {}
    for _ in range(10):
        table = processes()
        spared = _ancestors(table)
        found = {one.pid: one for one in table if one.pid not in spared and _is_of_run(one.pid, run)}
        for one in list(found.values()):
            # Its children may have an environment of their own by now.
            found.update((below.pid, below) for below in descendants(one.pid, table) if below.pid not in spared)
        sent = [one for one in found.values() if kill(one)]
        if not sent:
            break
        killed.update((one.pid, one) for one in sent)
        wait_gone(sent)
    return sorted(killed)


def _ancestors(table: Iterable[ProcessFacts]) -> set[int]:
    parents = {one.pid: one.parent for one in table}
    pid, found = os.getpid(), set()
    while pid and pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found


class _Reaper:
    """That this process is the subreaper, counted by those who want it to be."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.session = 0
        self.process = 0
        # Children that were there before: a host program's own, and its to reap.
        self.strangers: frozenset[int] = frozenset()


_reaper = _Reaper()


def become_subreaper() -> bool:
    """Have orphaned descendants become children of this process; says whether that is so (Linux only). Each call
    needs its `resign_as_subreaper`.
    """
    with _reaper.lock:
        _reaper.users += 1
        if _reaper.users == 1:
            _reaper.session = os.getsid(0)
            _reaper.process = os.getpid()
            _reaper.strangers = frozenset(_children())
        return _reaper.users > 1 or _set_subreaper(1)


def resign_as_subreaper() -> None:
    """Take back one `become_subreaper`."""
    with _reaper.lock:
        _reaper.users -= 1
        if not _reaper.users:
            _set_subreaper(0)


def _set_subreaper(value: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    prctl: Callable[..., int] = ctypes.CDLL(None).prctl
    return prctl(_CHILD_SUBREAPER, value, 0, 0, 0) == 0


def reap_orphans(session: int, markers: Iterable[bytes]) -> list[ProcessFacts]:
    """Processes that became orphans, are alive, and are in ``session`` or have the ``markers``; dead ones are reaped.

    Orphans become children of the engine's first thread, whose own children are no script's (those belong to the
    threads that started them), so that this costs one small read when nothing is left. A child of the engine's own
    session is left alone: it is not from a script's.
    """
    while True:
        left, reaped = _orphans(session, tuple(markers))
        # What a dead one had for children became this process's when it died: possibly after the look.
        if left or not reaped:
            return left


def _orphans(session: int, markers: tuple[bytes, ...]) -> tuple[list[ProcessFacts], int]:
    left, reaped = [], 0
    for child in _children():
        one = facts(child) if child not in _reaper.strangers else None
        if one is None or one.session == _reaper.session or one.parent != _reaper.process:
            continue
        if one.state in "ZX":
            if one.pid not in _started:
                _reap(one.pid)
                reaped += 1
        elif one.pid not in _started and (one.session == session or _marked_orphan(one, markers)):
            left.append(one)
    return left, reaped


def children(pid: int) -> list[int]:
    """The children of all threads of a process, dead ones included, cheaply; empty where the system does not tell."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - names, not paths
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123 - after every C# script
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def _children() -> list[int]:
    """The children of this process's first thread."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:  # noqa: PTH123
            return [int(child) for child in file.read().split()]
    except OSError:
        # A kernel without that file.
        own = os.getpid()
        return [one.pid for one in processes() if one.parent == own]


#: Leaders of the scripts' sessions that are not reaped yet: their own worker waits for them.
_started: set[int] = set()


def leader_started(pid: int) -> None:
    """A script's first process, which whoever started it reaps."""
    _started.add(pid)


def leader_reaped(pid: int) -> None:
    """That process was reaped."""
    _started.discard(pid)
