"""What is asked of a run from outside of it, whether a process runs it or not. Every command that changes a run without
running it goes this way.

A request is a mapping of JSON values: ``{"what": "pause"}``, with whatever else it takes beside ``what``, but for
``id`` and ``heard_at``, which are wflow's. What it does to a run is in `wflow.engine.requests`, which passes over what
it can make nothing of: a letter that made it raise would keep the run from ever being resumed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wflow.clock import Clock, SystemClock
from wflow.errors import AlreadyRunning
from wflow.runner.owned import owned
from wflow.store.interface import RunStore, Store

if TYPE_CHECKING:
    from wflow.engine.state import State
    from wflow.runner.unattended import Unattended

__all__ = ["Asked", "Check", "ask_run", "post_if_alive"]

#: Looks at a run before a request is recorded: its status (``interrupted``, ``paused``, or how it ended) and its state.
#: True to record it, False to leave the run as it is; what it raises reaches the caller, and nothing is recorded.
Check = Callable[[str, "State"], bool]


class Asked(NamedTuple):
    """What became of a request. ``how`` is ``posted`` where a process runs the run and will hear it within a moment,
    ``recorded`` where nobody does and it counts already, ``needless`` where the check left the run as it is.

    ``status`` is the run's: ``running`` where it was posted, else as it is now.
    """

    run_id: str
    how: Literal["posted", "recorded", "needless"]
    status: str


def ask_run(
    store: Store,
    run_id: str,
    request: Mapping[str, Any],
    *,
    check: Check | None = None,
    clock: Clock | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Asked:
    """Ask something of a run, and return when nothing but a damaged disk can keep it from counting.

    Where a process runs the run, the request is posted to it, without reading the journal and without ``check``; if
    that process ends before it looks, the next one hears the request before it starts anything. Where none does, this
    process owns the run for a moment: it records what lies in the letter box, and after it, if ``check`` says so, the
    request, lets them count, and leaves the run durable and listed. Nothing is started by it: what has become ready
    waits for a resume. An interrupted run stays interrupted, unless it was asked to pause; one that has ended takes
    only what `wflow.engine.requests.TAKEN_AFTER_THE_END` names, and passes over the rest.

    Raises RunNotFound, JournalDamaged, StoreUnavailable, and what ``check`` raises; ValueError or TypeError for a
    request that is no JSON. Nothing of the request is recorded then.
    """
    if post_if_alive(store, run_id, request):
        return Asked(run_id, "posted", "running")
    from wflow.runner.unattended import Unattended

    now = (clock or SystemClock()).now()
    try:
        taken = store.open(run_id, own=True)
    except AlreadyRunning:  # somebody was quicker
        store.open(run_id).post(request)
        return Asked(run_id, "posted", "running")
    with owned(taken) as run:
        left = Unattended(run, environ)
        _hear_waiting(left, run, store, now)
        if check is not None and not check(left.status, left.state):
            return Asked(run_id, "needless", left.status)
        left.hear([request], now)
        left.settle(store)
        _hear_waiting(left, run, store, now)  # who came meanwhile has taken this process for the run's
        return Asked(run_id, "recorded", left.status)


def _hear_waiting(left: Unattended, run: RunStore, store: Store, now: float) -> None:
    while waiting := run.requests():
        left.hear(waiting, now)
        left.settle(store)


def post_if_alive(store: Store, run_id: str, request: Mapping[str, Any]) -> bool:
    """Leave the request for the process that runs the run; False, and nothing done, where none does.

    Costs the same however long the journal is. Raises StoreUnavailable.
    """
    if not store.is_alive(run_id):
        return False
    store.open(run_id).post(request)
    return True
