"""What an operator asks of a run, as the engine takes it up."""

from __future__ import annotations

from typing import Any

from wflow.engine import breaker, cancel, control, edges, operate, wait
from wflow.engine.state import Ending, State
from wflow.engine.stimuli import Requested

__all__ = ["TAKEN_AFTER_THE_END", "requested"]

#: Requests that a run takes though it has ended: they count when it is taken up again.
TAKEN_AFTER_THE_END = frozenset({"signal", "set", "drop"})


def requested(state: State, stimulus: Requested) -> None:
    """Let the request count. One that nobody ran the run to hear says so by its ``heard_at``, and starts nothing.

    What no sense can be made of is passed over: a record that raised would keep the run from ever being resumed.
    """
    what, arguments = stimulus.what, stimulus.arguments
    if state.root is None or (state.finished and what not in TAKEN_AFTER_THE_END):
        return
    unattended = "heard_at" in arguments
    if what == "pause":
        state.stopped = arguments.get("stopped") is True and (state.stopped or not state.paused)
    if what == "pause" or (unattended and not state.finished):  # nothing starts before somebody runs the run
        state.paused = True
        breaker.give_back(state)
    if what == "continue" and not unattended:
        state.paused = False
        control.resume_control(state)
    elif what == "cancel" and state.undoing is None:
        state.undo_cancelled = bool(arguments.get("compensate"))
        state.root.ending = Ending("cancelled", "", "")
        if not unattended:  # else `engine.resume` goes on
            state.paused = False  # what cleans up must run
            control.resume_control(state)
            state.push(cancel.cancel_scope, state, state.root)
    elif what == "signal":
        wait.receive_signal(state, str(arguments.get("name")), arguments.get("data"))
    elif what == "retry":
        operate.retry_node(state, str(arguments.get("address")))
    elif what == "set" and isinstance(arguments.get("output"), dict):
        operate.set_output(state, str(arguments.get("address")), arguments["output"])
    elif what == "edge":
        edges.switch(state, arguments)
    elif what == "amend":
        from wflow.engine.amend import amend

        amend(state, arguments)
    elif what == "requeue":
        for number in _numbers(arguments):
            operate.requeue(state, number)
    elif what == "drop":
        operate.drop_letters(state, _numbers(arguments))


def _numbers(arguments: dict[str, Any]) -> list[int]:
    letters = arguments.get("letters")
    return [number for number in letters if isinstance(number, int)] if isinstance(letters, list) else []
