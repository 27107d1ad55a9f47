"""Cron expressions and time zones, tried out before anything waits for them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["is_zone", "schedule_fault"]

#: A day to look for due times from; any will do.
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)

#: Characters; every field written out, minute by minute, is shorter.
_LONGEST = 1_000


@lru_cache(maxsize=1024)
def schedule_fault(schedule: str) -> str | None:
    """Why ``schedule`` is no cron expression, or never comes due, as the end of a sentence; None where it does."""
    from cronsim import CronSim, CronSimError

    if len(schedule) > _LONGEST:
        return "is too long for a cron expression"
    try:
        due = next(CronSim(schedule, _SOME_DAY), None)
    except (CronSimError, ValueError) as error:
        reason = str(error).strip().lower()
        return f"is no cron expression{f': {reason}' if reason else ''}"
    return "never comes due" if due is None else None


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
