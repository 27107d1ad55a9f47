"""Rows as JSON and back, for the snapshot of a view. What has not started and is in the definition is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wflow.engine.events import Fault
from wflow.progress.outline import Outline
from wflow.progress.rows import Row, Tally

__all__ = ["fault_data", "fault_of", "fill", "fill_folded", "fill_tally", "folded_data", "rows_data", "tally_data"]

_TALLY = ("known", "finished", "parallel", "items", "made", "highest", "folded", "stale")


def fault_data(fault: Fault | None) -> list[str] | None:
    """An error without its traceback, which the run's journal has."""
    return None if fault is None else [fault.address, fault.type, fault.message]


def fault_of(data: list[str] | None) -> Fault | None:
    """The error that `fault_data` told of."""
    return None if data is None else Fault(data[0], data[1], data[2])


def rows_data(rows: Iterable[Row]) -> list[list[Any]]:
    """The rows in the order in which they came to be, each as a list that begins with its address and its type.

    Most rows end as they should and have nothing more to tell: their lists end after the two times.
    """
    found: list[list[Any]] = []
    for row in rows:
        status = row.status
        if (status == "pending" and not row.activations and row.key is None) or row.parent is None:
            continue
        kept = [row.address, row.outline.type, status, row.activations, row.attempts, row.started_at, row.ended_at]
        if status != "completed" or row.tally is not None or row.max_attempts or row.percent is not None:
            error, tally = fault_data(row.error), tally_data(row)
            kept += (row.max_attempts, row.percent, row.due, error, row.handled, tally)
        found.append(kept)
    return found


def fill(row: Row, data: list[Any]) -> None:
    """Give the row what `rows_data` told of it."""
    _, _, row.status, row.activations, row.attempts, row.started_at, row.ended_at = data[:7]
    if len(data) > 7:
        row.max_attempts, row.percent, row.due, error, row.handled, tally = data[7:]
        row.error = fault_of(error)
        fill_tally(row, tally)


def tally_data(row: Row) -> list[Any] | None:
    """The counts of what is below the row; None where nothing is."""
    tally = row.tally
    return None if tally is None else [getattr(tally, name) for name in _TALLY]


def fill_tally(row: Row, data: list[Any] | None) -> None:
    """Give the row's tally what `tally_data` told of it."""
    if data is not None:
        if row.tally is None:
            row.tally = Tally()
        for name, value in zip(_TALLY, data, strict=True):
            setattr(row.tally, name, value)


def folded_data(outline: Outline) -> list[list[Any]]:
    """The counts of rows that are no longer kept, each with the ids that lead to its node."""
    found: list[list[Any]] = []
    stack: list[tuple[Outline, list[str]]] = [(outline, [])]
    while stack:
        current, path = stack.pop()
        if current.folded:
            found.append([path, current.type, dict(current.folded)])
        stack.extend((child, [*path, child.id]) for child in current.body.values())
    return found


def fill_folded(outline: Outline, data: list[list[Any]]) -> None:
    """Give the outline below ``outline`` what `folded_data` told of it."""
    for path, kind, folded in data:
        current = outline
        for name in path:
            current = current.body.get(name) or current.add(Outline(name, kind))
        current.folded.update(folded)
