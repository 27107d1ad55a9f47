"""Taking a run up again: what was in flight goes back, and of a finished run what did not complete runs again."""

from __future__ import annotations

from heapq import heapify
from typing import Any

from wflow.engine import activation as activations
from wflow.engine import breaker, cancel, control, limits, recall, rerun, subflow, timer
from wflow.engine.events import Fault, RunResumed
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Resumed

__all__ = ["back_to_ready", "resumed"]


def resumed(state: State, stimulus: Resumed) -> None:
    """Take the run up again: open leases go back, deadlines of running time move by the time nobody ran it."""
    state.resumes += 1
    state.paused = state.stopped = False
    state.options = {**state.options, **stimulus.options}
    state.events.append(RunResumed(stimulus.at, state.run_id, state.resumes))
    _shift_timeouts(state, stimulus.at - stimulus.options.get("left_at", stimulus.at))
    if state.memory is not None and state.memory.telling:
        recall.settle(state)
    breaker.ask_again(state)
    if state.finished:
        _restrict(state, stimulus.options)
        _rerun(state)
        return
    state.status = "running"
    root = state.root
    if root is not None and root.ending is not None and root.ending.status == "cancelled":
        cancel.cancel_scope(state, root)  # asked for while nobody ran the run
    for activation in [one for one in state.activations.values() if one.status == "running"]:
        if stimulus.crashed:
            activation.crashes += 1
        allowed = min((_edge_limit(activation, message.edge) for message in activation.messages), default=3)
        if activation.crashes >= allowed and not activation.stopping:
            state.running -= 1
            message = f"the engine died {activation.crashes} times while this node ran"
            activations.fail(state, activation, Fault(activation.address, "DeadLetter", message))
        else:
            back_to_ready(state, activation)
    control.resume_control(state)
    subflow.ask_again(state)
    timer.ask_again(state)


def _restrict(state: State, options: dict[str, Any]) -> None:
    """A rerun may be for some nodes only: ``again`` has their addresses, ``letters`` dead letters by number."""
    addresses = set(options.get("again", ()))
    letters = [state.letters[number] for number in options.get("letters", ()) if number in state.letters]
    state.chosen_acts = {f"{letter.address}#{letter.activation}" for letter in letters}
    addresses |= {letter.address for letter in letters}
    state.chosen = addresses or None


def _edge_limit(activation: Activation, edge: int) -> int:
    return activation.scope.graph.edges[edge].edge.max_deliveries


def _shift_timeouts(state: State, idle: float) -> None:
    if idle <= 0:
        return
    state.deadlines = [
        (at + idle if kind in ("timeout", "run", "grace") else at, number, kind, ident, lease)
        for at, number, kind, ident, lease in state.deadlines
    ]
    heapify(state.deadlines)


def _rerun(state: State) -> None:
    """`resume` of a run that failed or was cancelled: what did not complete runs again."""
    root = state.root
    if state.status == "completed" or root is None:
        return
    state.status = "running"
    state.error = None
    if state.plan.workflow.timeout is not None:
        state.set_deadline(state.now + state.plan.workflow.timeout, "run", "")
    state.timed_out = False
    rerun.rerun_scope(state, root)


def back_to_ready(state: State, activation: Activation) -> None:
    """An attempt that nobody works at any more: it counts for nothing, and the activation is ready again."""
    state.running -= 1
    if activation.stopping == "timeout":
        activations.timed_out(state, activation)
    elif activation.stopping and activation.crashes:
        activations.cancelled(state, activation)
    else:
        activations.release_all(state, activation)
        activations.move(activation, "ready")
        activation.attempt -= 1
        if activation.stopping:
            activations.cancelled(state, activation)
        else:
            limits.enqueue(state, activation)
