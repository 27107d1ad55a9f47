"""``timer``: asks whether its schedule is due, and goes on with the answer. It never waits."""

from __future__ import annotations

from typing import Any

from wflow.engine.activation import complete, fail, move
from wflow.engine.commands import AskTimer
from wflow.engine.control import fault_of, start_event
from wflow.engine.events import Fault
from wflow.engine.names import ScopeNames
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Answered
from wflow.errors import ExpressionError

__all__ = ["answered", "ask_again", "begin_timer"]


def begin_timer(state: State, activation: Activation) -> None:
    """Ask the runner, which knows when the timer last triggered."""
    question = _question(state, activation)
    move(activation, "waiting")
    start_event(state, activation)
    state.commands.append(question)


def ask_again(state: State) -> None:
    """The process that was to answer has died: ask once more."""
    for activation in list(state.activations.values()):
        if activation.node.plan.type == "timer" and activation.status == "waiting":
            try:
                state.commands.append(_question(state, activation))
            except ExpressionError as error:
                fail(state, activation, fault_of(activation, error))


def _question(state: State, activation: Activation) -> AskTimer:
    settings: dict[str, Any] = dict(activation.node.plan.node.settings)
    if any(isinstance(value, str) and "${{" in value for value in settings.values()):
        from wflow.expr import render

        settings = render(settings, ScopeNames(state, activation.scope, activation), now=state.now, env=state.env)
    # The address leads through subflows: with the root's file it tells two workflows apart that share one of those.
    return AskTimer(activation.id, activation.address, state.worlds[0].file, settings)


def answered(state: State, stimulus: Answered) -> None:
    """The answer has come: the node completes with it, or fails with what was wrong."""
    activation = state.activations.get(stimulus.activation)
    if activation is None or activation.status != "waiting":
        return
    if stimulus.problem:
        fail(state, activation, Fault(activation.address, "TimerError", stimulus.problem))
    else:
        complete(state, activation, stimulus.output)
