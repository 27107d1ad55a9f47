"""All nodes of a workflow, whatever they are nested in."""

from __future__ import annotations

from collections.abc import Iterator

from wflow.model.workflow import Graph, Node

__all__ = ["all_graphs", "all_nodes"]


def all_nodes(graph: Graph) -> Iterator[Node]:
    """Every node of the graph and of the graphs in it, an owner before its body, in the order of the file."""
    for node in graph.nodes:
        yield node
        if node.graph is not None:
            yield from all_nodes(node.graph)


def all_graphs(graph: Graph, owner: Node | None = None) -> Iterator[tuple[Graph, Node | None]]:
    """The graph and every graph in it, each with the node that owns it (None: the root)."""
    yield graph, owner
    for node in graph.nodes:
        if node.graph is not None:
            yield from all_graphs(node.graph, node)
