"""The live tree on a terminal: drawn over itself up to ten times a second, and left there when the run ends.

What is drawn is laid out in the run's own thread (a millisecond, ten times a second), since only there does the view
hold still; colouring and writing it is done by a thread that may wait for a slow or stopped terminal as long as it
likes: it takes the newest frame and skips those in between.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from wflow.display.epilogue import LogPath, epilogue_of
from wflow.display.printer import Printer
from wflow.display.safe import safe_text, width_of
from wflow.display.tree import Line, layout, styled
from wflow.progress import Event, View

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Canvas", "Live"]

#: Seconds between two frames.
_FRAME = 0.1

#: Seconds that the end of a run waits for a terminal that takes nothing.
_PATIENCE = 5.0

_ERASE_LINE = "\x1b[K"
_ERASE_BELOW = "\x1b[J"


class Canvas:
    """The lines at the bottom of a terminal that are drawn over, as text with the terminal's control sequences."""

    def __init__(self) -> None:
        self._widths: list[int] = []

    def draw(self, shown: list[str], widths: list[int], columns: int) -> str:
        """What to write so that the lines ``shown`` stand where the last ones stood.

        ``widths`` are their columns. A terminal made narrower since has broken the last ones: they now take as many
        lines as they need at ``columns``.
        """
        up = sum(max(1, -(-width // columns)) for width in self._widths)
        self._widths = widths
        begin = f"\x1b[{up}A\r" if up else "\r"
        return begin + "".join(f"{line}{_ERASE_LINE}\n" for line in shown) + _ERASE_BELOW

    def leave(self) -> None:
        """What is drawn stays; the next lines go below it."""
        self._widths = []


class Live:
    """The tree of a run on the terminal ``stream``. Colours as the terminal has them, none with ``NO_COLOR``."""

    def __init__(
        self, stream: TextIO, log_path: LogPath | None = None, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._stream = stream
        self._out = Printer(stream)
        self._marks = self._out.marks
        self._log_path = log_path
        self._environ = environ
        self._canvas = Canvas()
        self._next = 0.0
        self._now = 0.0
        self._wake = threading.Condition()
        self._frame: tuple[list[Line], int] | None = None
        self._notes: list[str] = []
        self._over = False
        self._writer = threading.Thread(target=self._write, name="wflow-display", daemon=True)

    def start(self, view: View) -> None:
        """Begin to draw."""
        self._writer.start()

    def event(self, event: Event, view: View) -> None:
        """Draw, unless that was done a moment ago."""
        self._now = max(self._now, event.at)
        if time.monotonic() >= self._next:
            self._show(view)

    def tick(self, view: View, now: float) -> None:
        """Draw what time has changed."""
        self._now = max(self._now, now)
        if time.monotonic() >= self._next:
            self._show(view)

    def note(self, text: str) -> None:
        """Put the sentence above the tree."""
        with self._wake:
            self._notes.append(f"note: {safe_text(text, 2000)}")
            self._wake.notify()

    def finish(self, view: View) -> None:
        """Draw the end, which stays, and below it what to do after a run that did not complete."""
        self._show(view)
        with self._wake:
            self._over = True
            self._wake.notify()
        self._writer.join(_PATIENCE)
        if self._writer.is_alive():
            return
        for line in epilogue_of(view, self._log_path):
            self._out.write(line + "\n")
        self._out.flush()

    def _show(self, view: View) -> None:
        self._next = time.monotonic() + _FRAME
        if self._out.gone:
            return
        columns, lines = self._size()
        # One column less: erasing to the end of a line that is full takes its last character away.
        frame = layout(view, self._now, max(1, columns - 1), max(1, lines - 1), self._marks)
        with self._wake:
            self._frame = (frame, columns)
            self._wake.notify()

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, lines = 80, 24
        return columns or 80, lines or 24

    def _write(self) -> None:
        console = self._console()
        frame: tuple[list[Line], int] | None = None
        while True:
            with self._wake:
                while self._frame is None and not self._notes and not self._over:
                    self._wake.wait()
                newest, notes, over = self._frame, self._notes, self._over
                self._frame, self._notes = None, []
            frame = newest or frame
            if frame is not None or notes:
                self._draw(console, frame, notes)
            if over and self._frame is None:
                return

    def _draw(self, console: Console, frame: tuple[list[Line], int] | None, notes: list[str]) -> None:
        columns = self._size()[0]
        shown = list(notes)
        widths: list[int] = []
        if frame is not None:
            with console.capture() as captured:
                console.print(styled(frame[0]), crop=False, soft_wrap=True)
            shown += captured.get().splitlines()
            widths = [width_of(line.text) for line in frame[0]]
        self._out.write(self._canvas.draw(shown, widths, columns))
        self._out.flush()

    def _console(self) -> Console:
        from rich.console import Console

        return Console(file=self._stream, markup=False, highlight=False, emoji=False, _environ=self._environ)
