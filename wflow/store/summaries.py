"""What the disk cache holds of runs and of workflow files: snapshots, the index, plans."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wflow.store.cache import RebuildableCache

__all__ = ["RunCache"]

_INDEX = "index/"
_PLAN = "plan/"
_SNAPSHOT = "snapshot/"
_NUMBER_BYTES = 8


class RunCache:
    """Snapshots, summaries and plans in a `RebuildableCache`, each under a key of its kind."""

    __slots__ = ("_cache",)

    def __init__(self, cache: RebuildableCache) -> None:
        self._cache = cache

    def save_snapshot(self, run_id: str, number: int, payload: bytes) -> None:
        """Keep the state of a run after record ``number``, in place of an earlier one."""
        self._cache.put(_SNAPSHOT + run_id, number.to_bytes(_NUMBER_BYTES, "big") + payload)

    def snapshot(self, run_id: str) -> tuple[int, bytes] | None:
        """The number and payload that `save_snapshot` kept, or None."""
        found = self._cache.get(_SNAPSHOT + run_id)
        return None if found is None else (int.from_bytes(found[:_NUMBER_BYTES], "big"), found[_NUMBER_BYTES:])

    def put_summary(self, run_id: str, summary: Mapping[str, Any]) -> None:
        """Keep a run's summary. Raises TypeError or ValueError when it is no JSON object."""
        self._cache.put(_INDEX + run_id, json.dumps(dict(summary), allow_nan=False).encode())

    def summary(self, run_id: str) -> dict[str, Any] | None:
        """A run's summary, or None."""
        found = self._cache.get(_INDEX + run_id)
        return None if found is None else dict(json.loads(found))

    def summaries(self) -> dict[str, dict[str, Any]]:
        """Every summary by run id."""
        ids = [key.removeprefix(_INDEX) for key in self._cache.keys(_INDEX)]
        return {run_id: summary for run_id in ids if (summary := self.summary(run_id)) is not None}

    def plan(self, key: str) -> bytes | None:
        """The plan under this content hash, or None."""
        return self._cache.get(_PLAN + key)

    def put_plan(self, key: str, payload: bytes) -> None:
        """Keep a plan under its content hash."""
        self._cache.put(_PLAN + key, payload)

    def known(self, run_id: str) -> int:
        """How many records a run's journal must have: what its snapshot or its summary says, 0 where none does."""
        snapshot = self.snapshot(run_id)
        summary = self.summary(run_id) or {}
        records = summary.get("records")
        return max(snapshot[0] if snapshot else 0, records if type(records) is int else 0)

    def forget_beyond(self, run_id: str, number: int) -> None:
        """Drop the run's summary, and its snapshot if that knows more than ``number`` records."""
        self._cache.drop(_INDEX + run_id)
        snapshot = self.snapshot(run_id)
        if snapshot is not None and snapshot[0] > number:
            self._cache.drop(_SNAPSHOT + run_id)

    def forget(self, run_id: str) -> None:
        """Drop all that is kept of a run."""
        self._cache.drop(_INDEX + run_id)
        self._cache.drop(_SNAPSHOT + run_id)
