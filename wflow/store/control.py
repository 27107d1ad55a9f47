"""The letter box of a run: a request a file in ``runs/<id>/control/``, whole as soon as it is seen."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wflow.clock import SystemClock
from wflow.errors import StoreUnavailable, UsageError
from wflow.store.durable import write_whole
from wflow.store.home import private_folder

__all__ = ["LetterBox"]

_LARGEST = 16 * 1024 * 1024  # bytes of one request
# Seconds within which two changes of a folder may bear the same time: file systems stamp it with the tick of the kernel
# (10 ms at most), some with whole seconds or two.
_TICK = 0.05
_COARSE_TICK = 2.5


class LetterBox:
    """Requests in ``folder``, in the order of their names, which begin with the time they were posted.

    ``warn`` is called with a sentence for each file that is no request.
    """

    __slots__ = ("_folder", "_given", "_seen", "_warn")

    def __init__(self, folder: Path, warn: Callable[[str], None]) -> None:
        self._folder = folder
        self._warn = warn
        self._given: set[str] = set()
        self._seen = -1

    def post(self, request: Mapping[str, Any]) -> str:
        """`wflow.store.interface.Control.post`. Raises TypeError or ValueError when it is no JSON object."""
        payload = json.dumps(dict(request), allow_nan=False).encode()
        if len(payload) > _LARGEST:
            message = f"the request has {len(payload):,} bytes, and {_LARGEST:,} are the most that a live run takes"
            raise UsageError(message, cure="pause the run first")
        ident = f"{int(SystemClock.now() * 1e6):017d}-{os.urandom(4).hex()}"
        try:
            write_whole(private_folder(self._folder) / f"{ident}.json", payload)
        except OSError as error:
            raise StoreUnavailable(f"the request cannot be left in `{self._folder}`: {error.strerror}") from error
        return ident

    def requests(self) -> list[dict[str, Any]]:
        """`wflow.store.interface.Control.requests`."""
        if self._given:
            self.clear_given()
        try:
            changed = self._folder.stat().st_mtime_ns
            if changed == self._seen:
                return []
            # An old time of change says all there is to say. A young one may be that of a later post too.
            tick = _TICK if changed % 1_000_000_000 else _COARSE_TICK
            self._seen = changed if SystemClock.now() - changed / 1e9 > tick else -1
            names = sorted(
                path.name for path in self._folder.iterdir() if path.suffix == ".json" and path.name[0] != "."
            )
        except FileNotFoundError:
            return []
        found = (self._read(name) for name in names if name not in self._given)
        return [request for request in found if request is not None]

    def clear_given(self) -> None:
        """Remove the requests that `requests` gave before: whoever got them has recorded them by now."""
        for name in list(self._given):
            try:
                (self._folder / name).unlink()
            except FileNotFoundError:
                pass
            except OSError:
                continue  # it stays in the set, so that it is not given twice
            self._given.discard(name)

    def give_back(self) -> None:
        """`wflow.store.interface.Control.give_back`."""
        self._given.clear()

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self._folder / name
        try:
            request = json.loads(_small_file(path))
            if type(request) is not dict:
                raise ValueError("it is no JSON object")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            with contextlib.suppress(OSError):
                path.rename(path.with_suffix(".refused"))
            self._given.add(name)
            self._warn(f"`{path}` is no request that wflow wrote and is set aside: {error}")
            return None
        self._given.add(name)
        request["id"] = name.removesuffix(".json")
        return request


def _small_file(path: Path) -> bytes:
    # Anything could lie in the folder: a link must not be followed, a named pipe not be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("it is no file")
        if facts.st_size > _LARGEST:
            raise ValueError(f"it is larger than {_LARGEST} bytes")
        payload = b""
        while part := os.read(descriptor, 1 << 20):
            payload += part
        return payload
    finally:
        os.close(descriptor)
