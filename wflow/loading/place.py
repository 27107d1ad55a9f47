"""Diagnostics to problems: each gets the line, the column and the text of the line that it is about."""

from __future__ import annotations

from typing import Any

from wflow.loading.positions import concrete, locate, offset_place
from wflow.loading.refusal import Found, Refused
from wflow.loading.text import tokens
from wflow.model.diagnostics import Diagnostic, Problem
from wflow.model.plenty import MAX_PROBLEMS
from wflow.model.workflow import Path

__all__ = ["place"]

#: Characters of a line that a problem keeps; the rest of a longer one is nothing that a reader could use.
_EXCERPT = 2_000


def place(name: str, text: str, tree: Any, diagnostics: list[Diagnostic], found: list[Found]) -> list[Problem]:
    """The problems of the file ``name``, by line and column; what is found twice in one place is told once."""
    if not diagnostics and not found:
        return []
    # Not splitlines(): what counts as a line here is what counts as one in YAML and in editors.
    lines = text.replace("\r\n", "\n").split("\n")
    placed = [(one.line, one.column, one.diagnostic) for one in found]
    placed += _placed(name, text, lines, tree, diagnostics)
    problems: dict[tuple[int, int, str, str], Problem] = {}
    for line, column, diagnostic in placed:
        excerpt, shown = _excerpt(lines, line, column)
        problem = Problem(
            file=name,
            line=line,
            column=shown,
            severity=diagnostic.severity,
            code=diagnostic.code,
            message=diagnostic.message,
            cure=diagnostic.cure,
            excerpt=excerpt,
        )
        problems.setdefault((line, column, problem.code, problem.message), problem)
    ordered = [problems[key] for key in sorted(problems)]
    if len(ordered) > MAX_PROBLEMS:
        ordered = ordered[:MAX_PROBLEMS]
    return ordered


def _excerpt(lines: list[str], line: int, column: int) -> tuple[str, int]:
    full = lines[line - 1] if 0 < line <= len(lines) else ""
    return full[: max(_EXCERPT, column + 200)] if column < 10 * _EXCERPT else "", column


def _placed(
    name: str, text: str, lines: list[str], tree: Any, diagnostics: list[Diagnostic]
) -> list[tuple[int, int, Diagnostic]]:
    if not diagnostics:
        return []
    wanted: list[tuple[Path, int]] = [concrete(tree, diagnostic.path) for diagnostic in diagnostics]
    try:
        places = locate(tokens(text, name), [path for path, _ in wanted])
    except Refused:
        places = {}
    placed = []
    for diagnostic, (path, offset) in zip(diagnostics, wanted, strict=True):
        spot = places.get(path)
        if spot is None:
            line, column = 0, 0
        elif diagnostic.at_key:
            line, column = spot.key.line, spot.key.column
        else:
            line, column = offset_place(lines, spot.value, offset + diagnostic.offset)
        placed.append((line + 1, column + 1, diagnostic))
    return placed
