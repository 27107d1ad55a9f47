from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.graph.nodes import RESERVED
from wflow.model import Diagnostic

Judge = Callable[[str], list[Diagnostic]]


def found_in(judged: Judge, nodes: str, rest: str = "") -> list[tuple[str, tuple[str | int, ...]]]:
    return [(one.code, one.path[1:]) for one in judged(f"nodes: {{{nodes}}}\n{rest}")]


@pytest.mark.parametrize(
    ("nodes", "code", "path"),
    [
        ("a: {type: noop, fallback: b}", "unknown-node", ("a", "fallback")),
        ("a: {type: noop, compensate: b}", "unknown-node", ("a", "compensate")),
        ("a: {type: cancel, targets: [a, b]}", "unknown-node", ("a", "targets", 1)),
        ("a: {type: noop, fallback: a}", "bad-fallback", ("a", "fallback")),
        ("a: {type: noop, compensate: a}", "bad-fallback", ("a", "compensate")),
        ("a: {type: noop, pool: b}", "unknown-pool", ("a", "pool")),
        ("a: {type: noop, join: 2}", "join-count", ("a", "join")),
        ("a: {type: noop, cancel_rest: true}", "cancel-rest", ("a", "cancel_rest")),
        ("a: {type: noop, cancel_rest: true, join: each}", "cancel-rest", ("a", "cancel_rest")),
        ("a: {type: foreach, items: [1], as: my-row, nodes: {b: {type: noop}}}", "loop-name", ("a", "as")),
        ("a: {type: subflow, file: b.yaml, outputs: {count: rows}}", "unknown-variable", ("a", "outputs", "count")),
    ],
)
def test_a_wrong_key_is_told_with_its_place(judged: Judge, nodes: str, code: str, path: tuple[str | int, ...]) -> None:
    assert found_in(judged, nodes) == [(code, path)]


def test_a_decision_has_no_fallback(judged: Judge) -> None:
    nodes = "a: {type: if, condition: input.x, fallback: b}, b: {type: noop}, c: {type: noop}"
    assert found_in(judged, nodes, "edges: [a.true -> c]") == [("bad-fallback", ("a", "fallback"))]


def test_fallbacks_may_have_fallbacks_but_not_in_a_circle(judged: Judge) -> None:
    chain = "a: {type: noop, fallback: b}, b: {type: noop, fallback: c}, c: {type: noop}"
    assert found_in(judged, chain) == []
    circle = "a: {type: noop, fallback: b}, b: {type: noop, fallback: c}, c: {type: noop, fallback: b}"
    assert found_in(judged, circle) == [("bad-fallback", ("b", "fallback")), ("bad-fallback", ("c", "fallback"))]


@pytest.mark.parametrize(
    "rest",
    [
        "edges: ['[a, b] -> c']",
        "edges: [{from: loop, to: c, trigger: next}]",
        "edges: [a -> every -> c]",
    ],
)
def test_a_join_may_wait_for_as_many_messages_as_can_come(judged: Judge, rest: str) -> None:
    nodes = (
        "a: {type: noop}, b: {type: noop}, c: {type: noop, join: 2}, every: {type: noop, join: each},"
        "loop: {type: foreach, items: [1], nodes: {x: {type: noop}}}"
    )
    assert found_in(judged, nodes, rest) == []


def test_a_pool_that_a_scope_holds_is_not_taken_again_inside(judged: Judge) -> None:
    nodes = "outer: {type: container, pool: p, nodes: {mid: {type: container, nodes: {in: {type: noop, pool: p}}}}}"
    assert found_in(judged, nodes, "pools: {p: 1, q: 1}") == [
        ("nested-pool", ("outer", "nodes", "mid", "nodes", "in", "pool"))
    ]
    assert (
        found_in(judged, nodes.replace("in: {type: noop, pool: p}", "in: {type: noop, pool: q}"), "pools: {p: 1, q: 1}")
        == []
    )


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_item_is_called_what_expressions_know_already(judged: Judge, name: str) -> None:
    nodes = f"a: {{type: foreach, items: [1], as: '{name}', nodes: {{b: {{type: noop}}}}}}"
    assert ("loop-name", ("a", "as")) in found_in(judged, nodes)


@pytest.mark.parametrize("kind", ["type: foreach, items: [1]", "type: while, condition: input.x"])
def test_a_timer_stands_in_no_loop_however_deep(judged: Judge, kind: str) -> None:
    timer = "{type: timer, schedule: 0 6 * * *}"
    nodes = f"a: {{{kind}, nodes: {{b: {{type: container, nodes: {{t: {timer}}}}}}}}}"
    assert found_in(judged, nodes) == [("timer-in-loop", ("a", "nodes", "b", "nodes", "t"))]
    assert found_in(judged, f"t: {timer}") == []


def test_a_case_that_names_its_port_is_an_id(judged: Judge) -> None:
    nodes = 'a: {type: switch, value: input.x, cases: {"two words": , "200": ok, fine-one: }}, b: {type: noop}'
    assert found_in(judged, nodes, "edges: [a.ok -> b]") == [("bad-id", ("a", "cases", "two words"))]
