"""A run amended while it goes on: nodes and edges added to its root graph, after those that are there already.

The request has the whole definition and the digest of the one that it was made from. A run whose definition is another
one by now takes it no more: what was checked is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from wflow.engine import join, limits, rerun, routing
from wflow.engine.activation import move, release_all
from wflow.engine.events import RunAmended
from wflow.engine.state import DONE, NodeState, Scope, State
from wflow.engine.transitions import NODE, check
from wflow.graph.plan import ALL, NodePlan, Plan
from wflow.model import Edge, Graph, Workflow
from wflow.model.definition import digest_of, from_definition, to_definition

__all__ = ["Late", "Refused", "amend", "amended", "first_part", "late_edges", "standing_against", "was"]


class Refused(ValueError):
    """The run cannot be amended so; the message says why."""


class Late(NamedTuple):
    """An edge that comes too late to bring anything, the key of it that is at fault, and why."""

    edge: Edge
    key: str
    why: str


def standing_against(state: State) -> str | None:
    """Why nothing can be added to the run any more, or None."""
    root = state.root
    if state.finished:
        return f"it has {state.status}" if state.status != "cancelled" else "it was cancelled"
    if state.timed_out:
        return "it has timed out"
    if root is None or root.cancelled or root.ending is not None or root.status != "open":
        return "it is coming to its end"
    return None


def late_edges(scope: Scope, edges: Iterable[Edge]) -> Iterator[Late]:
    """Those of the new edges that would bring nothing: into a node that has started, or from one that is done and
    keeps nothing of what the edge asks for.
    """
    index_of, nodes = scope.graph.index_of, scope.nodes
    for edge in edges:
        target = index_of.get(edge.target)
        if target is not None and nodes[target].status != "pending" and not _can_be_called_back(nodes[target]):
            status = nodes[target].status
            how = "has started" if status == "active" else was(status)
            yield Late(edge, "to", f"`{edge.target}` {how}: what the edge brings would be dropped")
            continue
        source = index_of.get(edge.source)
        if source is None or nodes[source].status not in DONE:
            continue
        how = was(nodes[source].status)
        if edge.trigger == "next":
            yield Late(edge, "trigger", f"`{edge.source}` {how}: its iterations are not told of again")
        elif _reads_input(edge):
            yield Late(edge, "condition", f"`{edge.source}` {how}: the input that the condition reads is not kept")


def _can_be_called_back(node: NodeState) -> bool:
    """Whether the node has all it waited for and has not been handed out yet, so that it may wait for more."""
    if node.status != "active" or node.plan.join != ALL or len(node.acts) != 1:
        return False
    activation = next(iter(node.acts.values()))
    begun = activation.lease or activation.places or activation.scopes or activation.loop
    return activation.status == "ready" and not begun


def _call_back(state: State, node: NodeState) -> None:
    """Have the node wait again, with the messages that it has."""
    (activation,) = node.acts.values()
    release_all(state, activation)
    limits.give_way(state, activation)
    move(activation, "cancelled")
    del state.activations[activation.id]
    node.acts.clear()
    node.number -= 1
    node.status = check(NODE, node.status, "pending", node.plan.id)


def was(status: str) -> str:
    """A final status of a node as a sentence has it: ``has failed``, ``was skipped``."""
    return f"has {status}" if status in ("completed", "failed") else f"was {status}"


def _reads_input(edge: Edge) -> bool:
    if edge.condition is None:
        return False
    from wflow.expr import ExpressionSyntaxError, compile_value

    try:
        return any(found.root in ("input", "inputs") for found in compile_value(edge.condition).references)
    except ExpressionSyntaxError:
        return False


def amended(state: State, arguments: Mapping[str, Any]) -> Workflow:
    """The run's workflow as the request has it. Raises Refused where the run cannot become that one."""
    why = standing_against(state)
    if why is not None:
        raise Refused(why)
    before = to_definition(state.plan.workflow)
    if arguments.get("base") != digest_of(before):
        raise Refused("its definition has been changed since the request was made")
    definition = arguments.get("definition")
    try:
        if not isinstance(definition, dict):
            raise TypeError(type(definition))
        known = digest_of(first_part(definition, before)) == arguments["base"]
        workflow = from_definition(definition)
        new = _added(workflow.graph, before)
        ids = {node.id for node in workflow.graph.nodes}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Refused("the request has no definition that wflow wrote") from None
    if not known or any(edge.source not in ids or edge.target not in ids for edge in new.edges):
        raise Refused("the request has a definition that does more than go on from the run's own")
    assert state.root is not None
    late = next(late_edges(state.root, new.edges), None)
    if late is not None:
        raise Refused(late.why)
    return workflow


