"""wflow's own command, for another process of it."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["own_command"]

#: Where this package is imported from.
_ROOT = Path(__file__).resolve().parents[2]


def own_command(*arguments: str) -> list[str]:
    """``wflow`` with these arguments, as this process runs it, whatever folder it is started in: one that happens to
    hold a module of a name that is imported must not be imported from.
    """
    safe = [] if Path.cwd() == _ROOT else ["-P"]
    return [sys.executable, *safe, "-m", "wflow", *arguments]
