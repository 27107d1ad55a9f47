"""Runs that ended long ago, removed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from wflow.errors import AlreadyRunning, RunNotFound
from wflow.runner.leftovers import remove_run
from wflow.runner.listing import list_runs
from wflow.store.interface import Store

__all__ = ["FINISHED", "Pruned", "prune_runs"]

#: The statuses of runs that have ended.
FINISHED = ("completed", "failed", "cancelled")


class Pruned(NamedTuple):
    """A run that was removed, or would be: ``at`` is when it ended, or what it has was last written to (seconds since
    the epoch), ``size`` the bytes of its files.
    """

    run_id: str
    workflow: str | None
    status: str
    at: float
    size: int


def prune_runs(
    store: Store, before: float, *, statuses: Collection[str] = FINISHED, keep: int = 0, dry_run: bool = False
) -> Iterator[Pruned]:
    """Remove the runs of these statuses that ended before that moment (seconds since the epoch), newest first, and tell
    of each once it is gone. One that has not ended counts from when it was last written to.

    Of the runs of these statuses the newest ``keep`` stay, however old. One that a process owns is never removed, nor
    one that is taken up before its turn comes. With ``dry_run`` nothing is removed, and all else is the same. Raises
    StoreUnavailable when a run cannot be removed.
    """
    kept = 0
    for told in list_runs(store):
        if told["status"] not in statuses or told["status"] == "running":
            continue
        if kept < keep:
            kept += 1
            continue
        found = _old(store, told, before)
        if found is not None and (dry_run or _removed(store, found)):
            yield found


def _old(store: Store, told: dict[str, Any], before: float) -> Pruned | None:
    """The run with its size, if it is as old as that. Of one that ended lately the files are not looked at."""
    run_id, status = told["id"], told["status"]
    ended = _seconds(told["ended_at"]) if status in FINISHED else None
    if ended is not None and ended >= before:
        return None
    try:
        folder = store.open(run_id).folder
    except RunNotFound:
        return None
    size, written = _weighed(folder)
    at = written if ended is None else ended
    return Pruned(run_id, told["workflow"], status, at, size) if at < before else None


def _seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text is not None else None


def _weighed(folder: Path) -> tuple[int, float]:
    """The bytes of all files below the folder, and when the last of them was written to; links count as themselves."""
    size, written = 0, 0.0
    for above, _, names in os.walk(folder):
        for name in names:
            try:
                facts = os.lstat(os.path.join(above, name))  # noqa: PTH118 - ten thousand runs have many files
            except FileNotFoundError:
                continue
            size += facts.st_size
            written = max(written, facts.st_mtime)
    return size, written or folder.stat().st_mtime


def _removed(store: Store, found: Pruned) -> bool:
    try:
        if (
            found.status in FINISHED
        ):  # nothing of it runs, and to look for that would take longer than to remove the run
            store.remove(found.run_id)
        else:
            remove_run(store, found.run_id)
    except (AlreadyRunning, RunNotFound):  # taken up, or removed, by another
        return False
    return True
