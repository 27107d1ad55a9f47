"""The journal as its owner has it: a file that lines are appended to. The lines are those of `wflow.store.record`."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NoReturn

from wflow.errors import StoreUnavailable
from wflow.store.durable import sync_folder, write_all
from wflow.store.record import body_bytes, encode

__all__ = ["JournalFile"]


class JournalFile:
    """A journal open for appending, made by the run's owner once it knows what is in it.

    ``number`` and ``size`` are those of the last whole record there and of all up to it, in bytes; what the file has
    beyond that is cut off. ``folders`` are those whose names must last for the file to be found again (the run's and
    those above it), synced once. Raises StoreUnavailable when the file cannot be opened.
    """

    __slots__ = ("_broken", "_descriptor", "_folders", "_lock", "_number", "_path", "_size", "_synced")

    def __init__(self, path: Path, number: int, size: int, folders: tuple[Path, ...] = ()) -> None:
        self._path = path
        self._number = number
        self._size = size
        self._synced = -1  # what an owner before left there may not be on the disk yet
        self._folders = folders
        self._broken = ""
        self._lock = threading.Lock()
        try:
            self._descriptor = os.open(
                path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
            if os.fstat(self._descriptor).st_size > size:
                os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise StoreUnavailable(f"the journal `{path}` cannot be opened: {error.strerror}") from error

    def append(self, body: str) -> int:
        """`wflow.store.interface.Journal.append`: one write a record, from any thread."""
        data = body_bytes(body)
        with self._lock:
            number = self._number + 1
            line = encode(number, data)
            try:
                if self._broken or os.write(self._descriptor, line) != len(line):
                    self._write_rest(line)
            except OSError as error:
                self._undo(error)
            self._number = number
            self._size += len(line)
        return number

    def sync(self) -> None:
        """`wflow.store.interface.Journal.sync`."""
        with self._lock:
            size = self._size
        if self._broken:
            raise StoreUnavailable(self._broken)
        if size == self._synced:
            return
        try:
            os.fdatasync(self._descriptor)
            for folder in self._folders:
                sync_folder(folder)
        except OSError as error:
            # After a failed sync the system may have dropped what it could not write, and says "done" the next time.
            self._broken = f"the journal `{self._path}` cannot be synced: {error.strerror}"
            raise StoreUnavailable(self._broken, cure=_CURE) from error
        self._folders = ()
        self._synced = size

    def close(self) -> None:
        """Close the file, unsynced. A second call does nothing."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            self._broken = self._broken or f"the journal `{self._path}` is closed"
        if descriptor >= 0:
            os.close(descriptor)

    def _write_rest(self, line: bytes) -> None:
        """Complete a line of which the system took a part only, which a full disk or a signal can cause."""
        if self._broken:
            raise StoreUnavailable(self._broken)
        done = os.fstat(self._descriptor).st_size - self._size
        write_all(self._descriptor, line[done:])

    def _undo(self, error: OSError) -> NoReturn:
        """Take back what a failed append left, so that the next one does not continue a torn line."""
        message = f"the journal `{self._path}` cannot be written: {error.strerror}"
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError:
            self._broken = message
        raise StoreUnavailable(message, cure=_CURE) from error


_CURE = "make room on the disk, or have it looked at, then `wflow resume` the run"
