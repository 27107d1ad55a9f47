"""How a run, or the part of it that one process ran, came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wflow.engine.events import Fault
from wflow.engine.state import State
from wflow.errors import (
    EXIT_CANCELLED,
    EXIT_COMPLETED,
    EXIT_FAILED,
    EXIT_PAUSED,
    EXIT_TIMED_OUT,
    EXIT_TOLERATED,
)
from wflow.progress import View, summary
from wflow.store.interface import Index

__all__ = ["RunResult", "result_of", "tell_index"]


class RunResult(NamedTuple):
    """``status`` is completed, failed, cancelled or paused; ``tolerated`` counts the failed items of loops that
    completed all the same; ``signal`` is the number of the signal that made the process leave, 0 for none.
    """

    run_id: str
    status: str
    outputs: dict[str, Any]
    error: Fault | None
    timed_out: bool
    tolerated: int
    signal: int = 0

    def exit_code(self, *, strict: bool = False) -> int:
        """The process's exit code (design.md, Command line); ``strict`` tells tolerated failures from none."""
        if self.signal:
            return 128 + self.signal
        if self.timed_out:
            return EXIT_TIMED_OUT
        if self.status == "completed":
            return EXIT_TOLERATED if strict and self.tolerated else EXIT_COMPLETED
        return {"failed": EXIT_FAILED, "cancelled": EXIT_CANCELLED}.get(self.status, EXIT_PAUSED)


def result_of(state: State, signal: int = 0) -> RunResult:
    """The result that a state at rest stands for."""
    return RunResult(state.run_id, state.status, state.outputs, state.error, state.timed_out, state.tolerated, signal)


def tell_index(
    index: Index, view: View, state: State, parameters: Mapping[str, Any], records: int, status: str | None = None
) -> None:
    """Have listings show the run as it is after that many ``records``, all synced. ``status`` is what the view cannot
    know, as in `wflow.progress.summary`.
    """
    told = summary(
        view,
        file=state.options["file"],
        parameters=parameters,
        variables=state.worlds[0].variables,
        status=status,
    )
    own = {"records": records, "dead_letters": len(state.letters), "stopped": state.stopped}
    index.put_summary(state.run_id, {**told, **own})
