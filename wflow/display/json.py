"""One JSON object a line for each event (design.md, ``run --output json``)."""

from __future__ import annotations

import time
from json import JSONEncoder

from wflow.display.printer import Printer
from wflow.display.safe import safe_text
from wflow.errors import WflowError
from wflow.progress import Event, NodeCompleted, View, events_json

__all__ = ["JsonLines"]

_FLUSH_AFTER = 0.1


class JsonLines:
    """A line for each event, in ASCII: whatever an output holds, no terminal acts on it.

    ``seq`` goes on over resumes. Notes go to ``errors``, since a line that is no event would be none of the shape.
    """

    def __init__(self, out: Printer, errors: Printer) -> None:
        self._out = out
        self._errors = errors
        self._encode = JSONEncoder(ensure_ascii=True, separators=(", ", ": ")).encode
        self._seq = 0
        self._flushed = time.monotonic()

    def start(self, view: View) -> None:
        """Numbers go on after those of the events that the view has."""
        self._seq = view.seq

    def event(self, event: Event, view: View) -> None:
        """Print the event."""
        self._seq += 1
        if self._out.gone:
            return
        try:
            told = events_json(event, self._seq)
        except WflowError as error:
            # An output whose file is gone is the run's business, which may not need it; the line is told without it.
            if not isinstance(event, NodeCompleted):
                raise
            self.note(f"the output of event {self._seq} cannot be read: {error}")
            told = events_json(event._replace(output=None), self._seq)
        self._out.write(self._encode(told).replace("\x7f", "\\u007f") + "\n")
        now = time.monotonic()
        if now - self._flushed >= _FLUSH_AFTER:
            self._flushed = now
            self._out.flush()

    def tick(self, view: View, now: float) -> None:
        """Hand on what has been printed."""
        self._out.flush()

    def note(self, text: str) -> None:
        """Print the sentence where errors go."""
        self._errors.write(f"note: {safe_text(text, 2000)}\n")
        self._errors.flush()

    def finish(self, view: View) -> None:
        """Hand on what has been printed."""
        self._out.flush()
