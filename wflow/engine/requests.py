"""What an operator asks of a run, as the engine takes it up."""

from __future__ import annotations

from wflow.engine import cancel, control, wait
from wflow.engine.state import Ending, State
from wflow.engine.stimuli import Requested

__all__ = ["requested"]


def requested(state: State, stimulus: Requested) -> None:
    """Let the request count. A run that has finished takes none."""
    what, arguments = stimulus.what, stimulus.arguments
    if state.finished or state.root is None:
        return
    if what == "pause":
        state.paused = True
    elif what == "continue":
        state.paused = False
        control.resume_control(state)
    elif what == "cancel" and state.undoing is None:
        state.undo_cancelled = bool(arguments.get("compensate"))
        state.paused = False  # what cleans up must run
        control.resume_control(state)
        state.root.ending = Ending("cancelled", "", "")
        state.push(cancel.cancel_scope, state, state.root)
    elif what == "signal":
        wait.receive_signal(state, str(arguments["name"]), arguments.get("data"))
