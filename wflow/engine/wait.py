"""``wait`` for a signal or for an expression: what wakes a node that neither works nor holds a thread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wflow.engine.activation import complete, fail
from wflow.engine.control import fault_of
from wflow.engine.names import evaluate
from wflow.engine.state import Activation, State
from wflow.errors import ExpressionError

__all__ = ["begin_wait", "look_again", "receive_signal", "wake"]

#: Seconds between two looks at an ``until`` whose value may change with the clock.
LOOK_EVERY = 1.0


def begin_wait(state: State, activation: Activation) -> None:
    """Wait for the node's ``signal``, or until its ``until`` holds."""
    settings = activation.node.plan.node.settings
    if "signal" in settings:
        name = settings["signal"]
        kept = state.signals.get(name)
        if kept:
            data = kept.pop(0)
            complete(state, activation, _signalled(data))
        else:
            state.waits[activation.id] = activation
    else:
        _look(state, activation)


def receive_signal(state: State, name: str, data: Any) -> None:
    """A signal has come: it wakes the oldest wait for it, or is kept in order for the next."""
    for ident, activation in state.waits.items():
        settings = activation.node.plan.node.settings
        if activation.status == "waiting" and settings.get("signal") == name:
            del state.waits[ident]
            complete(state, activation, _signalled(data))
            return
    state.signals.setdefault(name, []).append(data)


def _signalled(data: Any) -> dict[str, Any]:
    return dict(data) if isinstance(data, dict) else {} if data is None else {"data": data}


def look_again(state: State) -> None:
    """Variables have changed: look at every ``until`` that waits for them."""
    for ident, activation in list(state.waits.items()):
        if activation.id not in state.activations or activation.status != "waiting":
            del state.waits[ident]
        elif "until" in activation.node.plan.node.settings:
            _look(state, activation)


def wake(state: State, activation: Activation) -> None:
    """The time that a wait was set for has come."""
    if "until" in activation.node.plan.node.settings:
        _look(state, activation)
    else:
        complete(state, activation, {})


def _look(state: State, activation: Activation) -> None:
    """Complete the wait if its ``until`` holds: a condition, a time in seconds since the epoch, or an ISO 8601 text."""
    expression = activation.node.plan.expression("until")
    try:
        value = evaluate(state, expression, activation.scope, activation)
        due = _moment(expression.source, value)
    except ExpressionError as error:
        state.waits.pop(activation.id, None)
        fail(state, activation, fault_of(activation, error))
        return
    if value is True or (due is not None and due <= state.now):
        state.waits.pop(activation.id, None)
        complete(state, activation, {})
        return
    state.waits[activation.id] = activation
    activation.until = due if due is not None else state.now + LOOK_EVERY
    if due is not None or "now" in expression.source:
        state.set_deadline(activation.until, "wait", activation.id, activation.lease)


def _moment(source: str, value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ExpressionError(source, f"`{value:.80}` is no ISO 8601 time") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    raise ExpressionError(source, "`until` gives true or false, or a time")
