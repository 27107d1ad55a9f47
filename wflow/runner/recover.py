"""Interrupted runs, continued one after another: what a machine does that has come up again.

Those whose process was stopped by TERM or HUP are among them, though they stand as ``paused``: a machine that goes
down in good order sends TERM to all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from wflow.errors import AlreadyRunning, RunNotFound, WflowError
from wflow.runner.inspect import read_run
from wflow.runner.listing import is_right, list_runs
from wflow.runner.result import RunResult
from wflow.runner.run import Options, resume_run
from wflow.store.interface import Store

__all__ = ["Recovered", "interrupted_runs", "recover_runs"]

#: What the index says of a run that no recovery would touch, whatever has happened to its journal since.
_LEFT_ALONE = frozenset({"completed", "failed", "cancelled", "paused"})


class Recovered(NamedTuple):
    """What became of an interrupted run: its ``result``, or the ``error`` that kept it from going on. One of another
    status by now (``now`` says which) was passed over, and has neither.
    """

    run_id: str
    result: RunResult | None = None
    error: WflowError | None = None
    now: str = ""


def interrupted_runs(store: Store) -> list[dict[str, Any]]:
    """The runs whose process is gone and that neither ended nor were asked to pause, among them those that are damaged
    and may have been such; of each a summary (`wflow.progress.summary`), oldest first.
    """
    found = [
        told
        for told in list_runs(store)
        if told["status"] == "interrupted"
        or (told["status"] == "paused" and _was_stopped(store, told["id"]))
        or (told["status"] == "damaged" and (store.summary(told["id"]) or {}).get("status") not in _LEFT_ALONE)
    ]
    return found[::-1]


def _was_stopped(store: Store, run_id: str) -> bool:
    kept = store.summary(run_id)
    if kept is not None and "stopped" in kept and is_right(store, run_id, kept):
        return bool(kept["stopped"])
    return read_run(store, run_id).state.stopped


def recover_runs(
    store: Store,
    runs: Iterable[Mapping[str, Any]],
    options: Callable[[], Options],
    noted: list[int],
) -> Iterator[Recovered]:
    """Continue these runs (summaries) in order, each to its end or its pause, and say what became of it. One that is
    damaged is left as it is.

    ``options`` gives those of the next run. Once there is a signal among the ``noted`` (see `wflow.runner.signals`),
    the run that is going on is the last.
    """
    for told in runs:
        if noted:
            return
        found = _recovered(store, told["id"], {"interrupted", told["status"]}, options(), noted)
        if found is not None:
            yield found


def _recovered(
    store: Store, run_id: str, wanted: Collection[str], options: Options, noted: list[int]
) -> Recovered | None:
    """Continue the run, if it still has one of the ``wanted`` statuses."""

    def check(status: str) -> None:
        if noted:
            raise _Ended
        if status not in wanted:
            raise _PassedOver(status)

    try:
        return Recovered(run_id, resume_run(run_id, store, options, check=check))
    except _Ended:
        return None
    except _PassedOver as passed:
        return Recovered(run_id, now=str(passed))
    except AlreadyRunning:
        return Recovered(run_id, now="running")
    except RunNotFound:
        return Recovered(run_id, now="removed")
    except WflowError as error:
        return Recovered(run_id, error=error)


class _Ended(Exception):
    """A signal has come before the run was taken up."""


class _PassedOver(Exception):
    """The run is not interrupted any more: another was quicker."""
