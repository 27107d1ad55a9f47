"""Secrets taken out of what is written: in journal records, and in logs when they are shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

__all__ = ["MASK", "masker"]

MASK = "***"

#: Values shorter than this would mask half of every text.
_SHORTEST = 3


def masker(values: Iterable[str]) -> Callable[[str], str] | None:
    """What replaces every one of ``values`` in a JSON text, longest first; None where there is nothing to mask."""
    found = sorted({value for value in values if len(value) >= _SHORTEST}, key=len, reverse=True)
    if not found:
        return None
    escaped = [json.dumps(value)[1:-1] for value in found]

    def mask(text: str) -> str:
        for value in escaped:
            text = text.replace(value, MASK)
        return text

    return mask
