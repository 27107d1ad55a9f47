"""`wflow.graph.changes`: what differs between two definitions, as far as it matters to a result."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.graph.changes import changes
from wflow.graph.plan import GraphPlan, Plan
from wflow.model import Node, Workflow

Build = Callable[[str], Workflow]
Told = list[tuple[str, str, tuple[str, ...]]]
Differ = Callable[[str, str], Told]

OLD = """
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: "x = 1", env: {A: one}}
    edges: [a -> b]
    """


def same_file(old: Node, new: Node) -> bool:
    return True


@pytest.fixture
def differ(workflow: Build) -> Differ:
    """The changes from one text to another: the path, how, and why."""

    def told(old: str, new: str) -> Told:
        before, now = Plan(workflow(old)).root, Plan(workflow(new)).root
        return [("/".join(one.path), one.how, one.why) for one in changes(before, now, same_file)]

    return told


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('script: "x = 1"', 'script: "x = 2"', ("its script",)),
        ("A: one", "A: two", ("its env",)),
        ("A: one", "B: one", ("its env",)),
        ('type: python, script: "x = 1"', "type: noop", ("its type",)),
        ("edges: [a -> b]", "edges: []", ("what leads to it",)),
        ("edges: [a -> b]", "edges: [{from: a, to: b, trigger: fail}]", ("what leads to it",)),
        ("edges: [a -> b]", "edges: [{from: a, to: b, condition: '1 < 2'}]", ("what leads to it",)),
        ("edges: [a -> b]", "edges: [{from: a, to: b, enabled: false}]", ("what leads to it",)),
        ("env: {A: one}", "env: {A: one}, join: any", ("its join",)),
        ('script: "x = 1", env: {A: one}', "script: pass, join: any", ("its script", "its env", "its join")),
    ],
)
def test_what_matters_to_a_result_is_said_in_words(differ: Differ, old: str, new: str, why: tuple[str, ...]) -> None:
    assert old in OLD
    assert differ(OLD, OLD.replace(old, new)) == [("b", "changed", why)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("env: {A: one}", "env: {A: one}, title: Other, description: told anew"),
        ("env: {A: one}", "env: {A: one}, timeout: 5"),
        ("env: {A: one}", "env: {A: one}, retry: {max_attempts: 4}"),
        ("env: {A: one}", "env: {A: one}, isolation: process"),
        ("edges: [a -> b]", "edges: [{from: a, to: b}]"),
    ],
)
def test_what_does_not_matter_is_no_change(differ: Differ, old: str, new: str) -> None:
    assert old in OLD
    assert differ(OLD, OLD.replace(old, new) if old else OLD) == []


def test_the_order_of_the_nodes_is_no_change_and_those_gone_come_last(differ: Differ) -> None:
    old = "nodes: {gone: {type: noop}, a: {type: noop}, b: {type: noop}}"
    assert differ(old, "nodes: {b: {type: noop}, a: {type: noop}, gone: {type: noop}}") == []
    assert differ(old, "nodes: {b: {type: noop}, fresh: {type: noop}, a: {type: noop, join: any}}") == [
        ("fresh", "new", ()),
        ("a", "changed", ("its join",)),
        ("gone", "dropped", ()),
    ]


def test_inside_of_a_node_its_path_is_told_but_not_what_is_in_one_that_is_gone_or_new(differ: Differ) -> None:
    old = """
        nodes:
          box: {type: container, nodes: {in: {type: noop}, out: {type: noop}}}
          lost: {type: container, nodes: {deep: {type: noop}}}
        """
    new = """
        nodes:
          box: {type: container, nodes: {in: {type: python, script: pass}, more: {type: noop}}}
          found: {type: container, nodes: {deep: {type: noop}}}
        """
    assert differ(old, new) == [
        ("box/in", "changed", ("its type",)),
        ("box/more", "new", ()),
        ("box/out", "dropped", ()),
        ("found", "new", ()),
        ("lost", "dropped", ()),
    ]


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("[1, 2]", "[1, 2]", False),
        ("[1, 2]", "[2, 1]", True),
        ("[1]", "[1.0]", True),
        ("[1]", "[true]", True),
        ("[{k: 0}]", "[{k: false}]", True),
        ("[1]", "[1, 1]", True),
    ],
)
def test_values_are_compared_as_json(differ: Differ, one: str, other: str, differs: bool) -> None:
    text = "nodes: {each: {type: foreach, items: ITEMS, nodes: {a: {type: noop}}}}"
    expected: Told = [("each", "changed", ("its items",))] if differs else []
    assert differ(text.replace("ITEMS", one), text.replace("ITEMS", other)) == expected


def test_a_file_of_other_content_is_a_change_and_the_plan_of_before_is_told(workflow: Build) -> None:
    graph: GraphPlan = Plan(workflow(OLD)).root
    (change,) = changes(graph, graph, lambda old, new: old.id != "a", ("outer",))
    assert change == (("outer", "a"), "changed", ("its file",), graph.node("a"))
