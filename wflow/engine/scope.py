"""Scopes: how an instance of a graph opens, and what its owner makes of its end. Containers are decided here."""

from __future__ import annotations

from typing import Any

from wflow.engine import edges, join
from wflow.engine.activation import cancelled, complete, fail, move, timed_out
from wflow.engine.control import start_event
from wflow.engine.events import Fault
from wflow.engine.names import merged_input
from wflow.engine.state import Activation, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.values import opened
from wflow.graph.plan import EACH

__all__ = ["begin_container", "open_scope", "recounts", "result_of", "scope_done", "settle_stopped", "take_up"]


def recounts(activation: Activation) -> bool:
    """Whether the addresses under this activation may come again, so that their numbers have to go on."""
    node = activation.node.plan
    anew = node.node.retry is not None and node.type != "foreach"
    return activation.scope.recount or node.join == EACH or anew


def open_scope(state: State, scope: Scope) -> None:
    """Start the entry nodes of a new scope; one without nodes is done at once."""
    if state.switches:
        edges.switch_as_told(state, scope)
    for plan in scope.graph.entries:
        join.start(state, scope, scope.nodes[plan.index], [])
    if not scope.unfinished:
        state.push(scope_done, state, scope)


def begin_container(state: State, activation: Activation) -> None:
    """Open the container's scope; its entry nodes get the container's input. A rerun goes on with the scope it had."""
    move(activation, "open")
    start_event(state, activation)
    if activation.scopes:
        take_up(state, activation)
        return
    plan = activation.node.plan
    assert plan.body is not None
    scope = Scope(
        plan.body,
        activation.scope.world,
        activation.address + "/",
        owner=activation,
        entry_input=merged_input(activation),
        names=activation.scope.names,
        started_at=state.now,
        on_failure=plan.node.settings.get("on_failure", "stop"),
        recount=recounts(activation),
    )
    activation.scopes = [scope]
    open_scope(state, scope)


def take_up(state: State, activation: Activation) -> None:
    """Run again, in a rerun, what did not complete in the scope that the activation before this one had."""
    (scope,) = activation.scopes
    scope.owner = activation
    if activation.node.plan.type == "container":
        scope.entry_input = merged_input(activation)
    STEPS["rerun_scope"](state, scope)


def result_of(scope: Scope) -> tuple[str, Fault | None]:
    """How a scope ended, all of whose nodes are done: its status, and the fault when it failed.

    An unhandled failure is not hidden by an ``end`` that completes; only a cancel stands above it.
    """
    ending = scope.ending
    if ending is not None and ending.status == "cancelled":
        return "cancelled", None
    if scope.failure is not None:
        return "failed", scope.failure
    return ("cancelled" if scope.cancelled and ending is None else "completed"), None


def scope_done(state: State, scope: Scope) -> None:
    """Every node of the scope is done: tell its owner."""
    if scope.status != "open" or scope.unfinished:
        return
    status, fault = result_of(scope)
    scope.status = status
    owner = scope.owner
    if owner is None:
        STEPS["run_done"](state, scope, status, fault)
    elif owner.loop is not None:
        STEPS["iteration_done"](state, owner, scope, status, fault)
    elif owner.node.plan.type == "subflow":
        STEPS["subflow_done"](state, owner, scope, status, fault)
    else:
        _container_done(state, owner, scope, status, fault)


def _container_done(state: State, activation: Activation, scope: Scope, status: str, fault: Fault | None) -> None:
    if not settle_stopped(state, activation):
        if status == "completed":
            complete(state, activation, _container_output(scope))
        elif fault is not None:
            fail(state, activation, fault)
        else:
            cancelled(state, activation)


def settle_stopped(state: State, activation: Activation) -> bool:
    """End a scope's owner that was asked to stop, as what it was stopped for; False where it was not."""
    if activation.stopping == "timeout":
        timed_out(state, activation)
        return True
    if activation.stopping:
        cancelled(state, activation)
        return True
    return False


def _container_output(scope: Scope) -> dict[str, Any]:
    flow = [node for node in scope.nodes if not node.plan.aside]
    return {
        "child_results": {node.plan.id: opened(node.output) for node in flow},
        "total_children": len(flow),
        "completed_children": sum(1 for node in flow if node.status == "completed"),
    }
