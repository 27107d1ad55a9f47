"""How a diskcache is opened here: every setting pinned and asserted, bytes only, never a pickle.

Importing diskcache takes 10 ms, so nothing but a function that is about to use it imports this module.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import diskcache
from diskcache.core import MODE_BINARY, MODE_RAW, UNKNOWN

__all__ = ["DATABASE", "BytesDisk", "Cache", "ForeignData", "LookedAt", "Timeout", "is_busy", "open_pinned"]

Cache: TypeAlias = diskcache.Cache
Timeout = diskcache.Timeout

DATABASE = "cache.db"

# What may not depend on diskcache's defaults, nor on what another program wrote into the file's own settings:
# by default records are evicted, and memory-mapped and write-ahead files are what SQLite can be corrupted through.
_PINNED: dict[str, Any] = {
    "eviction_policy": "none",
    "cull_limit": 0,
    "size_limit": 2**62,
    "statistics": 0,
    "tag_index": 0,
    "sqlite_auto_vacuum": 1,
    "sqlite_cache_size": 2**13,
    "sqlite_journal_mode": "delete",
    "sqlite_mmap_size": 0,
    "disk_min_file_size": 2**15,
    "disk_pickle_protocol": 0,
}
_TIMEOUT = 60
_VALUE_FILE = re.compile(r"^[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{28}\.val$")


class ForeignData(Exception):
    """The database holds what this program never puts there."""


class BytesDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Keys are text, values bytes, nothing is ever unpickled, and no file outside of the cache's folder is touched."""

    def put(self, key: object) -> tuple[str, bool]:
        """A key as it is stored. Raises TypeError unless it is text."""
        if type(key) is not str:
            raise TypeError(f"a key must be text, not {type(key).__name__}")
        return key, True

    def get(self, key: object, raw: bool) -> str:
        """A stored key. Raises ForeignData for one that `put` did not store."""
        if type(key) is not str or not raw:
            raise ForeignData("a key that is no text")
        return key

    def store(self, value: object, read: bool, key: object = UNKNOWN) -> tuple[int, int, str | None, object]:
        """A value as diskcache stores it (size, mode, file, value). Raises TypeError unless it is bytes."""
        if type(value) is not bytes or read:
            raise TypeError(f"a value must be bytes, not {type(value).__name__}")
        stored: tuple[int, int, str | None, object] = super().store(value, read, key)
        return stored

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> bytes:
        """A stored value. Raises ForeignData for any that `store` did not store, OSError when its file is gone."""
        if mode == MODE_RAW and type(value) is bytes:
            return value
        if mode == MODE_BINARY and type(filename) is str and _VALUE_FILE.match(filename):
            return Path(self._directory, filename).read_bytes()
        raise ForeignData("a value that is no bytes")

    def remove(self, file_path: object) -> None:
        """Remove the file of a value, if it is one."""
        if type(file_path) is str and _VALUE_FILE.match(file_path):
            super().remove(file_path)


class LookedAt:
    """What `BytesDisk` keeps in a folder, for looking only. diskcache writes its settings whenever it opens a database;
    this writes nothing. Raises sqlite3.Error where there is nothing to look at.
    """

    def __init__(self, folder: Path) -> None:
        self._files = BytesDisk(str(folder))
        place = (folder / DATABASE).absolute().as_uri()
        self._database = sqlite3.connect(f"{place}?mode=ro", uri=True, timeout=_TIMEOUT, isolation_level=None)

    def get(self, key: str) -> bytes | None:
        """The value under ``key``, or None."""
        query = "SELECT mode, filename, value FROM Cache WHERE key = ? AND raw = 1"
        row = self._database.execute(query, (key,)).fetchone()
        if row is None:
            return None
        mode, filename, value = row
        return self._files.fetch(mode, filename, value, False)

    def iterkeys(self) -> Iterator[str]:
        """The keys, in order."""
        for key, raw in self._database.execute("SELECT key, raw FROM Cache ORDER BY key, raw"):
            yield self._files.get(key, bool(raw))

    def close(self) -> None:
        """Close the database."""
        self._database.close()


def open_pinned(folder: Path, *, synchronous: int) -> Cache:
    """The diskcache in ``folder``, made if need be, with the file lock ``<folder>.lock`` held meanwhile.

    ``synchronous`` is SQLite's: 0 never syncs, 2 syncs each transaction. Raises OSError when the lock or the folder
    cannot be made, sqlite3.Error or ForeignData when what is there cannot be used.
    """
    lock = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            folder.mkdir(0o700)
        wanted = _PINNED | {"sqlite_synchronous": synchronous}
        try:
            cache = diskcache.Cache(str(folder), timeout=_TIMEOUT, disk=BytesDisk, **wanted)
        except (sqlite3.Error, OSError, ForeignData):
            raise
        except Exception as error:  # what diskcache makes of a database with other settings or columns
            raise ForeignData(str(error)) from error
        try:
            for name, value in wanted.items():
                if cache.reset(name) != value:
                    raise ForeignData(f"the setting {name} is not {value}")
        except BaseException:
            cache.close()
            raise
        return cache
    finally:
        os.close(lock)


def is_busy(error: BaseException) -> bool:
    """Whether this is only another process that holds the database, or a full disk: no sign of damage."""
    if isinstance(error, diskcache.Timeout):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)
