"""Times and spans as people read them."""

from __future__ import annotations

import time

__all__ = ["clock", "moment", "span"]


def span(seconds: float) -> str:
    """A span: ``503ms``, ``8.9s``, ``1m 05s``, ``2h 03m``, ``3d 04h``."""
    seconds = max(0.0, seconds)
    if seconds < 0.9995:
        return f"{round(seconds * 1000)}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600:02d}h"


def clock(at: float) -> str:
    """The local time of day of ``at`` (seconds since the epoch): ``12:03:04``."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def moment(at: float) -> str:
    """The local date and time of ``at``: ``2026-11-23 08:45:12``."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
