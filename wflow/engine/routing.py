"""What a node sends along its edges, and how its edges close when it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wflow.engine import join
from wflow.engine.events import Fault
from wflow.engine.names import error_of, evaluate
from wflow.engine.state import Activation, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import NODE, check
from wflow.engine.values import opened
from wflow.errors import ExpressionError
from wflow.graph.plan import EdgePlan, NodePlan

__all__ = ["closes_broken", "deliver", "enabled", "failed_payload", "fault_payload", "finish", "send_late"]


def enabled(scope: Scope, edge: EdgePlan) -> bool:
    """Whether the edge is switched on in this scope."""
    return scope.switched.get(edge.index, edge.edge.enabled) if scope.switched else edge.edge.enabled


def deliver(
    state: State,
    scope: Scope,
    edge: EdgePlan,
    payload: Any,
    *,
    activation: Activation | None,
    extra: Mapping[str, Any],
    cleanup: bool = False,
) -> bool:
    """Send one message, if the edge is on and its condition holds; says whether it was sent.

    In a cancelled scope only clean-up starts anything: other messages wait in their queues for a rerun, and do not
    count as sent. A condition that cannot be evaluated fails the edge's target.
    """
    if not enabled(scope, edge):
        return False
    kept = scope.cancelled and not (cleanup and scope.grace >= 0)
    trigger = "order" if edge.order else edge.trigger
    message = Message(edge.index, edge.edge.source, trigger, payload, cleanup)
    target = scope.nodes[edge.target]
    if edge.edge.condition is not None:
        try:
            condition = edge.condition
            assert condition is not None
            taken = evaluate(state, condition, scope, activation, extra)
            if not isinstance(taken, bool):
                raise ExpressionError(condition.source, f"a condition is true or false, this is {_shown(taken)}")
        except ExpressionError as error:
            if not kept:
                fault = Fault(scope.prefix + target.plan.id, "ExpressionError", f"edge {edge.name}: {error.message}")
                STEPS["fail_target"](state, scope, target, message, fault)
            return False
        if not taken:
            return False
    join.receive(state, scope, target, message)
    return not kept


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def finish(state: State, scope: Scope, node: NodeState, status: str) -> None:
    """The node is done: it delivers on its ``always`` edges and closes all of its edges.

    A skipped node does so in a step of its own, so that a long branch which is skipped does not deepen the stack.
    """
    node.status = check(NODE, node.status, status, node.plan.id)
    if status == "skipped":
        state.push(_close_edges, state, scope, node, status)
    else:
        _close_edges(state, scope, node, status)


def _close_edges(state: State, scope: Scope, node: NodeState, status: str) -> None:
    nodes = scope.nodes
    for edge in node.plan.out:
        if edge.trigger == "always" and (status != "skipped" or node.broken):
            deliver(
                state,
                scope,
                edge,
                _order_payload(node, status) if edge.order else _always_payload(node, status),
                activation=None,
                extra={"output": node.output, "error": error_of(node.fault)},
                cleanup=not edge.order,
            )
        join.close(state, scope, nodes[edge.target], closes_broken(scope, edge, node))
    scope.unfinished -= 1
    if not scope.unfinished:
        state.push(STEPS["scope_done"], state, scope)


def closes_broken(scope: Scope, edge: EdgePlan, source: NodeState) -> bool:
    """Whether the edge closes broken now that its source is done."""
    if edge.trigger not in ("complete", "next") or source.status == "completed" or not enabled(scope, edge):
        return False
    return source.status != "skipped" or source.broken


def send_late(state: State, scope: Scope, node: NodeState, edge: EdgePlan) -> bool:
    """Send along an edge that has come after its source ``node`` was done what that would have sent, and close it; says
    whether it was sent. Of a node that ran for each message only the last output is still known.
    """
    good = edge.trigger == "complete"
    payload = _late_payload(scope, node, edge)
    sent = payload is not None and deliver(
        state,
        scope,
        edge,
        payload,
        activation=None,
        extra={
            "output": node.output if good or edge.trigger == "always" else None,
            "error": None if good else error_of(node.fault),
        },
        cleanup=edge.trigger in ("cancel", "always"),
    )
    join.close(state, scope, scope.nodes[edge.target], closes_broken(scope, edge, node))
    return sent


def _late_payload(scope: Scope, node: NodeState, edge: EdgePlan) -> Any:
    status, trigger = node.status, edge.trigger
    if trigger == "always":
        return _always_payload(node, status) if status != "skipped" or node.broken else None
    if trigger == "complete" and status == "completed":
        return node.output if edge.port == _port_taken(node) else None
    if trigger == "fail" and status == "failed" and node.fault is not None:
        attempts = node.left[-1].attempt if node.left else 1
        return failed_payload(node.plan, scope.prefix + node.plan.id, node.fault, attempts)
    return {"status": "cancelled"} if trigger == "cancel" and status == "cancelled" else None


def _port_taken(node: NodeState) -> str | None:
    key = {"if": "branch_taken", "switch": "port_selected"}.get(node.plan.type)
    return None if key is None else opened(node.output).get(key)


def _order_payload(node: NodeState, status: str) -> Any:
    return node.output if status == "completed" else {}


def _always_payload(node: NodeState, status: str) -> dict[str, Any]:
    if status == "completed":
        return {**(opened(node.output) or {}), "status": status}
    if node.fault is not None:
        attempts = node.left[-1].attempt if node.left else 1
        return {**fault_payload(node.fault, attempts), "status": status}
    return {"status": status}


def failed_payload(plan: NodePlan, address: str, fault: Fault, attempts: int) -> dict[str, Any]:
    """What the node at ``address`` sends as ``fail``: its fault, and of a container which of its nodes failed."""
    payload = fault_payload(fault, attempts)
    below = address + "/"
    if plan.type == "container" and fault.address.startswith(below):
        payload["failed_child"] = fault.address.removeprefix(below).split("/")[0].split("[")[0]
        payload["failed_child_error"] = fault.message
    return payload


def fault_payload(fault: Fault, attempts: int | None = None) -> dict[str, Any]:
    """What a ``fail`` message carries; without ``attempts`` what compensation is told of the failure of the run."""
    payload: dict[str, Any] = {
        "error_message": fault.message,
        "error_type": fault.type,
        "error_node": fault.address,
        "error_traceback": fault.traceback,
    }
    if attempts is not None:
        payload["attempts"] = attempts
    return payload
