"""Circuit breakers in a table: what ``wflow status --breakers`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from wflow.display.marks import UNICODE, Marks
from wflow.display.safe import cut, safe_text
from wflow.display.table import columns
from wflow.display.times import moment

__all__ = ["NO_BREAKERS", "breakers_text"]

#: What is said where there is no breaker to show.
NO_BREAKERS = "no run has used a breaker yet"

_HEADINGS = ("BREAKER", "STATE", "FAILED", "OPEN UNTIL", "CHANGED")

#: Columns of one cell: what is longer is cut.
_CELL = 100


def breakers_text(breakers: Iterable[Mapping[str, Any]], marks: Marks = UNICODE) -> str:
    """The breakers (as `wflow status --breakers --json` has them) in aligned columns; `NO_BREAKERS` where there are
    none. ``FAILED`` is of the last calls, how many.
    """
    rows = [tuple(cut(safe_text(cell), _CELL, marks.ellipsis) for cell in _cells(one)) for one in breakers]
    return columns(_HEADINGS, rows, ("FAILED",)) if rows else NO_BREAKERS


def _cells(breaker: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(breaker["name"]),
        str(breaker["state"]),
        f"{breaker['failures']}/{breaker['calls']}",
        _local(breaker["open_until"]),
        _local(breaker["changed_at"]),
    )


def _local(text: str | None) -> str:
    return "-" if text is None else moment(datetime.fromisoformat(text).timestamp())
