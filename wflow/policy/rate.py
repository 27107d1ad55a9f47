"""A token bucket: how many starts a rate allows now, and how long until the next."""

from __future__ import annotations

from wflow.model import Rate

__all__ = ["refill"]


def refill(rate: Rate, bucket: tuple[float, float] | None, now: float) -> tuple[float, float]:
    """The tokens in the bucket at ``now`` and the seconds until there is a whole one (0 when there is).

    ``bucket`` is ``(tokens, when they were counted)``, None for a full one. A bucket holds at most ``rate.count``
    tokens, at least one; a clock that went back adds none.
    """
    size = max(1.0, rate.count)
    if bucket is None:
        return size, 0.0
    tokens, counted = bucket
    speed = rate.count / rate.per
    tokens = min(size, tokens + max(0.0, now - counted) * speed)
    if tokens >= 1 - 1e-9:
        return tokens, 0.0
    return tokens, (1 - tokens) / speed
