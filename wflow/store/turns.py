"""Whose turn it is among the starts of one workflow file, for all processes with one ``$WFLOW_HOME``.

``turns/<hash of the file's path>/`` holds ``door``, locked by the one start that looks around and enters, and
``waiting/``, in which each start that waits has a file that it keeps locked, named by its number in the order of
arrival. What is left of a process that died is not locked any more, and removed by whoever comes upon it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from wflow.errors import StoreUnavailable
from wflow.store.home import private_folder
from wflow.store.lock import is_held

__all__ = ["Ticket", "Turns"]


class Ticket:
    """A place in the line, held until `leave`, or until the process ends."""

    __slots__ = ("_descriptor", "path")

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def is_first(self) -> bool:
        """Whether nobody who came earlier waits any more. Raises StoreUnavailable."""
        return not any(True for _ in _waiting(self.path.parent, self.path.name))

    def leave(self) -> None:
        """Give the place up. A second call does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(descriptor)


class Turns:
    """The starts of the workflow file at ``path`` (absolute, without links), which need not exist.

    Every method raises StoreUnavailable when ``home`` cannot be written to.
    """

    def __init__(self, home: Path, path: str) -> None:
        self._folder = home / "turns" / sha256(os.fsencode(path)).hexdigest()[:32]

    @contextlib.contextmanager
    def door(self) -> Iterator[None]:
        """Nobody else is in this block; waits for who is."""
        descriptor = _opened(private_folder(self._folder) / "door", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def take_ticket(self) -> Ticket:
        """Join the line as its last. To be called inside `door`."""
        folder = private_folder(self._folder / "waiting")
        unnamed = folder / f".{os.urandom(6).hex()}"
        descriptor = _opened(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            # Locked before it can be seen: one that is not counts as left behind.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            last = max((int(name) for name in _names(folder)), default=0)
            return Ticket(unnamed.rename(folder / f"{last + 1:012d}"), descriptor)
        except BaseException:
            unnamed.unlink(missing_ok=True)
            os.close(descriptor)
            raise

    def somebody_waits(self) -> bool:
        """Whether there is anybody in the line."""
        return any(True for _ in _waiting(self._folder / "waiting"))


def _waiting(folder: Path, before: str = "~") -> Iterator[str]:
    for name in _names(folder):
        if name >= before:
            return
        if is_held(folder / name):
            yield name
        else:
            (folder / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.name.isdecimal())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreUnavailable(f"`{folder}` cannot be read: {error.strerror}") from error


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"`{path}` cannot be opened: {error.strerror}") from error
