"""Who owns a run: an flock on ``runs/<id>/lock``. It ends with its process, whatever ends that."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import weakref
from datetime import UTC, datetime
from pathlib import Path

from wflow.clock import SystemClock
from wflow.errors import AlreadyRunning, StoreUnavailable

__all__ = ["RunLock", "is_held", "owner_of"]

# Whoever asks whether a run is alive holds a shared lock for some microseconds, in which an owner's first try fails.
_TRIES = 20
_PAUSE = 0.002

_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


class RunLock:
    """The lock of one run, held from the moment that this is made until `release`.

    Making it raises AlreadyRunning (with who holds it) when it is held, StoreUnavailable when the file cannot be
    opened, FileNotFoundError when the run's folder is gone. What is in the file (process, machine, time) is for that
    message only. A process that is forked off does not inherit it.
    """

    __slots__ = ("__weakref__", "_descriptor")

    def __init__(self, path: Path, run_id: str) -> None:
        self._descriptor = -1
        for attempt in range(_TRIES):
            descriptor = _take(path)
            if descriptor >= 0:
                break
            if attempt < _TRIES - 1:
                time.sleep(_PAUSE)
        else:
            owner = owner_of(path)
            raise AlreadyRunning(
                f"run `{run_id}` is running already" + (f", in {owner}" if owner else ""),
                owner=owner,
                cure=f"wait for it, or stop it with `wflow pause {run_id}`",
            )
        self._descriptor = descriptor
        _held.add(self)
        moment = datetime.fromtimestamp(SystemClock.now(), UTC)
        says = {"pid": os.getpid(), "host": os.uname().nodename, "since": f"{moment:%Y-%m-%d %H:%M:%S} UTC"}
        with contextlib.suppress(OSError):  # on a full disk the lock is held all the same, it only does not say by whom
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(says).encode() + b"\n", 0)

    def release(self) -> None:
        """Let another have the run. A second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child between its fork and its exec has the descriptor too
            os.close(descriptor)

    def let_go(self) -> None:
        """Close the lock without unlocking it: for a forked child, which shares it with the owner."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _take(path: Path) -> int:
    """The descriptor of the locked file, -1 when another has the lock."""
    while True:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreUnavailable(f"`{path}` cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine, there = os.fstat(descriptor), path.stat()
        except BlockingIOError:
            os.close(descriptor)
            return -1
        except FileNotFoundError:
            os.close(descriptor)
            continue
        except OSError as error:
            os.close(descriptor)
            raise StoreUnavailable(f"`{path}` cannot be locked: {error.strerror}") from error
        if (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino):
            return descriptor
        os.close(descriptor)  # the run was removed, and perhaps made anew, between the opening and the locking


def is_held(path: Path) -> bool:
    """Whether a process holds the lock now. False when there is no such file; StoreUnavailable if unreadable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreUnavailable(f"`{path}` cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def owner_of(path: Path) -> str | None:
    """Who wrote into the lock file last, such as ``process 1234 on host since 2026-11-23 08:45:12 UTC``; None where it
    does not say. Whether that process still holds the lock only `is_held` tells.
    """
    try:
        says = json.loads(path.read_bytes()[:1000])
        return f"process {int(says['pid'])} on {_plain(says['host'])} since {_plain(says['since'])}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _plain(text: object) -> str:
    return "".join(letter for letter in str(text)[:80] if letter.isprintable())


def _let_go_in_child() -> None:
    # A lock lives as long as any process has its descriptor: without this, a child that outlives the engine would
    # keep a dead run looking alive.
    for lock in list(_held):
        lock.let_go()


os.register_at_fork(after_in_child=_let_go_in_child)
