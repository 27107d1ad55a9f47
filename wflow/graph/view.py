"""A graph as the checks look at it: its nodes by id, the edges that hold, and what encloses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from wflow.model.workflow import Edge, Graph, Node, Path, Workflow

__all__ = ["LOOPS", "GraphView", "graph_views", "loop_names"]

#: Types that run their graph more than once, and send ``next``.
LOOPS = frozenset({"foreach", "while"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphView:
    """A graph of the workflow. ``owners`` are the nodes it is nested in, from the outside in; empty for the root.

    ``flow`` holds the pairs (source, target) of the edges between known nodes, those that ``mode: sequential`` stands
    for included. ``stands_for`` gives each node that is another's ``fallback`` or ``compensate`` those others.
    """

    graph: Graph
    path: Path
    owners: tuple[Node, ...]
    mode: str
    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    flow: tuple[tuple[str, str], ...]
    stands_for: dict[str, tuple[Node, ...]]

    @property
    def owner(self) -> Node | None:
        """The node that owns the graph, None for the root."""
        return self.owners[-1] if self.owners else None

    @property
    def loop_names(self) -> frozenset[str]:
        """The names that the loops around the graph give to its expressions."""
        names: set[str] = set()
        for owner in self.owners:
            names.update(loop_names(owner))
        return frozenset(names)


def loop_names(owner: Node) -> tuple[str, ...]:
    """The names that a loop gives to what runs in it."""
    if owner.type == "while":
        return ("iteration_index",)
    if owner.type == "foreach":
        name = str(owner.settings.get("as", "item"))
        return (name, f"{name}_index")
    return ()


def graph_views(workflow: Workflow) -> Iterator[GraphView]:
    """Every graph of the workflow, an outer one before those in it."""
    yield from _views(workflow.graph, (), ())


def _views(graph: Graph, path: Path, owners: tuple[Node, ...]) -> Iterator[GraphView]:
    nodes = {node.id: node for node in graph.nodes}
    aside: dict[str, tuple[Node, ...]] = {}
    for node in graph.nodes:
        for name in (node.fallback, node.compensate):
            if name is not None:
                aside[name] = (*aside.get(name, ()), node)
    mode = str(owners[-1].settings.get("mode", "graph")) if owners else "graph"
    edges = tuple(edge for edge in graph.edges if edge.source in nodes and edge.target in nodes)
    flow = tuple((edge.source, edge.target) for edge in edges)
    if mode == "sequential":
        row = [node.id for node in graph.nodes if node.id not in aside]
        flow += tuple(pairwise(row))
    yield GraphView(
        graph=graph, path=path, owners=owners, mode=mode, nodes=nodes, edges=edges, flow=flow, stands_for=aside
    )
    for node in graph.nodes:
        if node.graph is not None:
            yield from _views(node.graph, node.path, (*owners, node))
