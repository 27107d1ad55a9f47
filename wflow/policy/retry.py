"""Whether a failed attempt is tried again, and after how long."""

from __future__ import annotations

from zlib import crc32

from wflow.model import Retry

__all__ = ["delay_before", "wants_retry"]


def wants_retry(retry: Retry, error_type: str, exit_code: int | None) -> bool:
    """Whether the policy covers this error, by its type or by ``exit:N``. ``not_on`` wins over ``on``."""
    names = {error_type} if exit_code is None else {error_type, f"exit:{exit_code}"}
    if names & set(retry.not_on):
        return False
    return not retry.on or bool(names & set(retry.on))


def delay_before(retry: Retry, attempt: int, ident: str) -> float:
    """Seconds to wait after attempt number ``attempt`` (from 1) failed.

    ``fixed``: the initial delay; ``linear``: times the attempt; ``exponential``: times ``multiplier`` to the power of
    the attempts before. Capped by ``max_delay``, then spread by ``jitter`` (0.25: up to a quarter more or less). The
    spread follows from ``ident`` and the attempt, so that a replay of the journal comes to the same.
    """
    if retry.strategy == "fixed":
        delay = retry.initial_delay
    elif retry.strategy == "linear":
        delay = retry.initial_delay * attempt
    else:
        try:
            delay = retry.initial_delay * retry.multiplier ** (attempt - 1)
        except OverflowError:
            delay = retry.max_delay
    delay = min(delay, retry.max_delay)
    if retry.jitter:
        spread = crc32(f"{ident}/{attempt}".encode()) / 0xFFFFFFFF * 2 - 1
        delay *= 1 + retry.jitter * spread
    return max(0.0, delay)
