"""`wflow.graph.after`: what a path leads to, by the edges of all the definitions that there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.graph.after import after
from wflow.graph.plan import GraphPlan, Plan
from wflow.model import Workflow

Build = Callable[[str], Workflow]

DIAMOND = """
    nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}, d: {type: noop}, e: {type: noop}}
    edges: [a -> b -> d, a -> c -> d]
    """

RESCUED = """
    nodes:
      a: {type: noop}
      b: {type: noop, fallback: spare}
      c: {type: noop}
      spare: {type: noop}
    edges: [a -> b -> c]
    """


@pytest.fixture
def graph(workflow: Build) -> Callable[[str], GraphPlan]:
    return lambda text: Plan(workflow(text)).root


Graphs = Callable[[str], GraphPlan]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a", ["b", "c", "d"]), ("b", ["d"]), ("d", []), ("e", []), ("nobody", [])],
)
def test_nearer_ones_come_first_and_each_once(graph: Graphs, name: str, expected: list[str]) -> None:
    assert after([graph(DIAMOND)], name) == expected


def test_edges_of_both_definitions_count(graph: Graphs) -> None:
    old = graph("nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}}\nedges: [a -> b]")
    new = graph("nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}, d: {type: noop}}\nedges: [b -> c, d -> a]")
    assert after([new], "a") == []
    assert after([old, new], "a") == ["b", "c"]
    assert after([old, new], "d") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a", ["b", "c", "spare"]), ("b", ["c", "spare"]), ("spare", ["c"]), ("c", [])],
)
def test_what_stands_in_for_a_node_has_after_it_what_that_one_has(
    graph: Graphs, name: str, expected: list[str]
) -> None:
    assert after([graph(RESCUED)], name) == expected


def test_one_that_judges_each_message_is_left_out_when_asked_but_not_what_is_after_it(graph: Graphs) -> None:
    text = """
        nodes: {a: {type: noop}, b: {type: noop, join: each}, c: {type: noop}}
        edges: [a -> b -> c]
        """
    assert after([graph(text)], "a") == ["b", "c"]
    assert after([graph(text)], "a", but_each=True) == ["c"]


def test_ways_of_all_triggers_count_and_a_long_chain_is_no_trouble(graph: Graphs) -> None:
    text = """
        nodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}}
        edges: [{from: a, to: b, trigger: fail}, {from: b, to: c, trigger: always}]
        """
    assert after([graph(text)], "a") == ["b", "c"]
    names = [f"n{number}" for number in range(3000)]
    chain = "nodes: {" + ", ".join(f"{name}: {{type: noop}}" for name in names) + "}\n"
    assert after([graph(chain + f"edges: [{' -> '.join(names)}]")], "n0") == names[1:]
