"""The twin of `wflow.store.disk` in memory: for tests and simulations. It passes the same contract suite."""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wflow.clock import SystemClock
from wflow.errors import AlreadyRunning, RunNotFound
from wflow.store.home import private_folder
from wflow.store.interface import Record, RunStore, Shared, Store
from wflow.store.lookup import checked_id, choose, oldest_first
from wflow.store.record import body_bytes
from wflow.store.values import digest_of, lost_value

__all__ = ["MemoryRun", "MemoryShared", "MemoryStore"]


class _Kept:
    """What is kept of one run, whoever has it open."""

    def __init__(self, made: float) -> None:
        self.made = made
        self.bodies: list[str] = []
        self.snapshot: tuple[int, bytes] | None = None
        self.values: dict[str, bytes] = {}
        self.letters: list[dict[str, Any]] = []
        self.posted = 0
        self.owner: MemoryRun | None = None
        self.lock = threading.Lock()


class MemoryRun(RunStore):
    """A run of a `MemoryStore`. ``synced`` is the number of the last record that a power cut would leave."""

    def __init__(self, run_id: str, folder: Path, kept: _Kept, *, own: bool) -> None:
        self.id = run_id
        self.folder = folder
        self.owned = own
        self.synced = 0
        self._kept = kept
        self._given = 0
        if own:
            kept.owner = self

    def append(self, body: str) -> int:
        """`Journal.append`."""
        self._hold_to_owner("append to its journal")
        body_bytes(body)
        with self._kept.lock:
            self._kept.bodies.append(body)
            return len(self._kept.bodies)

    def sync(self) -> None:
        """`Journal.sync`."""
        self.synced = len(self._kept.bodies)

    def records(self, after: int = 0) -> Iterator[Record]:
        """`Journal.records`."""
        number = after
        while number < len(self._kept.bodies):
            number += 1
            yield Record(number, json.loads(self._kept.bodies[number - 1]))

    def save_snapshot(self, number: int, payload: bytes) -> None:
        """`Snapshots.save_snapshot`."""
        self.sync()
        self._kept.snapshot = (number, payload)

    def snapshot(self) -> tuple[int, bytes] | None:
        """`Snapshots.snapshot`."""
        return self._kept.snapshot

    def put_value(self, payload: bytes) -> str:
        """`Values.put_value`."""
        digest = digest_of(payload)
        self._kept.values[digest] = payload
        return digest

    def value(self, digest: str) -> bytes:
        """`Values.value`."""
        try:
            return self._kept.values[digest]
        except KeyError:
            raise lost_value(self.id, digest[:80], "is missing") from None

    def post(self, request: Mapping[str, Any]) -> str:
        """`Control.post`."""
        with self._kept.lock:
            self._kept.posted += 1
            ident = f"{self._kept.posted:017d}"
            letter = json.loads(json.dumps(dict(request), allow_nan=False))
            self._kept.letters.append(letter | {"id": ident})
        return ident

    def requests(self) -> list[dict[str, Any]]:
        """`Control.requests`."""
        self._hold_to_owner("take its requests")
        with self._kept.lock:
            del self._kept.letters[: self._given]
            self._given = len(self._kept.letters)
            return [dict(letter) for letter in self._kept.letters]

    def give_back(self) -> None:
        """`Control.give_back`."""
        self._given = 0

    def close(self) -> None:
        """`RunStore.close`."""
        if self.owned:
            del self._kept.letters[: self._given]
            self.owned = False
            self._kept.owner = None

    def _hold_to_owner(self, what: str) -> None:
        if not self.owned:
            raise RuntimeError(f"only the owner of run {self.id} may {what}")


