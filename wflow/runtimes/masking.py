"""Secrets: what stands in an environment name that a workflow calls secret is written nowhere, `***` stands for it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MASK", "Masker", "masker_for"]

MASK = "***"

#: Values shorter than this stand in every text: masking them would hide everything but themselves.
SHORTEST = 3


class Masker:
    """Puts `MASK` in the place of secret ``values``, the longest first; ``longest`` is its length, 0 without any."""

    __slots__ = ("longest", "values")

    def __init__(self, values: Iterable[str]) -> None:
        # Longest first: a secret that is part of another must not leave the other's rest readable.
        self.values = tuple(
            sorted({value for value in values if len(value) >= SHORTEST}, key=lambda value: (-len(value), value))
        )
        self.longest = len(self.values[0]) if self.values else 0

    def text(self, text: str) -> str:
        """``text`` without the secrets."""
        for value in self.values:
            if value in text:
                text = text.replace(value, MASK)
        return text

    def value(self, value: Any) -> Any:
        """A JSON tree without the secrets in its strings and keys; a new tree where anything can have changed."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return value


def masker_for(names: Iterable[str], env: Mapping[str, str] | None = None) -> Masker | None:
    """What masks the values of these environment names, as the engine has them and as ``env`` sets them; None where
    none of them has a value.
    """
    values = []
    for name in names:
        for source in (os.environ, env or {}):
            value = source.get(name)
            if value:
                values.append(value)
                # A value read from a file often ends with a line break, and is printed without it.
                values.append(value.strip())
    masker = Masker(values)
    return masker if masker.longest else None
