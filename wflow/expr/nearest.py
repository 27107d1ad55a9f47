"""The known name that a wrong one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

__all__ = ["nearest"]

# Mappings come from outside and may have a million keys; an answer among the first is as good as none.
_MOST_CANDIDATES = 1000
_LONGEST = 80


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The name in ``known`` most like ``name``; None where none is like it. Looks at the first 1,000 only."""
    from difflib import get_close_matches  # on failures only: an expression that works does not wait for it

    candidates = {known: None for known in islice(known, _MOST_CANDIDATES) if len(known) <= _LONGEST}
    if not candidates or len(name) > _LONGEST:
        return None
    folded = name.replace("-", "_").casefold()
    for candidate in candidates:
        if candidate.replace("-", "_").casefold() == folded and candidate != name:
            return candidate
    found = get_close_matches(name, candidates, n=1, cutoff=0.6)
    return found[0] if found else None
