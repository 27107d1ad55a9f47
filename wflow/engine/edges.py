"""Edges switched on and off while the run goes on, in the scopes that are open and in those that open later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from wflow.engine.state import DONE, Activation, Scope, State, Switch, Way
from wflow.graph.plan import EdgePlan, GraphPlan
from wflow.model import Graph, Workflow

__all__ = ["as_switched", "edges_named", "key_of", "read_switch", "switch", "switch_as_told", "within"]


def read_switch(arguments: Mapping[str, Any]) -> tuple[Switch, bool]:
    """What a request names, and whether it is to be enabled. Raises KeyError, TypeError or ValueError where it is no
    such request.
    """
    way = tuple((str(name), None if key is None else str(key)) for name, key in arguments["way"])
    port, trigger = arguments.get("port"), arguments.get("trigger")
    named = Switch(way, str(arguments["source"]), port, str(arguments["target"]), trigger)
    hash(named)
    return named, bool(arguments["enabled"])


def switch(state: State, arguments: Mapping[str, Any]) -> None:
    """Switch what a request names: in the scopes that are open, and in those that open later.

    An edge whose source is done has closed and stays as it was; so does a request that makes no sense.
    """
    try:
        named, enabled = read_switch(arguments)
    except (KeyError, TypeError, ValueError):
        return
    applied = [_apply(scope, named, enabled) for scope in _scopes_at(state, named.way)]
    if named.way or any(applied):
        state.switches.pop(named, None)
        state.switches[named] = enabled


def switch_as_told(state: State, scope: Scope) -> None:
    """Give a scope that opens, or runs again, what its graph's edges have been told before."""
    way = _way_to(scope)
    for named, enabled in state.switches.items():
        if _fits(named.way, way):
            _apply(scope, named, enabled)


def _fits(told: Way, way: Way) -> bool:
    """Whether what was told to the graphs at ``told`` is meant for the one at ``way``, which names all iterations."""
    return len(told) == len(way) and all(
        name == other and key in (None, at) for (name, key), (other, at) in zip(told, way, strict=True)
    )


def edges_named(graph: GraphPlan, named: Switch) -> list[EdgePlan]:
    """The edges of the graph that are meant; what ``mode: sequential`` implies is none that anybody can name."""
    source = graph.index_of.get(named.source)
    return [
        edge
        for edge in (graph.nodes[source].out if source is not None else ())
        if not edge.order
        and edge.edge.target == named.target
        and edge.port == named.port
        and named.trigger in (None, edge.trigger)
    ]


def within(activation: Activation) -> Iterator[Scope]:
    """The scopes of an unfinished activation that are open."""
    yield from (scope for scope in activation.scopes if scope.status == "open")
    if activation.loop is not None:
        yield from activation.loop.unfinished.values()


def _apply(scope: Scope, named: Switch, enabled: bool) -> bool:
    """Switch the edges of one scope that have not closed; says whether there was one."""
    edges = [edge for edge in edges_named(scope.graph, named) if scope.nodes[edge.source].status not in DONE]
    scope.switched.update((edge.index, enabled) for edge in edges)
    return bool(edges)


def _scopes_at(state: State, way: Way) -> list[Scope]:
    scopes = [state.root] if state.root is not None else []
    for name, key in way:
        owners = [scope.nodes[scope.graph.index_of[name]] for scope in scopes if name in scope.graph.index_of]
        below = [scope for node in owners for act in node.acts.values() for scope in within(act)]
        scopes = [scope for scope in below if key in (None, key_of(scope))]
    return scopes


def key_of(scope: Scope) -> str | None:
    """The key of the iteration that the scope is; None where it is none."""
    owner = scope.owner
    if owner is None or scope.index < 0:
        return None
    return scope.prefix[len(owner.address) + 1 : -2]


def _way_to(scope: Scope) -> Way:
    steps: list[tuple[str, str | None]] = []
    owner = scope.owner
    while owner is not None:
        steps.append((owner.node.plan.id, key_of(scope)))
        scope = owner.scope
        owner = scope.owner
    return tuple(reversed(steps))


def as_switched(state: State) -> Workflow:
    """The run's definition with each edge on or off as it is now; a switch for single iterations is not told of."""
    workflow = state.plan.workflow
    told: dict[tuple[str, ...], list[tuple[Switch, bool]]] = {}
    for named, enabled in state.switches.items():
        if all(key is None for _, key in named.way):
            told.setdefault(tuple(name for name, _ in named.way), []).append((named, enabled))
    return replace(workflow, graph=_switched(workflow.graph, (), told)) if told else workflow


def _switched(graph: Graph, place: tuple[str, ...], told: Mapping[tuple[str, ...], list[tuple[Switch, bool]]]) -> Graph:
    edges = list(graph.edges)
    for named, enabled in told.get(place, ()):
        for number, edge in enumerate(edges):
            ends = (edge.source, edge.port, edge.target) == (named.source, named.port, named.target)
            if ends and named.trigger in (None, edge.trigger):
                edges[number] = replace(edge, enabled=enabled)
    nodes = tuple(
        node if node.graph is None else replace(node, graph=_switched(node.graph, (*place, node.id), told))
        for node in graph.nodes
    )
    return Graph(nodes=nodes, edges=tuple(edges))
