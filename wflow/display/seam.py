"""The seam between a run and what shows it."""

from __future__ import annotations

from typing import Protocol

from wflow.progress import Event, View

__all__ = ["Display"]


class Display(Protocol):
    """Shows one run. All methods are called from the thread that the view belongs to; none raises or waits long.

    In order: `start` once; `event` after each event that the view has taken in; `tick` when there is time, ten times
    a second if it is to look alive, and at least once after a burst of events; `finish` once.
    """

    def start(self, view: View) -> None:
        """The run is about to begin or to go on; ``view`` is as it was left."""

    def event(self, event: Event, view: View) -> None:
        """``event`` has happened, and is in ``view`` already."""

    def tick(self, view: View, now: float) -> None:
        """Time has passed; ``now`` in seconds since the epoch."""

    def note(self, text: str) -> None:
        """A sentence for the user, such as a warning, that belongs to no event."""

    def finish(self, view: View) -> None:
        """Nothing more will come: show the end, and what to do after one that was not good."""
