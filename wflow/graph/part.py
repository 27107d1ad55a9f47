"""A part of a workflow: some of the root's nodes, with the edges between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wflow.model import Workflow

__all__ = ["ancestors", "part_of"]


def ancestors(workflow: Workflow, node: str) -> frozenset[str]:
    """The root node with that id and every node that a path leads from to it. Raises KeyError where there is none."""
    graph = workflow.graph
    if all(one.id != node for one in graph.nodes):
        raise KeyError(node)
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    found: set[str] = set()
    pending = [node]
    while pending:
        here = pending.pop()
        if here not in found:
            found.add(here)
            pending += sources.get(here, [])
    return frozenset(found)


def part_of(workflow: Workflow, nodes: Iterable[str]) -> Workflow:
    """The workflow with these root nodes only, and what stands in for them (``fallback``, ``compensate``).

    An edge from a node that is left out is left out too, so that its target starts with the run.
    """
    kept = set(nodes)
    for node in workflow.graph.nodes:
        if node.id in kept:
            kept |= {name for name in (node.fallback, node.compensate) if name}
    graph = replace(
        workflow.graph,
        nodes=tuple(node for node in workflow.graph.nodes if node.id in kept),
        edges=tuple(edge for edge in workflow.graph.edges if edge.source in kept and edge.target in kept),
    )
    return replace(workflow, graph=graph)
