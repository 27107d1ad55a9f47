"""The JSON shapes in which a run is told (design.md, Command line): times ISO 8601 in UTC, durations in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from wflow.engine.events import Event, Fault, event_name
from wflow.engine.values import opened
from wflow.progress.rows import STATUSES, Row, subtree
from wflow.progress.view import View

__all__ = ["error_json", "events_json", "iso", "runs_json", "status_json", "summary"]


def iso(at: float | None) -> str | None:
    """Seconds since the epoch as ``2026-11-23T08:45:12.417000Z``; None for None."""
    if at is None:
        return None
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


def error_json(fault: Fault | None) -> dict[str, str] | None:
    """An error as ``{address, type, message}``, or None."""
    return None if fault is None else {"address": fault.address, "type": fault.type, "message": fault.message}


def summary(
    view: View,
    *,
    file: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    status: str | None = None,
) -> dict[str, Any]:
    """One run without its nodes, as the index keeps it and ``status --json`` lists it.

    ``status`` says what the view cannot know: ``interrupted``, ``damaged``. ``progress`` is from 0 to 1; ``counts`` has
    every node status and ``tolerated``.
    """
    return {
        "version": 1,
        "id": view.run,
        "workflow": view.workflow,
        "file": file,
        "status": status or view.status,
        "started_at": iso(view.started_at),
        "ended_at": iso(view.ended_at),
        "parameters": dict(parameters or {}),
        "variables": dict(variables or {}),
        "outputs": view.outputs,
        "progress": round(view.progress(), 4),
        "error": error_json(view.error),
        "counts": {name: view.counts[name] for name in (*STATUSES, "tolerated")},
    }


def status_json(
    view: View,
    *,
    file: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    status: str | None = None,
) -> dict[str, Any]:
    """One run with its nodes, as ``status ID --json`` prints it; arguments as for `summary`.

    ``nodes`` are in the order of the file, each before those it owns, iterations as they started (of a long loop those
    whose rows are kept). A fallback or a compensation is there once it has started.
    """
    told = summary(view, file=file, parameters=parameters, variables=variables, status=status)
    told["nodes"] = [_node(row) for row in subtree(view.root) if row.parent is not None and row.key is None]
    return told


def runs_json(summaries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What ``status --json`` prints of these summaries."""
    return {"version": 1, "runs": [dict(one) for one in summaries]}


def _node(row: Row) -> dict[str, Any]:
    return {
        "address": row.address,
        "type": row.type,
        "status": row.status,
        "activations": row.activations,
        "attempts": row.attempts,
        "started_at": iso(row.started_at),
        "ended_at": iso(row.ended_at),
        "duration": row.duration,
        "progress": round(row.progress() or 0.0, 4),
        "error": error_json(row.error),
    }


def events_json(event: Event, seq: int) -> dict[str, Any]:
    """One line of ``run --output json``: ``event``, ``at``, ``seq``, and what the event says.

    An output that is kept in a file is read. Raises JournalDamaged where that is gone or changed.
    """
    told: dict[str, Any] = {"event": event_name(event), "at": iso(event.at), "seq": seq, "version": 1}
    for name, value in zip(event._fields[1:], event[1:], strict=True):
        if name == "output":
            told[name] = opened(value)
        elif name == "error":
            told[name] = error_json(value)
        elif name == "due":
            told[name] = iso(value)
        elif name == "graph":
            told["nodes"] = [node.id for node in value.nodes]
            told["edges"] = [edge.text for edge in value.edges]
        else:
            told[name] = value
    return told
