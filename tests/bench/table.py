"""A measurement beside its floor and its budget, and how the lot of them is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table.

    ``measured`` and ``floor`` are texts with their units, ``value`` is what the budget bounds (a ratio, a rate,
    seconds), ``limit`` the budget itself: at most it, or with ``least`` at least it. None: told, not judged.
    """

    work: str
    measured: str
    floor: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = "x"
    least: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.value is None or self.limit is None:
            return ""
        good = self.value >= self.limit if self.least else self.value <= self.limit
        return "ok" if good else "OVER" if not self.least else "UNDER"


HEADINGS = ("work", "measured", "floor", "value", "budget", "")


def cells(row: Row) -> tuple[str, ...]:
    def figure(number: float | None) -> str:
        if number is None:
            return ""
        return f"{number:,.0f} {row.unit}" if number >= 100 else f"{number:.2f} {row.unit}"

    budget = figure(row.limit)
    sign = ">= " if row.least else "<= "
    return (row.work, row.measured, row.floor, figure(row.value), sign + budget if budget else "", row.verdict)


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text, the notes of those that have one below."""
    rows = list(rows)
    body = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in body) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in body]
    lines.insert(1, "-" * max(map(len, lines)))
    lines += ["", *(f"{row.work}: {row.note}" for row in rows if row.note)]
    return "\n".join(lines).rstrip()
