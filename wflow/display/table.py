"""Runs in a table: what ``wflow status`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wflow.display.marks import UNICODE, Marks
from wflow.display.safe import cut, safe_text, width_of
from wflow.display.times import moment, span

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["NO_RUNS", "columns", "render_table", "table_text"]

#: What is said where there is no run to show.
NO_RUNS = "no runs yet; start one with: wflow run FILE"

_HEADINGS = ("ID", "WORKFLOW", "STATUS", "STARTED", "DURATION", "PROGRESS")
_NUMBERS = ("DURATION", "PROGRESS")

#: Columns of one cell: what is longer is cut.
_CELL = 100


def table_text(runs: Iterable[Mapping[str, Any]], now: float, marks: Marks = UNICODE) -> str:
    """The runs in aligned columns, a line each below the headings; `NO_RUNS` where there are none.

    ``runs`` are summaries (`wflow.progress.summary`); one that is damaged may lack any of its keys. ``now`` in seconds
    since the epoch is what a run that still runs is measured to.
    """
    rows = [_cells(run, now, marks) for run in runs]
    if not rows:
        return NO_RUNS
    return columns(_HEADINGS, rows, _NUMBERS)


def columns(headings: tuple[str, ...], rows: list[tuple[str, ...]], right: tuple[str, ...]) -> str:
    """The rows, whose cells are safe to print, in aligned columns below their headings; those under ``right`` end in
    line.
    """
    lines = [headings, *rows]
    widths = [max(width_of(row[place]) for row in lines) for place in range(len(headings))]
    return "\n".join(_aligned(headings, row, widths, right) for row in lines)


def _aligned(headings: tuple[str, ...], row: tuple[str, ...], widths: list[int], right: tuple[str, ...]) -> str:
    cells: list[str] = []
    for heading, text, width in zip(headings, row, widths, strict=True):
        blank = " " * (width - width_of(text))
        cells.append(blank + text if heading in right else text + blank)
    return "  ".join(cells).rstrip()


def _cells(run: Mapping[str, Any], now: float, marks: Marks) -> tuple[str, ...]:
    status = str(run.get("status") or "damaged")
    started, ended = _seconds(run.get("started_at")), _seconds(run.get("ended_at"))
    if ended is None and status == "running":
        ended = now
    took = span(ended - started) if started is not None and ended is not None else "-"
    share = run.get("progress")
    cells = (
        str(run.get("id") or "-"),
        str(run.get("workflow") or "-"),
        f"{marks.status.get(status, marks.status['damaged'])} {status}",
        moment(started) if started is not None else "-",
        took,
        f"{int(share * 100 + 1e-9)}%" if isinstance(share, int | float) else "-",
    )
    return tuple(cut(safe_text(cell), _CELL, marks.ellipsis) for cell in cells)


def _seconds(text: Any) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


_STYLES = {
    "completed": "green",
    "running": "blue",
    "failed": "bold red",
    "cancelled": "magenta",
    "paused": "cyan",
    "interrupted": "yellow",
    "damaged": "bold red",
}


def render_table(runs: Iterable[Mapping[str, Any]], now: float, marks: Marks = UNICODE) -> Table | str:
    """The same as a rich table for a terminal; `NO_RUNS` where there are none."""
    from rich.table import Table
    from rich.text import Text

    rows = [_cells(run, now, marks) for run in runs]
    if not rows:
        return NO_RUNS
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in _NUMBERS else "left", no_wrap=True)
    for row in rows:
        style = _STYLES.get(row[2].partition(" ")[2], "")
        table.add_row(*(Text(cell, style if place == 2 else "") for place, cell in enumerate(row)))
    return table
