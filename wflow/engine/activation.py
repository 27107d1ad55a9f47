"""How an activation ends: completed, failed (with its retries and its fallback), cancelled; and what that sends."""

from __future__ import annotations

from typing import Any

from wflow.engine import join, letters, limits, permits, routing
from wflow.engine.events import (
    Fault,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
)
from wflow.engine.names import error_of, merged_input
from wflow.engine.state import DONE, Activation, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import ACTIVATION, check
from wflow.graph.plan import EACH
from wflow.policy.breaker import counts
from wflow.policy.retry import delay_before, wants_retry

__all__ = ["cancelled", "complete", "fail", "fail_target", "move", "release_all", "send_cancel", "timed_out"]


def move(activation: Activation, status: str) -> None:
    """Put the activation into ``status``. Raises IllegalTransition."""
    activation.status = check(ACTIVATION, activation.status, status, activation.id)


def release_all(state: State, activation: Activation, failed: bool | None = None) -> None:
    """Give back every place that the activation holds, and let in who waited for one; tell its breaker how it went
    (None: nobody can tell).
    """
    if activation.places:
        limits.release(state, activation)
    if state.permits:
        permits.settle(state, activation, failed)


def complete(state: State, activation: Activation, output: Any, port: str | None = None) -> None:
    """The activation completed with ``output``, on ``port`` where its node has several."""
    release_all(state, activation, failed=False)
    move(activation, "completed")
    node, scope = activation.node, activation.scope
    plan = node.plan
    state.events.append(
        NodeCompleted(
            state.now,
            activation.address,
            plan.type,
            activation.number,
            activation.attempt,
            state.now - activation.started_at,
            output,
        )
    )
    del state.activations[activation.id]
    del node.acts[activation.id]
    if plan.node.compensate is not None and state.undoing is None:
        STEPS["note_undo"](state, activation, output)
    original = activation.stands_for
    if original is not None:
        node.output = output
        node.status = "completed"
        original.started_at = min(original.started_at, activation.started_at)
        complete(state, original, output)
        return
    node.output = output
    if activation.undoes is not None:
        STEPS["undone"](state, activation, "completed")
        return
    if plan.on_complete:
        extra = {"output": output, "error": None}
        for edge in plan.on_complete:
            if edge.port == port:
                routing.deliver(
                    state, scope, edge, output, activation=activation, extra=extra, cleanup=activation.cleanup
                )
    if node.status in DONE:
        return
    if plan.join != EACH:
        routing.finish(state, scope, node, "completed")
    elif not node.open:
        join.settle_each(state, scope, node)


def fail(
    state: State,
    activation: Activation,
    fault: Fault,
    exit_code: int | None = None,
    *,
    refused: bool = False,
    final: bool = False,
) -> None:
    """An attempt of the activation failed: try again (unless it is ``final``), or let the fallback stand in, or fail
    for good.

    ``refused`` says that its breaker did not let it start: a fallback then stands in at once.
    """
    node = activation.node
    config = node.plan.node
    release_all(state, activation, failed=True if counts(fault.type) else None)
    dead = fault.type == "DeadLetter"
    activation.fault = fault
    goes_on = activation.cleanup or not activation.scope.cancelled
    tries = not dead and goes_on and not final and not (refused and config.fallback is not None)
    if config.retry is not None and tries:
        more = activation.attempt < config.retry.max_attempts and wants_retry(config.retry, fault.type, exit_code)
        if more and (state.retries_left is None or state.retries_left > 0):
            _retry(state, activation, fault)
            return
    if config.fallback is not None and goes_on:
        why = "breaker open" if refused else "dead letter" if dead else "failed"
        _stand_in(state, activation, config.fallback, why)
        return
    _fail_for_good(state, activation, fault)


def timed_out(state: State, activation: Activation) -> None:
    """The activation took longer than its node's ``timeout``: it has failed."""
    activation.stopping = ""
    limit = activation.node.plan.node.timeout or 0.0
    fail(state, activation, Fault(activation.address, "TimeoutError", f"timed out after {limit:g} s"))


def _retry(state: State, activation: Activation, fault: Fault) -> None:
    retry = activation.node.plan.node.retry
    assert retry is not None
    if state.retries_left is not None:
        state.retries_left -= 1
    move(activation, "retrying")
    due = state.now + delay_before(retry, activation.attempt, activation.id)
    activation.until = due
    state.set_deadline(due, "retry", activation.id, activation.lease)
    state.events.append(
        NodeRetrying(
            state.now,
            activation.address,
            activation.node.plan.type,
            activation.number,
            activation.attempt,
            retry.max_attempts,
            due,
            fault,
        )
    )


def _stand_in(state: State, activation: Activation, fallback: str, why: str) -> None:
    """Start the fallback node in place of the activation, with the same input and what went wrong."""
    scope = activation.scope
    assert activation.fault is not None
    move(activation, "standing")
    node = scope.nodes[scope.graph.index_of[fallback]]
    node.status = "pending"
    given = merged_input(activation)
    given.update(routing.fault_payload(activation.fault, activation.attempt))
    given["fallback_reason"] = why
    stand_in = join.create(state, scope, node, [])
    stand_in.stands_for = activation
    stand_in.input = given
    stand_in.cleanup = activation.cleanup
    STEPS["begin"](state, stand_in)


