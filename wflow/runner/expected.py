"""What a run may come to: the nodes of the types whose runtimes have something to make ready, and how many at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wflow.graph.plan import GraphPlan, NodePlan
from wflow.model.walk import all_nodes
from wflow.runner.places import Places
from wflow.runtimes.registry import PREPARED
from wflow.runtimes.work import Expected, Place

__all__ = ["Expectation", "expectations"]


class Expectation(NamedTuple):
    """The nodes of one type that a graph has, in the order of the file; ``width`` of them may be ready at once."""

    type: str
    nodes: tuple[Expected, ...]
    width: int


def expectations(graph: GraphPlan, places: Places) -> list[Expectation]:
    """An expectation for each type of `PREPARED` that the graph, or a graph in it, has nodes of."""
    types = {node.type for node in all_nodes(graph.graph)} & PREPARED
    return [
        Expectation(wanted, tuple(_expected(graph, wanted, places, "")), _width(graph, wanted))
        for wanted in sorted(types)
    ]


def _expected(graph: GraphPlan, wanted: str, places: Places, above: str) -> Iterator[Expected]:
    for plan in graph.nodes:
        if plan.type == wanted:

            def place(key: str, plan: NodePlan = plan) -> Place | None:
                return places.of(plan.node, key)

            yield Expected(above + plan.id, plan.node.settings, place)
        if plan.body is not None:
            yield from _expected(plan.body, wanted, places, f"{above}{plan.id}/")


def _width(graph: GraphPlan, wanted: str) -> int:
    """How many nodes of the type stand side by side: of those as many edges away from the beginning, the most. A body
    counts once, however often it is repeated.
    """
    waits = [len(plan.inbound) for plan in graph.nodes]
    layer = [0] * len(waits)
    pending = [index for index, count in enumerate(waits) if not count]
    wide: dict[int, int] = {}
    while pending:
        index = pending.pop()
        plan = graph.nodes[index]
        inside = _width(plan.body, wanted) if plan.body is not None else int(plan.type == wanted)
        wide[layer[index]] = wide.get(layer[index], 0) + inside
        for edge in plan.out:
            layer[edge.target] = max(layer[edge.target], layer[index] + 1)
            waits[edge.target] -= 1
            if not waits[edge.target]:
                pending.append(edge.target)
    return max(wide.values(), default=0)
