"""Whether a timer triggers now: what came due since it last did, and what of that is made up for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["FRESH", "Triggering", "triggering"]

#: Seconds for which a due time is fresh: cron starts a command within its minute.
FRESH = 60.0


class Triggering(NamedTuple):
    """``due`` is the due time that triggers, None where none does; ``last`` is what to remember for the next look.

    Both are seconds since the epoch.
    """

    due: float | None
    last: float


def triggering(
    last: float | None,
    now: float,
    *,
    latest_until: Callable[[float], float | None],
    next_after: Callable[[float], float | None],
    on_start: bool = False,
    catch_up: str = "none",
    window: float | None = None,
) -> Triggering:
    """What a timer does at ``now`` that last triggered for ``last`` (None: it has never been looked at).

    Each due time triggers once at most, whatever the clock does: none at or before ``last`` ever triggers again.
    ``none`` triggers for a due time of the last minute only, ``latest`` for the last one missed, ``all`` for each
    missed one, oldest first, one a look; ``window`` (seconds) says how old a missed one may be. Nothing that came due
    before the first look counts as missed, and with ``on_start`` that look triggers whatever is due.
    """
    if last is None:
        if on_start:
            return Triggering(now, now)
        last = now - FRESH
    oldest = FRESH if catch_up == "none" else window
    since = last if oldest is None else max(last, now - oldest)
    due = next_after(since) if catch_up == "all" else latest_until(now)
    if due is None or due <= since or due > now:
        return Triggering(None, last)
    return Triggering(due, due)
