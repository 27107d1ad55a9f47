"""Durations as a file writes them ("250ms", "30s", "5m", "2h", "1d", or seconds) and as people read them."""

from __future__ import annotations

import math
import re

__all__ = ["LONGEST", "UNITS", "format_duration", "parse_duration"]

#: Seconds in each unit that a file may write.
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

#: The longest duration there is, in seconds: some 316 years, so that a due time always fits a calendar.
LONGEST = 1e10

_TEXT = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|s|m|h|d)")


def parse_duration(value: str | float) -> float:
    """Seconds in ``value``: a text such as ``"1.5s"``, or a number, which is seconds already.

    Raises ValueError, in one sentence, for anything else: another unit, a negative number, more than `LONGEST`.
    """
    if isinstance(value, str):
        match = _TEXT.fullmatch(value)
        if match is None:
            raise ValueError(
                f"`{value}` is no duration; write `250ms`, `30s`, `5m`, `2h`, `1d`, or a number of seconds"
            )
        # Divided rather than multiplied, so that 250ms is 0.25 and not 0.25000000000000006.
        number = float(match[1])
        seconds = number / 1000 if match[2] == "ms" else number * UNITS[match[2]]
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a duration is a text such as `30s`, or a number of seconds")  # noqa: TRY004 - one error to catch
    else:
        seconds = math.inf if isinstance(value, int) and value > LONGEST else float(value)
    if not 0 <= seconds <= LONGEST:
        raise ValueError(f"a duration lies between 0 and {LONGEST:.0f} seconds")
    return seconds


def format_duration(seconds: float) -> str:
    """``seconds`` as short text: ``503ms``, ``1.7s``, ``2m05s``, ``1h02m``, ``3d04h``; less than nothing is ``0ms``."""
    milliseconds = round(max(0.0, seconds) * 1000)
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    tenths = round(seconds * 10)
    if tenths < 600:
        return f"{tenths / 10:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    minutes = whole // 60
    if minutes < 1440:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    return f"{minutes // 1440}d{minutes // 60 % 24:02d}h"
