"""Spans of time as .NET writes them (``[d.]hh:mm[:ss[.fffffff]]``), made ours."""

from __future__ import annotations

import re
from math import inf
from typing import Any

from wflow.model.durations import LONGEST, parse_duration

__all__ = ["seconds_of", "written_duration"]

_SPAN = re.compile(r"(?:(\d{1,8})\.)?(\d{1,3}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?")
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def seconds_of(value: Any) -> float | None:
    """The span in seconds: a number is seconds, a text ``hh:mm:ss`` or what our own files may say. None for neither.

    What is longer than the longest of ours, as ``TimeSpan.MaxValue`` is, is the longest.
    """
    seconds = _seconds(value)
    return min(seconds, LONGEST) if seconds is not None else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(min(value, LONGEST)) if 0 <= value < inf else None
    if not isinstance(value, str):
        return None
    text = value.strip()
    match = _SPAN.fullmatch(text)
    if match is not None:
        days, hours, minutes, seconds, parts = match.groups("0")
        return int(days) * 86_400 + int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{parts}")
    try:
        return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else parse_duration(text)
    except ValueError:
        return None


def written_duration(seconds: float) -> str:
    """The span in the largest unit that says it whole; never less than a millisecond unless it is nothing."""
    milliseconds = max(round(seconds * 1000), 1 if seconds > 0 else 0)
    for unit, size in _UNITS:
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return "0s"
