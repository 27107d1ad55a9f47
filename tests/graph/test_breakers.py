"""`wflow.graph.breakers`: who shares a breaker agrees on it, and has something for it to guard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.model import Diagnostic
from wflow.model.plenty import MAX_PROBLEMS, MAX_WARNINGS

Judge = Callable[[str], list[Diagnostic]]


def two(first: str, second: str) -> str:
    return (
        f"nodes:\n  a: {{type: python, script: pass, breaker: {{name: api{first}}}}}\n"
        f"  box: {{type: container, nodes: {{b: {{type: shell, script: x, breaker: {{name: api{second}}}}}}}}}\n"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        (", open_for: 30s", ""),
        (", open_for: 30", ", open_for: 500ms"),
        (", failure_threshold: 1", ", failure_threshold: 1.0"),
        (", minimum_calls: 10, half_open_successes: 3", ""),
    ],
)
def test_settings_are_compared_by_what_they_mean_in_all_graphs_of_a_file(
    judged: Judge, first: str, second: str
) -> None:
    clash = first == ", open_for: 30"
    assert [one.code for one in judged(two(first, second))] == (["breaker-clash"] if clash else [])


def test_a_clash_names_the_node_that_was_first_and_stands_at_the_other(judged: Judge) -> None:
    (found,) = judged(two("", ", minimum_calls: 3"))
    assert (found.severity, found.path) == ("error", ("nodes", "box", "nodes", "b", "breaker"))
    assert found.message == "`a` gives the breaker `api` other settings, and the two share it"


def test_breakers_of_two_names_have_nothing_to_do_with_each_other(judged: Judge) -> None:
    assert judged(two("", ", minimum_calls: 3").replace("name: api, ", "name: db, ")) == []


@pytest.mark.parametrize(
    ("node", "idle"),
    [
        ("type: noop", True),
        ("type: end", True),
        ("type: timer, schedule: '0 0 * * *'", True),
        ("type: cancel, targets: [b]", True),
        ("type: wait, for: 1s", False),
        ("type: shell, script: x", False),
        ("type: subflow, file: x.yaml", False),
        ("type: foreach, items: range(2), nodes: {x: {type: noop}}", False),
        ("type: http-of-a-package, url: x", False),
    ],
)
def test_a_breaker_where_nothing_is_called_is_warned_of(judged: Judge, node: str, idle: bool) -> None:
    found = judged(f"nodes: {{a: {{{node}, breaker: {{name: api}}}}, b: {{type: noop}}}}")
    assert [(one.severity, one.code, one.at_key) for one in found] == [("warning", "idle-breaker", True)] * idle


def test_one_that_does_nothing_agrees_with_all(judged: Judge) -> None:
    text = two("", "") + "  c: {type: noop, breaker: {name: api, minimum_calls: 1}}\n"
    assert [one.code for one in judged(text)] == ["idle-breaker"]


@pytest.mark.parametrize(("kind", "most"), [("noop", MAX_WARNINGS), ("shell, script: x", MAX_PROBLEMS)])
def test_a_file_full_of_them_is_told_of_a_part(judged: Judge, kind: str, most: int) -> None:
    lines = [f"  n{n}: {{type: {kind}, breaker: {{name: api, minimum_calls: {n}}}}}\n" for n in range(1, 1500)]
    assert len(judged("nodes:\n" + "".join(lines))) == most
