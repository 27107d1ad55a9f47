"""A run on the screen: its display, and where its logs are."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wflow.display.choose import display_for
from wflow.runner.logs import newest_log

if TYPE_CHECKING:
    from wflow.progress import Event, View
    from wflow.runner.run import Watcher

__all__ = ["RunSeen", "watchers"]


class RunSeen:
    """Keeps the view of the run that this process drives: ``view`` is None as long as there was none.

    While the run goes on, descriptor 1 is where standard error goes: what a child process of a Python script prints
    can then never stand between the lines of ``--output json``. ``stream`` is the true standard output.
    """

    def __init__(self) -> None:
        self.view: View | None = None
        self.stream: TextIO = sys.stdout
        self._aside = _true_output()
        if self._aside is not None:
            self.stream = self._aside

    def start(self, view: View) -> None:
        """Keep it."""
        self.view = view
        if self._aside is not None:
            sys.stdout.flush()
            os.dup2(2, 1)

    def event(self, event: Event, view: View) -> None:
        """Nothing to do."""

    def tick(self, view: View, now: float) -> None:
        """Nothing to do."""

    def finish(self, view: View) -> None:
        """Give descriptor 1 back."""
        if self._aside is not None:
            os.dup2(self._aside.fileno(), 1)


#: Kept to the end of the process: a display may still print to them.
_KEPT: list[TextIO] = []


def _true_output() -> TextIO | None:
    """A stream of its own on what descriptor 1 is now; None where standard output or error is no descriptor."""
    try:
        if sys.stdout.fileno() != 1:
            return None
        os.fstat(2)
        stream = os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
        _KEPT.append(stream)
        return stream
    except (OSError, ValueError, AttributeError):
        return None


def watchers(output: str | None, home: Path, seen: RunSeen | None = None) -> tuple[RunSeen, Watcher]:
    """What follows a run: the view's keeper, and the display for ``--output``.

    ``home`` is where runs are kept; ``seen`` a keeper to use again, for one run after another. Raises UsageError for an
    output that there is not.
    """
    seen = seen or RunSeen()

    def log_path(address: str) -> str | None:
        if seen.view is None:
            return None
        found = newest_log(home / "runs" / seen.view.run, address)
        return str(found) if found is not None else None

    return seen, display_for(output, seen.stream, sys.stderr, log_path=log_path)
