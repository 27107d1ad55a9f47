"""What runs share: breakers, last triggers, idempotency keys, in the disk cache ``$WFLOW_HOME/shared``.

Unlike `wflow.store.cache` it cannot be rebuilt, so each transaction is synced (``synchronous=2``, about 1 ms) and a
damaged one is an error that says so: whether to start with an empty one is for a person to decide.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from wflow.errors import StoreUnavailable
from wflow.store.home import private_folder
from wflow.store.interface import Shared

if TYPE_CHECKING:
    from wflow.store.pinned import Cache

__all__ = ["SharedState"]


class SharedState(Shared):
    """JSON values under text keys, shared by all processes with one ``home``; opened, and made, on first use.

    Used from one thread: RuntimeError from another. Every method raises StoreUnavailable when the database is damaged,
    unreadable or full, or when another process has held it for a minute.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "shared"
        self._cache: Cache | None = None
        self._thread = 0

    def get(self, key: str) -> Any:
        """The value under ``key``; None where there is none."""
        if self._cache is None and not self._folder.exists():
            return None
        with self._opened() as cache:
            sealed = cache.get(key)
        return None if sealed is None else self._unsealed(key, sealed)

    def put(self, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``; durable on return, or when the transaction around it is."""
        payload = json.dumps(value, allow_nan=False).encode()
        with self._opened() as cache:
            cache.set(key, b"1 %08x %b" % (crc32(payload, crc32(key.encode())), payload))

    def drop(self, key: str) -> None:
        """Keep nothing under ``key``."""
        with self._opened() as cache:
            cache.delete(key)

    def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with ``prefix``, in order."""
        if self._cache is None and not self._folder.exists():
            return []
        with self._opened() as cache:
            return [key for key in cache.iterkeys() if key.startswith(prefix)]

    @contextlib.contextmanager
    def transact(self) -> Iterator[None]:
        """What is read and written inside happens at once, for all processes, or, when it raises, not at all.

        Keep it short: every other process that writes waits for it. It may be nested.
        """
        with self._opened() as cache, cache.transact():
            yield

    def close(self) -> None:
        """Close the database. A second call does nothing."""
        self._thread = 0
        cache, self._cache = self._cache, None
        if cache is not None:
            cache.close()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Cache]:
        self._thread = self._thread or threading.get_ident()
        if self._thread != threading.get_ident():
            raise RuntimeError("the shared state is for the thread that used it first")
        from wflow.store import pinned

        try:
            if self._cache is None:
                private_folder(self._folder.parent)
                self._cache = pinned.open_pinned(self._folder, synchronous=2)
            yield self._cache
        except (sqlite3.Error, pinned.ForeignData, pinned.Timeout) as error:
            if pinned.is_busy(error):
                raise StoreUnavailable(
                    f"the shared state `{self._folder}` is held by another process, or its disk is full",
                    cure="make room, or wait for the other process, and try again",
                ) from error
            raise self._damaged(str(error)) from error
        except OSError as error:
            raise StoreUnavailable(f"the shared state `{self._folder}` cannot be used: {error.strerror}") from error

    def _unsealed(self, key: str, sealed: bytes) -> Any:
        payload = sealed[11:]
        if sealed[:11] != b"1 %08x " % crc32(payload, crc32(key.encode())):
            raise self._damaged(f"the entry `{key}` is not what was written")
        return json.loads(payload)

    def _damaged(self, what: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"the shared state `{self._folder}` is damaged: {what}",
            cure="move that folder away: breakers, last triggers and idempotency keys then begin anew",
        )
