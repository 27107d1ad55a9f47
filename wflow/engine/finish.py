"""The end of a run: compensation where it is wanted, then the terminal status and the outputs."""

from __future__ import annotations

from wflow.engine import compensate
from wflow.engine.events import Fault, RunFinished
from wflow.engine.names import evaluate
from wflow.engine.state import Scope, State
from wflow.errors import ExpressionError

__all__ = ["run_done", "run_over"]


def run_done(state: State, scope: Scope, status: str, fault: Fault | None) -> None:
    """The root is done: undo what completed, where that is wanted, or end the run."""
    if state.timed_out:
        status, fault = "failed", scope.failure
    state.deadlines.clear()
    if compensate.is_wanted(state, status):
        compensate.begin_undoing(state, status, fault)
    else:
        run_over(state, status, fault)


def run_over(state: State, status: str, fault: Fault | None) -> None:
    """The run has ended: its outputs are evaluated however it did."""
    state.status = status
    state.error = fault
    state.outputs = {}
    root = state.root
    assert root is not None
    for name, expression in state.plan.outputs.items():
        try:
            state.outputs[name] = evaluate(state, expression, root)
        except ExpressionError:
            state.outputs[name] = None
    state.deadlines.clear()
    state.events.append(
        RunFinished(state.now, state.run_id, status, state.outputs, fault, state.timed_out, state.tolerated)
    )
