"""Outputs too large to stay in memory: kept beside the journal, read when something looks into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["STORED_ABOVE", "Stored", "opened"]

#: Outputs of more bytes than this, as JSON, live in a file of their own (design.md, Data).
STORED_ABOVE = 32 * 1024


class Stored:
    """A reference to an output in a file. ``size`` in bytes; ``load`` reads it, and may be called from any thread."""

    __slots__ = ("_load", "digest", "size")

    def __init__(self, digest: str, size: int, load: Callable[[str], dict[str, Any]]) -> None:
        self.digest = digest
        self.size = size
        self._load = load

    def load(self) -> dict[str, Any]:
        """The output. Raises JournalDamaged where the file is gone or changed."""
        return self._load(self.digest)


def opened(value: Any) -> Any:
    """The value itself, read from its file when it is a reference to one."""
    return value.load() if type(value) is Stored else value
