"""`wflow.graph.patch`: what a patch makes of a workflow, and what is wrong with it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from wflow.graph.patch import check_patch, patched
from wflow.loading.build import build
from wflow.loading.yamltext import parse_yaml
from wflow.model import Diagnostic, Workflow

Build = Callable[[str], Workflow]

BASE = """
    variables: {count: 0}
    pools: {db: 1}
    nodes:
      a: {type: noop}
      b: {type: noop}
      c: {type: python, script: pass, fallback: instead}
      instead: {type: noop}
      while-true: {type: while, condition: 'true', nodes: {x: {type: noop}}}
    edges: [a -> b -> c]
    """


def patch(text: str) -> Workflow:
    edges: list[Diagnostic] = []
    built = build(parse_yaml(textwrap.dedent(text), []), edges)
    assert not edges
    return built


def found(workflow: Build, text: str) -> list[tuple[str, tuple[str | int, ...]]]:
    """The code and place of each problem of a patch for BASE."""
    return [(one.code, one.path) for one in check_patch(workflow(BASE), patch(text))]


def test_what_is_new_comes_after_what_is_there(workflow: Build) -> None:
    base = workflow(BASE)
    whole = patched(base, patch("variables: {n: 1}\npools: {q: 2}\nnodes: {d: {type: noop}}\nedges: [c -> d, a -> d]"))
    assert [node.id for node in whole.graph.nodes] == ["a", "b", "c", "instead", "while-true", "d"]
    assert [edge.text for edge in whole.graph.edges] == ["a -> b", "b -> c", "c -> d", "a -> d"]
    assert (whole.variables, whole.pools) == ({"count": 0, "n": 1}, {"db": 1, "q": 2})
    assert whole.graph.nodes[:5] == base.graph.nodes
    assert whole.name == base.name


def test_a_sound_patch_has_nothing_to_say_and_nothing_of_the_workflow_is_told_again(workflow: Build) -> None:
    assert found(workflow, "nodes: {d: {type: noop}, e: {type: noop, pool: db}}\nedges: [c -> d, d -> e]") == []
    assert found(workflow, "edges: [a -> c]") == []


def test_what_the_run_has_already_cannot_be_added(workflow: Build) -> None:
    text = "variables: {count: 1, n: 1}\npools: {db: 3}\nnodes: {a: {type: if, condition: nowhere}, d: {type: noop}}"
    assert found(workflow, text) == [
        ("already-there", ("nodes", "a")),
        ("already-there", ("variables", "count")),
        ("already-there", ("pools", "db")),
    ]


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("edges: [a -> nowhere]", "unknown-node", ("edges", 0, "to", "nowhere")),
        ("edges: [a -> b]", "already-there", ("edges", 0, "to", "b")),
        ("edges: [a -> c, a -> c]", "duplicate-edge", ("edges", 1, "to", "c")),
        ("edges: [c -> instead]", "aside-edges", ("edges", 0, "to", "instead")),
        ("nodes: {d: {type: noop}}\nedges: [c -> d, d -> a]", "cycle", ("edges", 1, "to", "a")),
        ("edges: [c -> a]", "cycle", ("edges", 0, "to", "a")),
        ("nodes: {d: {type: noop, pool: q}}", "unknown-pool", ("nodes", "d", "pool")),
        ("nodes: {d: {type: if, condition: input.x}}", "no-edge", ("nodes", "d")),
        ("nodes: {d: {type: python, script: pass, fallback: b}}", "bad-fallback", ("nodes", "d", "fallback")),
        (
            "nodes: {d: {type: wait, until: variables.nowhere == 1}}",
            "unknown-variable",
            ("nodes", "d", "until"),
        ),
        (
            "edges: [{from: a, to: c, condition: variables.n == 1}]",
            "unknown-variable",
            ("edges", 0, "condition"),
        ),
    ],
)
def test_the_whole_is_checked_and_told_in_the_places_of_the_patch(
    text: str, code: str, path: tuple[str | int, ...], workflow: Build
) -> None:
    assert found(workflow, text) == [(code, path)]


def test_what_the_patch_does_to_a_node_of_the_run_is_told_at_its_edges(workflow: Build) -> None:
    base = "nodes: {a: {type: noop}, b: {type: noop}, z: {type: noop}}\nedges: [b -> a, z -> b]"
    told = check_patch(workflow(base), patch("nodes: {d: {type: noop}}\nedges: [a -> d, d -> b]"))
    assert [(one.code, one.path[0]) for one in told] == [("cycle", "edges")]


def test_a_problem_that_the_workflow_had_before_is_none_of_the_patch(workflow: Build) -> None:
    broken = workflow("nodes: {a: {type: noop, pool: nowhere}}\n")
    assert check_patch(broken, patch("nodes: {d: {type: noop}}")) == []


def test_a_thousand_things_that_are_there_already_are_told_and_no_more(workflow: Build) -> None:
    base = "nodes: {" + ", ".join(f"n{number}: {{type: noop}}" for number in range(3000)) + "}"
    told = check_patch(workflow(base), patch(base))
    assert {one.code for one in told} == {"already-there"}
    assert 1000 <= len(told) < 3000
