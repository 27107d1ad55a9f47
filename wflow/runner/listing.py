"""The runs in a list: from the index where that is right, else from their journals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wflow.errors import JournalDamaged, RunNotFound, StoreError
from wflow.progress import STATUSES, summary
from wflow.runner.inspect import Reading, read_run
from wflow.store.interface import Store

__all__ = ["is_right", "list_runs", "summary_of"]

#: What the index keeps of a run for itself: how many records its journal has, how many dead letters, and whether it was
#: left by a process that had to go.
_INDEX_ONLY = frozenset({"records", "dead_letters", "stopped"})


def list_runs(store: Store) -> Iterator[dict[str, Any]]:
    """A summary of each run (`wflow.progress.summary`), newest first.

    Every journal is verified: a damaged run is told as ``damaged`` with what the index knew of it, whatever that was.
    """
    kept = store.summaries()
    for run_id in reversed(store.run_ids()):
        try:
            yield _listed(store, run_id, kept.get(run_id))
        except RunNotFound:
            continue  # removed while this reads


def _listed(store: Store, run_id: str, kept: dict[str, Any] | None) -> dict[str, Any]:
    try:
        if kept is not None and is_right(store, run_id, kept):
            return {name: value for name, value in kept.items() if name not in _INDEX_ONLY}
        return summary_of(read_run(store, run_id))
    except RunNotFound:
        raise
    except StoreError as error:
        return _damaged(run_id, error, kept)


def is_right(store: Store, run_id: str, kept: dict[str, Any]) -> bool:
    """Whether nothing has been recorded since the index was told. Raises JournalDamaged."""
    records = kept.get("records")
    if type(records) is not int or store.is_alive(run_id):
        return False
    return next(store.open(run_id).records(after=records), None) is None


def summary_of(reading: Reading) -> dict[str, Any]:
    """What a listing shows of a run that was read."""
    if reading.view is None:
        assert reading.damage is not None
        return _damaged(reading.id, reading.damage, None)
    told = summary(reading.view, **reading.facts())
    if reading.damage is not None and told["error"] is None:
        told["error"] = _error(reading.damage)
    return told


def _damaged(run_id: str, error: StoreError, kept: dict[str, Any] | None) -> dict[str, Any]:
    unknown = {
        "version": 1,
        "id": run_id,
        "workflow": None,
        "file": None,
        "status": "damaged",
        "started_at": None,
        "ended_at": None,
        "parameters": {},
        "variables": {},
        "outputs": {},
        "progress": 0.0,
        "error": None,
        "counts": dict.fromkeys((*STATUSES, "tolerated"), 0),
    }
    known = {name: value for name, value in (kept or {}).items() if name in unknown}
    return {**unknown, **known, "status": "damaged", "error": _error(error)}


def _error(error: StoreError) -> dict[str, str]:
    kind = "JournalDamaged" if isinstance(error, JournalDamaged) else type(error).__name__
    return {"address": "", "type": kind, "message": error.message}
