from __future__ import annotations

import pytest

from wflow.loading.render import render_problem, safe
from wflow.model import Problem


def problem(**more: object) -> Problem:
    base: dict[str, object] = {
        "file": "f.yaml",
        "line": 3,
        "column": 5,
        "severity": "error",
        "code": "cycle",
        "message": "the nodes form a cycle",
        "cure": "remove an edge",
        "excerpt": "  - a -> a",
    }
    return Problem(**{**base, **more})  # type: ignore[arg-type]


def test_a_problem_is_place_message_line_caret_and_cure() -> None:
    assert render_problem(problem()) == (
        "f.yaml:3:5: error: the nodes form a cycle [cycle]\n3 |   - a -> a\n  |     ^\n  = remove an edge"
    )


def test_without_line_and_cure_it_is_one_line() -> None:
    assert render_problem(problem(excerpt="", cure=None)) == "f.yaml:3:5: error: the nodes form a cycle [cycle]"


def test_the_caret_stands_under_wide_characters_and_tabs() -> None:
    lines = render_problem(problem(excerpt="日本: x", column=5)).split("\n")
    assert lines[1:3] == ["3 | 日本: x", "  |       ^"]
    lines = render_problem(problem(excerpt="\t\tx", column=3)).split("\n")
    assert lines[1:3] == ["3 |   x", "  |   ^"]


def test_a_long_line_is_shown_around_the_caret() -> None:
    lines = render_problem(problem(excerpt="a" * 500 + "X" + "b" * 500, column=501)).split("\n")
    assert len(lines[1]) < 140
    assert lines[1][lines[2].index("^")] == "X"


@pytest.mark.parametrize(
    "text", ["\x1b[31mred", "a\rb", "a\nb", "\x9b31m", "\u202eevil", "\u200b", "\x00", "\x7f", "\ud800"]
)
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    shown = safe(text)
    assert shown.isprintable()
    rendered = render_problem(problem(file=text, message=text, cure=text, excerpt=text, column=1))
    assert all(line.isprintable() for line in rendered.split("\n"))
    rendered.encode()


def test_colour_is_added_only_where_it_is_asked_for() -> None:
    assert "\x1b[1;31m" in render_problem(problem(), colour=True)
    assert "\x1b[1;33m" in render_problem(problem(severity="warning"), colour=True)
    assert "\x1b" not in render_problem(problem())