def first_part(definition: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a definition without what it has beyond the one ``before``: that one, if it goes on from it."""
    part = dict(definition)
    for key in ("nodes", "variables", "pools"):
        known = before.get(key, {})
        kept = {name: value for name, value in definition.get(key, {}).items() if name in known}
        if kept or key == "nodes":
            part[key] = kept
        else:
            part.pop(key, None)
    edges = definition.get("edges", [])[: len(before.get("edges", ()))]
    if edges:
        part["edges"] = edges
    else:
        part.pop("edges", None)
    return part


def _added(graph: Graph, before: Mapping[str, Any]) -> Graph:
    nodes, edges = len(before["nodes"]), len(before.get("edges", ()))
    if [node.id for node in graph.nodes[:nodes]] != list(before["nodes"]):
        raise ValueError("new nodes stand before known ones")
    return Graph(nodes=graph.nodes[nodes:], edges=graph.edges[edges:])


def amend(state: State, arguments: Mapping[str, Any]) -> None:
    """Add what the request has to the root: new nodes without a way to them start, and what is done already sends along
    its new edges. A request that the run cannot take changes nothing.
    """
    try:
        workflow = amended(state, arguments)
    except Refused:
        return
    scope = state.root
    assert scope is not None
    before = scope.graph
    new = Graph(nodes=workflow.graph.nodes[len(before.nodes) :], edges=workflow.graph.edges[len(before.edges) :])
    done = [node for node in scope.nodes if node.status in DONE]
    plan = Plan(workflow, before.amended(workflow.graph))
    scope.graph = plan.root
    state.plan = scope.world.plan = plan
    _redefine(state, arguments)
    added = plan.root.nodes[len(before.nodes) :]
    scope.nodes += [NodeState(node) for node in added]
    scope.unfinished += sum(1 for node in added if not node.aside)
    for edge in plan.root.edges[len(before.edges) :]:
        if edge.target < len(before.nodes):
            target = scope.nodes[edge.target]
            if target.acts:
                _call_back(state, target)
            target.open += 1
    world = scope.world
    fresh = {name: value for name, value in workflow.variables.items() if name not in world.variables}
    world.variables = {**world.variables, **fresh}
    place = len(state.events)
    handled = [
        scope.prefix + node.plan.id for node in done if _send_late(state, scope, node, first_new=len(before.edges))
    ]
    state.events.insert(place, RunAmended(state.now, state.run_id, new, tuple(handled)))
    _start(state, scope, added)


def _redefine(state: State, arguments: Mapping[str, Any]) -> None:
    """Keep what stands in place of the first record from now on."""
    before = state.redefined or {}
    env = dict(arguments.get("env") or {})
    state.files = {**state.files, **(arguments.get("files") or {})}
    state.env = {**env, **state.env}
    state.redefined = {
        "definition": arguments["definition"],
        "files": state.files,
        "env": {**env, **before.get("env", {})},
    }


def _start(state: State, scope: Scope, added: tuple[NodePlan, ...]) -> None:
    for plan in added:
        if not plan.inbound and not plan.aside:
            join.start(state, scope, scope.nodes[plan.index], [])


def _send_late(state: State, scope: Scope, node: NodeState, *, first_new: int) -> bool:
    """Have a node that is done send along its new edges; says whether that handles its failure, which nothing did."""
    handled = False
    for edge in node.plan.out:
        if edge.index >= first_new:
            taken = routing.send_late(state, scope, node, edge)
            handled = handled or (taken and edge.trigger == "fail" and edge.handles)
    if not handled or node.status != "failed" or node.handled:
        return False
    node.handled = True
    for activation in node.left:
        activation.loop, activation.scopes = None, []
    if scope.failure == node.fault:
        rerun.look_at_failures(scope)
    return True
