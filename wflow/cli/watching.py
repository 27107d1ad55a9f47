"""A run on the screen: its display, and where its logs are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wflow.display.choose import display_for
from wflow.runner.logs import newest_log

if TYPE_CHECKING:
    from wflow.progress import Event, View
    from wflow.runner.run import Watcher

__all__ = ["RunSeen", "watchers"]


class RunSeen:
    """Keeps the view of the run that this process drives: ``view`` is None as long as there was none."""

    def __init__(self) -> None:
        self.view: View | None = None

    def start(self, view: View) -> None:
        """Keep it."""
        self.view = view

    def event(self, event: Event, view: View) -> None:
        """Nothing to do."""

    def tick(self, view: View, now: float) -> None:
        """Nothing to do."""

    def finish(self, view: View) -> None:
        """Nothing to do."""


def watchers(output: str | None, home: Path) -> tuple[RunSeen, Watcher]:
    """What follows a run: the view's keeper, and the display for ``--output``.

    ``home`` is where runs are kept. Raises UsageError for an output that there is not.
    """
    seen = RunSeen()

    def log_path(address: str) -> str | None:
        if seen.view is None:
            return None
        found = newest_log(home / "runs" / seen.view.run, address)
        return str(found) if found is not None else None

    return seen, display_for(output, sys.stdout, sys.stderr, log_path=log_path)
