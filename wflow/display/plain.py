"""Whole lines for pipes and logs: every event, failures only, or nothing but the end of a run that went wrong."""

from __future__ import annotations

import time

from wflow.display.epilogue import LogPath, epilogue_of
from wflow.display.lines import event_line
from wflow.display.printer import Printer
from wflow.display.safe import safe_text
from wflow.progress import (
    Event,
    MessageDeadLettered,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    View,
)

__all__ = ["Errors", "Plain", "Quiet"]

#: Seconds after which lines are handed to whoever reads along, should no tick come first.
_FLUSH_AFTER = 0.1

#: A node's progress gets a line when it has gone on by as many percent.
_PROGRESS_STEP = 10.0


class Plain:
    """A line for each event, as it happens; of a node's progress one every ten percent."""

    def __init__(self, out: Printer, log_path: LogPath | None = None) -> None:
        self._out = out
        self._log_path = log_path
        self._marks = out.marks
        self._flushed = time.monotonic()
        self._percent: dict[str, float] = {}

    def start(self, view: View) -> None:
        """Nothing is said before the first event."""

    def event(self, event: Event, view: View) -> None:
        """Print the event's line."""
        if self._out.gone or not self._wanted(event):
            return
        self._out.write(event_line(event, view, self._marks) + "\n")
        now = time.monotonic()
        if now - self._flushed >= _FLUSH_AFTER:
            self._flushed = now
            self._out.flush()

    def _wanted(self, event: Event) -> bool:
        if isinstance(event, NodeProgress):
            if event.percent < self._percent.get(event.address, 0.0) + _PROGRESS_STEP:
                return False
            self._percent[event.address] = event.percent
        elif self._percent and isinstance(event, NodeCompleted | NodeFailed | NodeCancelled):
            self._percent.pop(event.address, None)
        return True

    def tick(self, view: View, now: float) -> None:
        """Hand on what has been printed."""
        self._out.flush()

    def note(self, text: str) -> None:
        """Print the sentence."""
        self._out.write(f"note: {safe_text(text, 2000)}\n")

    def finish(self, view: View) -> None:
        """Print what to do after a run that did not complete."""
        for line in epilogue_of(view, self._log_path):
            self._out.write(line + "\n")
        self._out.flush()


class Errors(Plain):
    """A line for each failure and each message given up, and the end of a run that went wrong."""

    def _wanted(self, event: Event) -> bool:
        return isinstance(event, NodeFailed | MessageDeadLettered)


class Quiet:
    """Nothing for a run that completes; else what to do next. ``out`` is where errors go."""

    def __init__(self, out: Printer, log_path: LogPath | None = None) -> None:
        self._out = out
        self._log_path = log_path

    def start(self, view: View) -> None:
        """Nothing is said."""

    def event(self, event: Event, view: View) -> None:
        """Nothing is said."""

    def tick(self, view: View, now: float) -> None:
        """Nothing is said."""

    def note(self, text: str) -> None:
        """Nothing is said."""

    def finish(self, view: View) -> None:
        """Print what to do after a run that did not complete."""
        for line in epilogue_of(view, self._log_path):
            self._out.write(line + "\n")
        self._out.flush()
