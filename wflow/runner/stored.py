"""Large outputs read back from beside the journal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wflow.store.interface import Values

__all__ = ["loader"]


def loader(values: Values) -> Callable[[str], dict[str, Any]]:
    """What reads a stored output of the run by its hash. It raises JournalDamaged where that is gone or changed."""

    def load(digest: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(values.value(digest))
        return value

    return load
