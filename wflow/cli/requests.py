"""What commands ask of the process that runs a run: a request left in its letter box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.errors import UsageError

__all__ = ["ask"]


def ask(part: str, request: Mapping[str, Any], *, kept: bool = False) -> None:
    """Leave ``request`` for the run that ``part`` means, and say so.

    A run that nobody runs takes none, unless it is ``kept`` for when it is resumed. Raises UsageError.
    """
    with opened_store() as store:
        run_id = store.find(part)
        what = str(request["what"])
        if store.is_alive(run_id):
            store.open(run_id).post(request)
            tell(f"asked run {run_id}: {what}")
            return
        from wflow.runner.inspect import read_run

        reading = read_run(store, run_id)
        if reading.damage is not None:
            raise reading.damage
        if reading.status == "running":  # it was taken up a moment ago
            store.open(run_id).post(request)
            tell(f"asked run {run_id}: {what}")
            return
        if not kept or reading.status == "completed":
            cure = None if reading.status == "completed" else f"`wflow resume {run_id}` continues it"
            raise UsageError(f"run {run_id} is not running: it is {reading.status}", cure=cure)
        store.open(run_id).post(request)
        tell(f"run {run_id} is {reading.status}: the {what} is kept until `wflow resume {run_id}`")
