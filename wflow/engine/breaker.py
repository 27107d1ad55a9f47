"""What a breaker's answer leads to: a start, or a failure without one."""

from __future__ import annotations

from wflow.engine import control, limits
from wflow.engine.activation import fail, release_all
from wflow.engine.commands import TellBreaker
from wflow.engine.events import Fault
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Permitted

__all__ = ["REFUSED", "ask_again", "give_back", "permitted", "was_refused"]

#: The type of the failure of a node that its breaker did not let start.
REFUSED = "BreakerOpen"


def permitted(state: State, stimulus: Permitted) -> None:
    """The answer has come. One that comes too late, or while the run is paused, is given back unused."""
    asked = state.asked.pop(stimulus.activation, None)
    activation = state.activations.get(stimulus.activation)
    if activation is None or activation.status != "ready":
        if asked is not None and stimulus.refusal is None:
            breaker = asked.node.plan.breaker
            assert breaker is not None
            state.commands.append(TellBreaker(asked.id, breaker, stimulus.era, None))
        return
    if stimulus.refusal is None:
        state.permits[activation.id] = stimulus.era
        if state.paused:
            _put_back(state, activation)
        elif activation.node.plan.work:
            limits.enqueue_permitted(state, activation)
        else:
            if asked is None:  # from a snapshot, which does not know who has asked
                limits.hold_again(state, activation)
            control.proceed(state, activation)
    elif state.paused:
        _put_back(state, activation)
    else:
        _refuse(state, activation, stimulus.refusal)


def _refuse(state: State, activation: Activation, refusal: tuple[str, str]) -> None:
    """Fail an activation that may not start: an attempt of its node's ``retry`` like any other."""
    activation.attempt += 1
    activation.lease += 1
    activation.started_at = state.now
    limits.leave_queues(state, activation)
    kind, message = refusal
    fail(state, activation, Fault(activation.address, kind, message), refused=kind == REFUSED)


def was_refused(activation: Activation) -> bool:
    """Whether the last that became of the activation is that its breaker did not let it start."""
    fault = activation.fault
    return fault is not None and fault.type == REFUSED and fault.address == activation.address


def give_back(state: State) -> None:
    """The run is to pause: permits of what has not started are given back, and asked for anew when it goes on."""
    for ident in list(state.permits):
        activation = state.activations[ident]
        if activation.status == "ready":
            _put_back(state, activation)


def ask_again(state: State) -> None:
    """Another process has taken the run up: what was asked and allowed, and has not started, is asked anew."""
    for activation in list(state.asked.values()):
        if activation.id in state.activations and activation.status == "ready":
            release_all(state, activation)
    state.asked.clear()
    give_back(state)


def _put_back(state: State, activation: Activation) -> None:
    """Make it one that is ready and has nothing yet; a control node begins when the run goes on."""
    release_all(state, activation)
    if activation.node.plan.work:
        limits.enqueue(state, activation)