class MemoryShared(Shared):
    """What runs share, in memory; a transaction that raises leaves nothing behind."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, key: str) -> Any:
        """`Shared.get`."""
        text = self._values.get(key)
        return None if text is None else json.loads(text)

    def put(self, key: str, value: Any) -> None:
        """`Shared.put`."""
        self._values[key] = json.dumps(value, allow_nan=False)

    def drop(self, key: str) -> None:
        """`Shared.drop`."""
        self._values.pop(key, None)

    def keys(self, prefix: str = "") -> list[str]:
        """`Shared.keys`."""
        return sorted(key for key in self._values if key.startswith(prefix))

    @contextlib.contextmanager
    def transact(self) -> Iterator[None]:
        """`Shared.transact`."""
        before = dict(self._values)
        try:
            yield
        except BaseException:
            self._values = before
            raise


class MemoryStore(Store):
    """Runs that live as long as this object. ``folder`` is for what others write into a run's folder (logs); without
    one a temporary folder is made, which `close` removes. A run is owned until it is closed, as on disk.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="wflow-")
        self._folder = folder or Path(self._temporary.name if self._temporary else "")
        self._kept: dict[str, _Kept] = {}
        self._summaries: dict[str, dict[str, Any]] = {}
        self._plans: dict[str, bytes] = {}
        self._shared = MemoryShared()

    def create(self, run_id: str) -> RunStore:
        """`Store.create`."""
        kept = self._kept.get(checked_id(run_id))
        if kept is not None and kept.owner is not None:
            raise _running(run_id)
        if kept is not None and kept.bodies:
            raise AlreadyRunning(
                f"there is a run `{run_id}` already", cure=f"choose another id, or `wflow resume {run_id}`"
            )
        kept = self._kept[run_id] = _Kept(SystemClock.now())
        return MemoryRun(run_id, private_folder(self._folder / run_id), kept, own=True)

    def open(self, run_id: str, *, own: bool = False, accept_loss: bool = False) -> RunStore:
        """`Store.open`. Nothing is ever lost here, so that there is nothing to accept."""
        kept = self._existing(run_id)
        if own and kept.owner is not None:
            raise _running(run_id)
        return MemoryRun(run_id, private_folder(self._folder / run_id), kept, own=own)

    def run_ids(self) -> list[str]:
        """`Store.run_ids`."""
        return oldest_first((run_id, kept.made) for run_id, kept in self._kept.items() if kept.bodies)

    def find(self, part: str) -> str:
        """`Store.find`."""
        return choose(part, self.run_ids())

    def is_alive(self, run_id: str) -> bool:
        """`Store.is_alive`."""
        kept = self._kept.get(run_id)
        return kept is not None and kept.owner is not None

    def shared(self) -> Shared:
        """`Store.shared`."""
        return self._shared

    def remove(self, run_id: str) -> None:
        """`Store.remove`."""
        if self._existing(run_id).owner is not None:
            raise _running(run_id)
        del self._kept[run_id]
        self._summaries.pop(run_id, None)

    def put_summary(self, run_id: str, summary: Mapping[str, Any]) -> None:
        """`Index.put_summary`."""
        self._summaries[run_id] = json.loads(json.dumps(dict(summary), allow_nan=False))

    def summary(self, run_id: str) -> dict[str, Any] | None:
        """`Index.summary`."""
        return self._summaries.get(run_id)

    def summaries(self) -> Mapping[str, dict[str, Any]]:
        """`Index.summaries`."""
        return dict(sorted(self._summaries.items()))

    def plan(self, key: str) -> bytes | None:
        """`Plans.plan`."""
        return self._plans.get(key)

    def put_plan(self, key: str, payload: bytes) -> None:
        """`Plans.put_plan`."""
        self._plans[key] = payload

    def close(self) -> None:
        """`Store.close`."""
        for kept in self._kept.values():
            if kept.owner is not None:
                kept.owner.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _existing(self, run_id: str) -> _Kept:
        if run_id not in self._kept:
            raise RunNotFound(f"there is no run `{run_id[:120]}`", cure="`wflow status` lists the runs")
        return self._kept[run_id]


def _running(run_id: str) -> AlreadyRunning:
    return AlreadyRunning(f"run `{run_id}` is running already", cure="close it first")
