"""The one place that reads the machine's clocks."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """What the runner asks for the time; ``wflow.testing`` has one that tests move by hand."""

    def now(self) -> float:
        """Wall time in seconds since the epoch, as it is recorded."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back, to measure waits with."""

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""


class SystemClock:
    """The machine's clocks."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)
