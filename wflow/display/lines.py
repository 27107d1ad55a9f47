"""An event as one line of plain text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wflow.display.marks import UNICODE, Marks
from wflow.display.safe import safe_text
from wflow.display.times import clock, span
from wflow.progress import (
    Event,
    Fault,
    MessageDeadLettered,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunAmended,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    View,
)

__all__ = ["event_line"]


def event_line(event: Event, view: View, marks: Marks = UNICODE) -> str:
    """The event's line, such as ``12:03:04 ✓ load/insert completed in 503ms``, without an end of line."""
    status, text = _TELL[type(event)](event, view)
    return f"{clock(event.at)} {marks.status[status]} {text}"


def _fault(fault: Fault) -> str:
    kind = safe_text(fault.type)
    return f"{kind}: {safe_text(fault.message, 500)}" if fault.message else kind


def _node(event: Any) -> str:
    return safe_text(event.address, 300)


def _run_started(event: RunStarted, view: View) -> tuple[str, str]:
    return "running", f"{safe_text(event.workflow)} started as {safe_text(event.run)}"


def _run_amended(event: RunAmended, view: View) -> tuple[str, str]:
    nodes, edges = len(event.graph.nodes), len(event.graph.edges)
    text = f"{safe_text(view.workflow)} amended, {_counted(nodes, 'node')} and {_counted(edges, 'edge')} added"
    names = ", ".join(node.id for node in event.graph.nodes[:10])
    return "running", f"{text}: {safe_text(names)}{', …' if nodes > 10 else ''}" if names else text


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _run_paused(event: RunPaused, view: View) -> tuple[str, str]:
    return "paused", f"{safe_text(view.workflow)} paused"


def _run_resumed(event: RunResumed, view: View) -> tuple[str, str]:
    return "running", f"{safe_text(view.workflow)} resumed as {safe_text(event.run)}"


def _run_finished(event: RunFinished, view: View) -> tuple[str, str]:
    name = safe_text(view.workflow)
    took = f" in {span(event.at - view.started_at)}" if view.started_at is not None else ""
    if event.status == "failed":
        how = "timed out" if event.timed_out else "failed"
        return "failed", f"{name} {how}{took}" + (f": {_fault(event.error)}" if event.error is not None else "")
    tolerated = f", {event.tolerated:,} failed {_items(event.tolerated)} tolerated" if event.tolerated else ""
    return event.status, f"{name} {event.status}{took}{tolerated}"


def _items(number: int) -> str:
    return "item" if number == 1 else "items"


def _started(event: NodeStarted, view: View) -> tuple[str, str]:
    text = f"{_node(event)} {'waits' if event.waiting else 'started'}"
    if event.items is not None:
        text += f", {event.items:,} {_items(event.items)}"
    if event.attempt > 1:
        text += f", attempt {event.attempt}"
    return ("waiting" if event.waiting else "running"), text


def _progress(event: NodeProgress, view: View) -> tuple[str, str]:
    message = safe_text(event.message)
    return "running", f"{_node(event)} {event.percent:.0f}%" + (f" {message}" if message else "")


def _completed(event: NodeCompleted, view: View) -> tuple[str, str]:
    return "completed", f"{_node(event)} completed in {span(event.duration)}"


def _failed(event: NodeFailed, view: View) -> tuple[str, str]:
    what = "failed, tolerated" if event.tolerated else "failed, handled" if event.handled else "failed"
    return "failed", f"{_node(event)} {what}, in {span(event.duration)}: {_fault(event.error)}"


def _retrying(event: NodeRetrying, view: View) -> tuple[str, str]:
    wait = span(event.due - event.at)
    return (
        "retrying",
        f"{_node(event)} attempt {event.attempt}/{event.max_attempts} failed, next in {wait}: {_fault(event.error)}",
    )


def _skipped(event: NodeSkipped, view: View) -> tuple[str, str]:
    return "skipped", f"{_node(event)} skipped, {safe_text(event.reason)}"


def _cancelled(event: NodeCancelled, view: View) -> tuple[str, str]:
    return "cancelled", f"{_node(event)} cancelled"


def _dead_lettered(event: MessageDeadLettered, view: View) -> tuple[str, str]:
    return "failed", f"{_node(event)} message set aside as a dead letter: {_fault(event.error)}"


_TELL: dict[type[Any], Callable[[Any, View], tuple[str, str]]] = {
    RunStarted: _run_started,
    RunAmended: _run_amended,
    RunPaused: _run_paused,
    RunResumed: _run_resumed,
    RunFinished: _run_finished,
    NodeStarted: _started,
    NodeProgress: _progress,
    NodeCompleted: _completed,
    NodeFailed: _failed,
    NodeRetrying: _retrying,
    NodeSkipped: _skipped,
    NodeCancelled: _cancelled,
    MessageDeadLettered: _dead_lettered,
}
