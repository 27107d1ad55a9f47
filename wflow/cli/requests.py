"""What commands ask of the process that runs a run: a request left in its letter box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.errors import UsageError

__all__ = ["ask", "not_running", "tell_asked"]


def ask(part: str, request: Mapping[str, Any], *, kept: bool = False) -> None:
    """Leave ``request`` for the run that ``part`` means, and say so.

    A run that nobody runs takes none, unless it is ``kept`` for when it is resumed. Raises UsageError.
    """
    from wflow.runner.inspect import read_run

    with opened_store() as store:
        run_id = store.find(part)
        what = str(request["what"])
        if store.is_alive(run_id):
            store.open(run_id).post(request)
            tell_asked(run_id, what)
            return
        reading = read_run(store, run_id)
        if reading.damage is not None:
            raise reading.damage
        if reading.status == "running":  # it was taken up a moment ago
            store.open(run_id).post(request)
            tell_asked(run_id, what)
            return
        if not kept or reading.status == "completed":
            raise not_running(run_id, reading.status)
        store.open(run_id).post(request)
        tell(f"run {run_id} is {reading.status}: the {what} is kept until `wflow resume {run_id}`")


def tell_asked(run_id: str, what: str) -> None:
    """Say that the process that runs the run was asked."""
    tell(f"asked run {run_id}: {what}")


def not_running(run_id: str, status: str) -> UsageError:
    """The error of a request that only a run under way takes."""
    cure = None if status == "completed" else f"`wflow resume {run_id}` continues it"
    return UsageError(f"run {run_id} is not running: it is {status}", cure=cure)
