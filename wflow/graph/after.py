"""What comes after a node: everything that a path leads to, in one definition of its graph or in another."""

from __future__ import annotations

from collections.abc import Iterable

from wflow.graph.plan import EACH, GraphPlan

__all__ = ["after"]


def after(graphs: Iterable[GraphPlan], name: str, *, but_each: bool = False) -> list[str]:
    """The ids of the nodes after ``name``, nearer ones first.

    Edges of all the graphs count, which are definitions of one. A node that only stands in for another has after it
    what that one has; what stands in for a node is told with it. ``but_each`` leaves out nodes with ``join: each``,
    which judge each message by itself, and not what is after them.
    """
    graphs = tuple(graphs)
    found: dict[str, None] = {}
    pending = [name, *_originals(graphs, name)]
    for here in pending:
        for graph in graphs:
            index = graph.index_of.get(here)
            for edge in graph.nodes[index].out if index is not None else ():
                if edge.edge.target not in found:
                    found[edge.edge.target] = None
                    pending.append(edge.edge.target)
    told = [one for one in found if not (but_each and _joins_each(graphs, one))]
    instead = [other for one in (name, *told) for other in _fallbacks(graphs, one)]
    return [one for one in dict.fromkeys((*told, *instead)) if one != name]


def _joins_each(graphs: tuple[GraphPlan, ...], name: str) -> bool:
    return any(graph.node(name).join == EACH for graph in graphs if name in graph.index_of)


def _originals(graphs: tuple[GraphPlan, ...], name: str) -> list[str]:
    return [plan.id for graph in graphs for plan in graph.nodes if plan.node.fallback == name]


def _fallbacks(graphs: tuple[GraphPlan, ...], name: str) -> list[str]:
    plans = [graph.node(name) for graph in graphs if name in graph.index_of]
    return [plan.node.fallback for plan in plans if plan.node.fallback is not None]
