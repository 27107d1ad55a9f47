"""Subflows: another file's graph as a node, with a world of its own, parameters in and outputs back."""

from __future__ import annotations

from typing import Any

from wflow.engine.activation import cancelled, complete, fail, move
from wflow.engine.commands import LoadSubflow
from wflow.engine.control import fault_of, start_event
from wflow.engine.events import Fault
from wflow.engine.names import ScopeNames, evaluate
from wflow.engine.scope import open_scope, recounts, settle_stopped, take_up
from wflow.engine.state import Activation, Scope, State, World
from wflow.engine.stimuli import Loaded
from wflow.engine.wait import look_again
from wflow.errors import ExpressionError
from wflow.graph.plan import Plan
from wflow.model.definition import from_definition

__all__ = ["ask_again", "begin_subflow", "loaded", "subflow_done"]


def begin_subflow(state: State, activation: Activation) -> None:
    """Ask for the subflow's file; how deep it already is, is looked at first. A rerun goes on with the scope it had."""
    if activation.scopes:
        move(activation, "open")
        start_event(state, activation)
        take_up(state, activation)
        return
    limit = int(activation.node.plan.node.settings.get("max_depth", 32))
    command = _request(state, activation)
    move(activation, "open")
    start_event(state, activation)
    if activation.scope.world.depth >= limit:
        message = f"subflows are nested more than max_depth: {limit} deep"
        fail(state, activation, Fault(activation.address, "MaxDepthExceeded", message))
        return
    state.commands.append(command)


def ask_again(state: State) -> None:
    """The process that was to read a subflow's file has died: ask for it once more."""
    for activation in list(state.activations.values()):
        if activation.node.plan.type == "subflow" and activation.status == "open" and not activation.scopes:
            try:
                state.commands.append(_request(state, activation))
            except ExpressionError as error:
                fail(state, activation, fault_of(activation, error))


def _request(state: State, activation: Activation) -> LoadSubflow:
    from wflow.expr import render

    settings = activation.node.plan.node.settings
    names = ScopeNames(state, activation.scope, activation)
    file = render(settings["file"], names, now=state.now, env=state.env)
    parameters = render(settings.get("with", {}), names, now=state.now, env=state.env)
    if not isinstance(file, str) or not file:
        raise ExpressionError(str(settings["file"]), "a subflow's file is a path")
    if not isinstance(parameters, dict):
        raise ExpressionError(str(settings["with"]), "a subflow's `with` is a mapping of parameters")
    return LoadSubflow(activation.id, file, activation.scope.world.file, parameters)


def loaded(state: State, stimulus: Loaded) -> None:
    """The file was read and checked: open its graph with the parameters, or fail the node with the problem."""
    activation = state.activations.get(stimulus.activation)
    if activation is None or activation.status != "open" or activation.scopes:
        return
    if stimulus.definition is not None:
        state.definitions[stimulus.file] = Plan(from_definition(stimulus.definition))
    plan = state.definitions.get(stimulus.file)
    if stimulus.problem or plan is None:
        fault = Fault(activation.address, "DefinitionError", stimulus.problem or "the file could not be read")
        fail(state, activation, fault)
        return
    outer = activation.scope.world
    world = World(len(state.worlds), plan, dict(stimulus.parameters), file=stimulus.file, depth=outer.depth + 1)
    state.worlds.append(world)
    scope = Scope(
        plan.root,
        world,
        activation.address + "/",
        owner=activation,
        entry_input=dict(stimulus.parameters),
        names={},
        started_at=state.now,
        on_failure=plan.workflow.on_failure,
        recount=recounts(activation),
    )
    activation.scopes = [scope]
    open_scope(state, scope)


def subflow_done(state: State, activation: Activation, scope: Scope, status: str, fault: Fault | None) -> None:
    """The child ended: its outputs are evaluated however it did, and mapped to variables when it completed."""
    if settle_stopped(state, activation):
        return
    if status == "failed":
        assert fault is not None
        fail(state, activation, fault)
    elif status == "cancelled":
        cancelled(state, activation)
    else:
        outputs = _outputs(state, scope)
        mapping = activation.node.plan.node.settings.get("outputs") or {}
        world = activation.scope.world
        if mapping:
            world.variables = {**world.variables, **{name: outputs.get(key) for name, key in mapping.items()}}
            if state.waits:
                state.push(look_again, state)
        complete(state, activation, outputs)


def _outputs(state: State, scope: Scope) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for name, expression in scope.world.plan.outputs.items():
        try:
            outputs[name] = evaluate(state, expression, scope)
        except ExpressionError:
            outputs[name] = None
    return outputs
