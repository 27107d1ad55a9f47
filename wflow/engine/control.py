"""The nodes that the engine decides by itself: ``noop``, ``if``, ``switch``, ``end``, ``cancel``, ``wait``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wflow.engine import cancel, limits, permits, recall
from wflow.engine.activation import complete, fail, move
from wflow.engine.events import Fault, NodeStarted
from wflow.engine.names import ScopeNames, evaluate, merged_input
from wflow.engine.state import Activation, Ending, State
from wflow.engine.steps import STEPS
from wflow.errors import ExpressionError

__all__ = ["CONTROL", "begin", "fault_of", "proceed", "resume_control", "start", "start_event", "switch_text"]


#: Where a control node stands, in place of what it waits for, once it has all that it needs and is on the agenda: it
#: must not be admitted a second time, since a token that it spent would be missed by another.
ADMITTED = ("admitted",)


def begin(state: State, activation: Activation) -> None:
    """Put a new activation, or one that is to be tried again, on its way: to the workers, or to the agenda.

    While the run is paused a control node stays ready, as work does; `resume_control` takes it up.
    """
    if activation.status != "ready" or activation.places or activation.parked in (ADMITTED, limits.AT_GATE):
        return
    plan = activation.node.plan
    if state.overrides and activation.address in state.overrides:
        _override(state, activation)
        return
    if plan.work:
        if state.memory is None or not recall.offered(state, activation):
            limits.enqueue(state, activation)
        return
    if state.paused or recall.held_back(state, activation):
        return
    if plan.node.pool is not None and _is_gated(state):
        limits.enter_gate(state, activation)
    elif not plan.limited or limits.admit(state, activation):
        proceed(state, activation)


def _is_gated(state: State) -> bool:
    """Whether control nodes of a pool start by a record: not those of the past, as it is told after a revision, nor
    those of a run that was recorded before there were such records.
    """
    return bool(state.options.get("gated")) and (state.memory is None or not state.memory.telling)


def start(state: State, activation: Activation) -> None:
    """A record says that it has its places: ask its breaker, or put it on the agenda."""
    if not activation.places:  # the journal is read
        activation.parked = None
        limits.acquire_again(state, activation)
    if not permits.ask(state, activation):
        proceed(state, activation)


def proceed(state: State, activation: Activation) -> None:
    """Put a control node that has all that it needs on the agenda."""
    limits.leave_queues(state, activation)
    activation.parked = ADMITTED
    state.push(_decide, state, activation)


def _override(state: State, activation: Activation) -> None:
    """Complete the activation with what an operator gave in its place."""
    limits.leave_queues(state, activation)
    activation.attempt = max(1, activation.attempt)
    activation.started_at = state.now
    start_event(state, activation)
    complete(state, activation, state.overrides.pop(activation.address))


def resume_control(state: State) -> None:
    """Put the control nodes on their way that became ready while the run was paused."""
    for activation in list(state.activations.values()):
        if activation.status == "ready" and not activation.node.plan.work:
            state.push(begin, state, activation)


def _decide(state: State, activation: Activation) -> None:
    """Run a control node. An expression in it that cannot be evaluated fails the node."""
    activation.parked = None
    if activation.status != "ready":
        return
    activation.attempt += 1
    activation.lease += 1
    activation.started_at = state.now
    plan = activation.node.plan
    if plan.node.timeout is not None and (plan.scope or plan.type == "wait"):
        state.set_deadline(state.now + plan.node.timeout, "timeout", activation.id, activation.lease)
    try:
        CONTROL[plan.type](state, activation)
    except ExpressionError as error:
        fail(state, activation, fault_of(activation, error))


def fault_of(activation: Activation, error: ExpressionError) -> Fault:
    """The fault of an activation whose expression could not be evaluated."""
    return Fault(activation.address, "ExpressionError", error.message)


def start_event(state: State, activation: Activation, *, waiting: bool = False, items: int | None = None) -> None:
    """Tell that the activation began."""
    state.events.append(
        NodeStarted(
            state.now,
            activation.address,
            activation.node.plan.type,
            activation.number,
            activation.attempt,
            waiting,
            items,
        )
    )


def _noop(state: State, activation: Activation) -> None:
    start_event(state, activation)
    complete(state, activation, merged_input(activation))


def _if(state: State, activation: Activation) -> None:
    start_event(state, activation)
    value = evaluate(state, activation.node.plan.expression("condition"), activation.scope, activation)
    port = "true" if value else "false"
    output = {**merged_input(activation), "branch_taken": port, "condition_result": bool(value)}
    complete(state, activation, output, port)


def switch_text(value: Any) -> str:
    """A value as a switch compares it: strings as they are, everything else as JSON (``true``, ``3``, ``null``)."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _switch(state: State, activation: Activation) -> None:
    start_event(state, activation)
    plan = activation.node.plan
    value = evaluate(state, plan.expression("value"), activation.scope, activation)
    text = switch_text(value)
    cases = plan.node.settings["cases"]
    matched = text if text in cases else "default"
    port = str(cases[text] if cases[text] is not None else text) if text in cases else "default"
    output = {
        **merged_input(activation),
        "expression_result": value,
        "matched_case": matched,
        "port_selected": port,
    }
    complete(state, activation, output, port)


def _end(state: State, activation: Activation) -> None:
    start_event(state, activation)
    scope = activation.scope
    settings = activation.node.plan.node.settings
    names = ScopeNames(state, scope, activation)
    message = settings.get("message", "")
    if "${{" in message:
        from wflow.expr import render

        message = render(message, names, now=state.now, env=state.env)
    if scope.ending is None:
        scope.ending = Ending(settings.get("status", "completed"), switch_text(message), activation.address)
        if scope.ending.status == "failed" and scope.failure is None:
            scope.failure = Fault(activation.address, "EndFailed", scope.ending.message or "ended as failed")
    complete(state, activation, {})
    state.push(cancel.cancel_scope, state, scope)


def _cancel(state: State, activation: Activation) -> None:
    start_event(state, activation)
    scope = activation.scope
    named = list(activation.node.plan.node.settings["targets"])
    complete(state, activation, {"cancelled": named})
    for name in named:
        node = scope.nodes[scope.graph.index_of[name]]
        state.push(_cancel_target, state, activation, node)


def _cancel_target(state: State, activation: Activation, node: Any) -> None:
    cancel.cancel_node(state, activation.scope, node, "target")


def _wait(state: State, activation: Activation) -> None:
    settings = activation.node.plan.node.settings
    move(activation, "waiting")
    start_event(state, activation, waiting=True)
    if "for" in settings:
        activation.until = state.now + float(settings["for"])
        state.set_deadline(activation.until, "wait", activation.id, activation.lease)
    else:
        STEPS["wait"](state, activation)


#: What each type of control node does; scopes and loops are added by `engine.decide`.
CONTROL: dict[str, Callable[[State, Activation], None]] = {
    "noop": _noop,
    "if": _if,
    "switch": _switch,
    "end": _end,
    "cancel": _cancel,
    "wait": _wait,
}
