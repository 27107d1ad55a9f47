from __future__ import annotations

import pytest

from wflow.loading.place import place
from wflow.loading.refusal import Found
from wflow.loading.yamltext import parse_yaml
from wflow.model import Diagnostic, Problem

TEXT = "name: x\nnodes:\n  a: {type: noop}\nedges:\n  - a -> bb\n"


def placed(*diagnostics: Diagnostic, found: tuple[Found, ...] = (), text: str = TEXT) -> list[Problem]:
    return place("f.yaml", text, parse_yaml(text, []), list(diagnostics), list(found))


def diagnostic(path: tuple[str | int, ...], message: str = "m", offset: int = 0, *, at_key: bool = False) -> Diagnostic:
    return Diagnostic(code="cycle", message=message, path=path, offset=offset, at_key=at_key)


@pytest.mark.parametrize(
    ("path", "at_key", "line", "column", "excerpt"),
    [
        ((), True, 1, 1, "name: x"),
        (("name",), False, 1, 7, "name: x"),
        (("nodes", "a"), True, 3, 3, "  a: {type: noop}"),
        (("nodes", "a", "type"), False, 3, 13, "  a: {type: noop}"),
        (("edges", 0, "to", "bb"), False, 5, 10, "  - a -> bb"),
    ],
)
def test_a_diagnostic_gets_line_column_and_excerpt(
    path: tuple[str | int, ...], at_key: bool, line: int, column: int, excerpt: str
) -> None:
    (problem,) = placed(diagnostic(path, at_key=at_key))
    assert (problem.line, problem.column, problem.excerpt) == (line, column, excerpt)


def test_problems_come_by_line_and_each_once() -> None:
    one = diagnostic(("nodes", "a"), "second", at_key=True)
    found = Found(Diagnostic(code="bad-tag", message="first"), 1, 1)
    assert [problem.message for problem in placed(one, one, found=(found,))] == ["first", "second"]


def test_lines_are_those_of_yaml_also_with_other_line_ends() -> None:
    text = "name: x\r\nnodes:\r\n  a: {type: noop}\r\n"
    (problem,) = placed(diagnostic(("nodes", "a", "type")), text=text)
    assert (problem.line, problem.excerpt) == (3, "  a: {type: noop}")


def test_a_form_feed_in_a_text_is_no_line() -> None:
    text = 'name: x\ndescription: "a\x85b\u2028c"\nnodes: {a: {type: noop}}\n'
    (problem,) = placed(diagnostic(("nodes", "a", "type")), text=text)
    assert "noop" in problem.excerpt or problem.line >= 3


def test_a_line_without_end_is_cut() -> None:
    text = "name: " + "x" * 100_000
    (problem,) = placed(diagnostic(("name",)), text=text)
    assert len(problem.excerpt) < 5000


def test_nothing_to_place_costs_nothing() -> None:
    assert place("f", ": : not yaml", None, [], []) == []
