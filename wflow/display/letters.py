"""Dead letters for people: in a table, and one of them whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from wflow.display.safe import cut, safe_text
from wflow.display.table import columns

__all__ = ["NO_LETTERS", "letter_text", "letters_text"]

#: What is said where there are none.
NO_LETTERS = "no dead letters"

_HEADINGS = ("RUN", "NUMBER", "NODE", "SINCE", "REASON", "ATTEMPTS", "ERROR")
_RIGHT = ("NUMBER", "ATTEMPTS")
_CELL = 80
_LINES = 200
_WIDEST = 2000


def letters_text(letters: Iterable[Mapping[str, Any]], spent: Iterable[Mapping[str, Any]], ellipsis: str) -> str:
    """The letters (`wflow.runner.deadletters.letter_json`) a line each, and a line for each run in which the oldest are
    kept no longer (``spent``).
    """
    rows = [tuple(cut(safe_text(cell), _CELL, ellipsis) for cell in _cells(one)) for one in letters]
    lines = [columns(_HEADINGS, rows, _RIGHT)] if rows else []
    lines += [
        f"of run {safe_text(one['run'])} {one['count']:,} more are kept no longer, "
        f"from {_moment(one['first_at'])} to {_moment(one['last_at'])}"
        for one in spent
    ]
    return "\n".join(lines) or NO_LETTERS


def _cells(letter: Mapping[str, Any]) -> tuple[str, ...]:
    error = letter["error"]
    return (
        letter["run"],
        str(letter["number"]),
        letter["address"],
        _moment(letter["at"]),
        letter["reason"],
        str(letter["attempts"]),
        f"{error['type']}: {error['message']}",
    )


def _moment(iso: str) -> str:
    return iso[:19].replace("T", " ")


def letter_text(letter: Mapping[str, Any]) -> str:
    """One letter with its envelope, its input and its traceback."""
    error = letter["error"]
    spent = f"{letter['attempts']} attempts" + (f", {letter['crashes']} crashes" if letter["crashes"] else "")
    node = f"{safe_text(letter['address'])}  ({safe_text(letter['type'])})"
    lines = [
        f"dead letter {letter['number']} of run {safe_text(letter['run'])}: {node}",
        f"  since {_moment(letter['at'])} UTC, its {letter['reason']} are spent: {spent}",
    ]
    lines += [f"  came over {safe_text(one['edge'])}  ({one['trigger']})" for one in letter["envelope"]]
    lines.append(f"  error: {safe_text(error['type'])}: {safe_text(error['message'], _WIDEST)}")
    lines += [f"    {_line(text)}" for text in error["traceback"].splitlines()[-_LINES:]]
    told = json.dumps(letter["input"], indent=2, ensure_ascii=False).split("\n")
    lines.append(f"  input: {_line(told[0])}")
    lines += [f"  {_line(text)}" for text in told[1:_LINES]]
    if len(told) > _LINES:
        lines.append(f"  … {len(told) - _LINES} more lines; --json has them all")
    return "\n".join(lines)


def _line(text: str) -> str:
    bare = text.lstrip(" ")
    return " " * min(80, len(text) - len(bare)) + safe_text(bare, _WIDEST)
