"""A problem as people see it: where, what, the line with a caret, and the cure."""

from __future__ import annotations

import unicodedata

from wflow.model.diagnostics import Problem

__all__ = ["render_problem", "safe"]

_WIDTH = 120
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_BOLD, _DIM, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def render_problem(problem: Problem, *, colour: bool = False) -> str:
    """The problem as lines, without a last newline: ``file:line:col: error: message [code]``, the line of the file, a
    caret under the column, ``= cure``. No control character of the file or its name reaches the terminal.
    """
    bold, dim, off = (_BOLD, _DIM, _OFF) if colour else ("", "", "")
    hue = _COLOURS.get(problem.severity, "") if colour else ""
    place = f"{safe(problem.file)}:{problem.line}:{problem.column}:"
    lines = [f"{bold}{place}{off} {hue}{problem.severity}:{off} {safe(problem.message)} {dim}[{problem.code}]{off}"]
    if problem.excerpt.strip():
        excerpt, column = _window(problem.excerpt, problem.column - 1)
        number = str(problem.line)
        lines.append(f"{dim}{number} |{off} {safe(excerpt)}")
        lines.append(f"{dim}{' ' * len(number)} |{off} {' ' * _cells(safe(excerpt[:column]))}{hue}^{off}")
    if problem.cure:
        lines.append(f"  = {safe(problem.cure)}")
    return "\n".join(lines)


def safe(text: str) -> str:
    """``text`` in one line, with everything that a terminal could obey or lose itself in made visible as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == " " else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    if character == "\t":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around ``column``, and the column in it."""
    if len(line) <= _WIDTH:
        return line, column
    start = max(0, min(column - _WIDTH // 2, len(line) - _WIDTH))
    before = "..." if start else ""
    after = "..." if start + _WIDTH < len(line) else ""
    return before + line[start : start + _WIDTH] + after, column - start + len(before)


def _cells(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
