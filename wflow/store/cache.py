"""What can be rebuilt: the disk cache in ``$WFLOW_HOME/cache``. Losing it costs time and nothing else.

So nothing here raises: what cannot be read is not there, what cannot be written is not kept, garbage is set aside as
``cache.damaged-<n>`` and the cache made anew, each with one warning. For the same reason SQLite does not sync it
(``synchronous=0``): opening an existing cache then takes 1.3 ms instead of 11, a write 0.2 ms instead of 1.0; a power
cut can leave garbage, which is what the checksums and the setting aside are for.

An entry is ``1 <checksum> <payload>``: the version of this format, the CRC-32 of key and payload, the payload's bytes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from wflow.errors import StoreUnavailable
from wflow.store.home import private_folder

if TYPE_CHECKING:
    from wflow.store.pinned import Cache, LookedAt

__all__ = ["RebuildableCache"]

T = TypeVar("T")


class RebuildableCache:
    """Bytes under a text key, in a disk cache that is opened, and imported, on first use, and by one thread only.

    ``warn`` is called with a sentence for the user, once for each thing that went wrong. Reading a cache that does not
    exist yet does not make it. Using it from a second thread raises RuntimeError. With ``read_only`` nothing in it is
    touched: what is put is not kept, what is dropped stays, and what is damaged is not set aside.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None], *, read_only: bool = False) -> None:
        self._folder = folder
        self._warn = warn
        self._read_only = read_only
        self._cache: Cache | LookedAt | None = None
        self._thread = 0
        self._off = False
        self._warned: set[str] = set()

    def get(self, key: str) -> bytes | None:
        """What was put under ``key`` last, unchanged, or None."""
        if self._cache is None and _identity(self._folder) is None:
            return None
        sealed = self._do(lambda cache: cache.get(key))
        if sealed is None:
            return None
        payload = _unseal(key, sealed)
        if payload is None:
            self._warn_once(f"an entry of the disk cache `{self._folder}` does not fit its checksum: passed over")
        return payload

    def put(self, key: str, payload: bytes) -> None:
        """Keep ``payload`` under ``key``, in place of what was there."""
        if self._read_only:
            return
        sealed = b"1 %08x %b" % (_checksum(key, payload), payload)
        self._do(lambda cache: cache.set(key, sealed))

    def drop(self, key: str) -> None:
        """Keep nothing under ``key``."""
        if not self._read_only and (self._cache is not None or _identity(self._folder) is not None):
            self._do(lambda cache: key in cache and cache.delete(key))

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with ``prefix``, in order."""
        if self._cache is None and _identity(self._folder) is None:
            return []
        return self._do(lambda cache: list(_keys_from(cache, prefix))) or []

    def close(self) -> None:
        """Close the database. Called from the thread that used it; a second call does nothing."""
        self._thread = 0
        cache, self._cache = self._cache, None
        if cache is not None:
            cache.close()

    def _do(self, act: Callable[[Any], T]) -> T | None:
        """What ``act`` gives. When it fails: once more on a database opened anew (another process may have set the old
        one aside), then on a new one, then never again.
        """
        if self._off:
            return None
        self._hold_to_one_thread()
        from wflow.store import pinned

        failures: list[Exception] = []
        while len(failures) < 3:
            which = _identity(self._folder)
            try:
                if self._cache is None and self._read_only:
                    self._cache = pinned.LookedAt(self._folder)
                elif self._cache is None:
                    private_folder(self._folder.parent)
                    self._cache = pinned.open_pinned(self._folder, synchronous=0)
                return act(self._cache)
            except (sqlite3.Error, OSError, StoreUnavailable, pinned.ForeignData, pinned.Timeout) as error:
                if pinned.is_busy(error):
                    self._warn_once(f"the disk cache `{self._folder}` is busy or its disk full: not used this time")
                    return None
                failures.append(error)
            self._discard()
            if len(failures) == 2 and (self._read_only or not self._set_aside(which, failures[-1])):
                break
        self._off = True
        self._warn_once(f"the disk cache `{self._folder}` cannot be used: {failures[-1]}; going on without it")
        return None

    def _hold_to_one_thread(self) -> None:
        # diskcache opens a connection for each thread and closes only that of the thread that closes.
        self._thread = self._thread or threading.get_ident()
        if self._thread != threading.get_ident():
            raise RuntimeError("the disk cache is for the thread that used it first")

    def _discard(self) -> None:
        cache, self._cache = self._cache, None
        if cache is not None:
            with contextlib.suppress(sqlite3.Error):
                cache.close()

    def _set_aside(self, which: tuple[int, int] | None, reason: Exception) -> bool:
        """Rename the folder of a damaged cache; whether it is gone now. It may be another process that did it, and made
        a new one, which must stay: ``which`` is the folder meant.
        """
        try:
            lock = os.open(f"{self._folder}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if _identity(self._folder) != which:
                    return True
                number = 1
                while (aside := self._folder.with_name(f"{self._folder.name}.damaged-{number}")).exists():
                    number += 1
                self._folder.rename(aside)
            finally:
                os.close(lock)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        self._warn_once(
            f"the disk cache `{self._folder}` cannot be used ({reason}): set aside as `{aside.name}`, and made anew"
        )
        return True

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _checksum(key: str, payload: bytes) -> int:
    return crc32(payload, crc32(key.encode()))


def _unseal(key: str, sealed: bytes) -> bytes | None:
    payload = sealed[11:]
    return payload if sealed[:11] == b"1 %08x " % _checksum(key, payload) else None


def _keys_from(cache: Cache | LookedAt, prefix: str) -> Iterator[str]:
    for key in cache.iterkeys():
        if key.startswith(prefix):
            yield key
        elif key > prefix:
            return
