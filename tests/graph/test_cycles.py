from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.graph.cycles import ancestry_faults, check_cycles, order
from wflow.graph.view import GraphView, graph_views
from wflow.model import Diagnostic, Edge, Graph, Node, Workflow

Judge = Callable[[str], list[Diagnostic]]


def view_of(*edges: tuple[str, str], nodes: str = "") -> GraphView:
    names = dict.fromkeys([*nodes, *(name for pair in edges for name in pair)])
    graph = Graph(
        nodes=tuple(Node(id=name, type="noop", path=("nodes", name)) for name in names),
        edges=tuple(Edge(source=a, target=b, path=("edges", number)) for number, (a, b) in enumerate(edges)),
    )
    return next(iter(graph_views(Workflow(name="w", graph=graph))))


def cycles_in(view: GraphView) -> list[str]:
    found: list[Diagnostic] = []
    check_cycles(view, order(view), found)
    return [one.message.removeprefix("the nodes form a cycle: ") for one in found]


def test_each_node_comes_after_all_that_lead_to_it() -> None:
    ordered = order(view_of(("a", "c"), ("b", "c"), ("c", "d"), ("a", "d")))
    assert ordered.index("c") > max(ordered.index("a"), ordered.index("b"))
    assert ordered[-1] == "d"


@pytest.mark.parametrize(
    ("edges", "cycles"),
    [
        ([("a", "b"), ("b", "c")], []),
        ([("a", "a")], ["a -> a"]),
        ([("a", "b"), ("b", "a")], ["a -> b -> a"]),
        ([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("c", "b")], ["b -> c -> b"]),
        ([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")], ["a -> b -> a", "c -> d -> c"]),
    ],
)
def test_the_shortest_cycle_of_each_knot_is_told(edges: list[tuple[str, str]], cycles: list[str]) -> None:
    assert cycles_in(view_of(*edges)) == cycles


def test_what_comes_after_a_cycle_is_not_called_one() -> None:
    assert cycles_in(view_of(("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"))) == ["a -> b -> a"]


def test_a_cycle_through_thousands_of_nodes_is_told_shortened() -> None:
    edges = [(f"n{number}", f"n{(number + 1) % 30_000}") for number in range(30_000)]
    (told,) = cycles_in(view_of(*edges))
    assert " -> ... -> " in told
    assert len(told) < 200


def test_the_edge_that_closes_the_cycle_is_pointed_at(judged: Judge) -> None:
    (found,) = judged("nodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b, b -> a]")
    assert found.path == ("edges", 1, "to", "a")


def test_ancestors_are_what_leads_to_a_node() -> None:
    view = view_of(("a", "b"), ("b", "c"), ("a", "d"))
    asked = [(frozenset({"c"}), "a"), (frozenset({"c"}), "d"), (frozenset({"c"}), "c"), (frozenset({"a"}), "c")]
    # A node itself counts as coming before its place: whether that is allowed is for the one who asks.
    assert ancestry_faults(view, order(view), asked) == [1, 3]


def test_many_questions_are_answered_a_few_thousand_at_a_time() -> None:
    edges = [(f"n{number}", f"n{number + 1}") for number in range(5000)]
    view = view_of(*edges)
    asked = [(frozenset({"n5000"}), f"n{number}") for number in range(5000)]
    assert ancestry_faults(view, order(view), asked) == []
    assert ancestry_faults(view, order(view), [(frozenset({"n0"}), f"n{number}") for number in range(1, 5000)]) == list(
        range(4999)
    )