def _fail_for_good(state: State, activation: Activation, fault: Fault) -> None:
    move(activation, "failed")
    node, scope = activation.node, activation.scope
    plan = node.plan
    del state.activations[activation.id]
    del node.acts[activation.id]
    original = activation.stands_for
    handled = original is not None or (activation.undoes is None and _send_fail(state, activation, fault))
    state.events.append(
        NodeFailed(
            state.now,
            activation.address,
            plan.type,
            activation.number,
            activation.attempt,
            max(0.0, state.now - activation.started_at) if activation.started_at else 0.0,
            fault,
            handled,
        )
    )
    if activation.undoes is not None:
        node.fault = fault
        STEPS["undone"](state, activation, "failed")
        return
    if original is None and fault.type == "DeadLetter":
        letters.keep(state, activation, fault, "deliveries")
    elif original is None and plan.node.retry is not None and not handled:
        letters.keep(state, activation, fault, "retries")
    node.handled = handled and (node.fault is None or node.handled)
    node.fault = node.fault or fault
    if original is not None:
        node.status = "failed"
        assert original.fault is not None
        _fail_for_good(state, original, original.fault)
        return
    if handled:
        activation.loop, activation.scopes = None, []
    if not handled or plan.join != EACH:
        node.left.append(activation)
    if not handled:
        if scope.failure is None:
            scope.failure = fault
        if scope.on_failure == "stop" and not scope.cancelled:
            state.push(STEPS["cancel_scope"], state, scope)
    _after(state, scope, node, "failed")


def _send_fail(state: State, activation: Activation, fault: Fault) -> bool:
    """Send ``fail`` along its edges; says whether one of them that handles took it."""
    handled = False
    payload = routing.failed_payload(activation.node.plan, activation.address, fault, activation.attempt)
    extra = {"output": None, "error": error_of(fault)}
    for edge in activation.node.plan.on_fail:
        taken = routing.deliver(
            state,
            activation.scope,
            edge,
            payload,
            activation=activation,
            extra=extra,
            cleanup=activation.cleanup,
        )
        handled = handled or (taken and edge.handles)
    return handled


def fail_target(state: State, scope: Scope, node: NodeState, message: Message, fault: Fault) -> None:
    """The node fails before it could start: the condition on the edge of that message could not be evaluated."""
    if node.status in DONE or node.stopped == "flow" or (node.plan.join != EACH and node.status != "pending"):
        return
    activation = join.create(state, scope, node, [])
    activation.messages = [message]
    activation.started_at = state.now
    activation.fault = fault
    state.push(_fail_unstarted, state, activation)


def _fail_unstarted(state: State, activation: Activation) -> None:
    if activation.id in state.activations:
        assert activation.fault is not None
        _fail_for_good(state, activation, activation.fault)


def cancelled(state: State, activation: Activation) -> None:
    """The activation was cancelled; one that had never started leaves its node skipped instead."""
    if activation.stopping == "set" and activation.stands_for is None:
        complete(state, activation, state.overrides.pop(activation.address, {}))
        return
    release_all(state, activation)
    node, scope = activation.node, activation.scope
    plan = node.plan
    started = activation.attempt > 0 or activation.crashes > 0
    if activation.stopping in ("target", "rest"):
        node.stopped = "flow"
    elif scope.cancelled and not node.stopped:
        node.stopped = "scope"
    del state.activations[activation.id]
    del node.acts[activation.id]
    original = activation.stands_for
    aside = original is not None or activation.undoes is not None
    if not started and not aside and plan.join != EACH and activation.stopping != "target":
        move(activation, "skipped")
        node.broken = True
        state.events.append(NodeSkipped(state.now, activation.address, plan.type, "broken"))
        routing.finish(state, scope, node, "skipped")
        return
    move(activation, "cancelled")
    duration = max(0.0, state.now - activation.started_at) if activation.started_at else 0.0
    state.events.append(
        NodeCancelled(state.now, activation.address, plan.type, activation.number, activation.attempt, duration)
    )
    if original is not None:
        node.status = "cancelled"
        cancelled(state, original)
        return
    if activation.undoes is not None:
        STEPS["undone"](state, activation, "cancelled")
        return
    node.left.append(activation)
    if started or activation.stopping == "target":
        send_cancel(state, scope, node, activation)
    _after(state, scope, node, "cancelled")


def send_cancel(state: State, scope: Scope, node: NodeState, activation: Activation | None) -> None:
    """Send ``cancel`` along its edges."""
    payload: dict[str, Any] = {"status": "cancelled"}
    extra = {"output": None, "error": None}
    for edge in node.plan.on_cancel:
        routing.deliver(state, scope, edge, payload, activation=activation, extra=extra, cleanup=True)


def _after(state: State, scope: Scope, node: NodeState, status: str) -> None:
    if node.status in DONE:
        return
    if node.plan.join != EACH:
        routing.finish(state, scope, node, status)
    elif not node.open:
        join.settle_each(state, scope, node)
