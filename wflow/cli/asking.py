"""Asking something of a run that it may refuse, and seeing what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from wflow.clock import SystemClock

if TYPE_CHECKING:
    from wflow.engine.state import State
    from wflow.runner.inspect import Reading
    from wflow.store.disk import DiskStore

__all__ = ["ask_and_see", "read_whole"]

#: Seconds that an answer is waited for; the process that runs a run looks ten times a second.
_PATIENCE = 3.0
_LOOK_EVERY = 0.02


def read_whole(store: DiskStore, run_id: str) -> Reading:
    """The run as it stands. Raises JournalDamaged where its journal cannot be read to its end."""
    from wflow.runner.inspect import read_run

    reading = read_run(store, run_id)
    if reading.damage is not None:
        raise reading.damage
    return reading


def ask_and_see(
    store: DiskStore,
    reading: Reading,
    request: Mapping[str, Any],
    *,
    check: Callable[[State], None],
    taken: Callable[[State], bool],
) -> Literal["taken", "posted"]:
    """Ask the run, and say whether it has taken the request up by now, or has yet to.

    ``taken`` tells by the run's state; ``check`` raises where the run can take it no more. Raises what that raises.
    """
    from wflow.runner.requests import ask_run

    def may_be_recorded(status: str, state: State) -> bool:
        del status
        check(state)
        return True

    asked = ask_run(store, reading.id, request, check=may_be_recorded)
    if asked.how == "recorded":
        return "taken"
    until = SystemClock.monotonic() + _PATIENCE
    while SystemClock.monotonic() < until:
        if reading.follow():
            if taken(reading.state):
                return "taken"
            check(reading.state)
        elif reading.status != "running":
            break
        time.sleep(_LOOK_EVERY)
    return "posted"
