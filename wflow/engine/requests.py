"""What an operator asks of a run, as the engine takes it up."""

from __future__ import annotations

from wflow.engine import breaker, cancel, control, operate, wait
from wflow.engine.state import Ending, State
from wflow.engine.stimuli import Requested

__all__ = ["requested"]


def requested(state: State, stimulus: Requested) -> None:
    """Let the request count. A run that has finished takes none but those that a resume of it looks at."""
    what, arguments = stimulus.what, stimulus.arguments
    if state.root is None:
        return
    if state.finished:
        if what == "set":
            operate.set_output(state, str(arguments["address"]), dict(arguments["output"]))
        elif what == "drop":
            operate.drop_letters(state, list(arguments["letters"]))
        return
    if what == "drop":
        operate.drop_letters(state, list(arguments["letters"]))
    elif what == "pause":
        state.paused = True
        breaker.give_back(state)
    elif what == "continue":
        state.paused = False
        control.resume_control(state)
    elif what == "cancel" and state.undoing is None:
        state.undo_cancelled = bool(arguments.get("compensate"))
        state.paused = False  # what cleans up must run
        control.resume_control(state)
        state.root.ending = Ending("cancelled", "", "")
        state.push(cancel.cancel_scope, state, state.root)
    elif what == "retry":
        operate.retry_node(state, str(arguments["address"]))
    elif what == "requeue":
        for number in arguments["letters"]:
            operate.requeue(state, int(number))
    elif what == "set":
        operate.set_output(state, str(arguments["address"]), dict(arguments["output"]))
    elif what == "signal":
        wait.receive_signal(state, str(arguments["name"]), arguments.get("data"))
