"""The log files of a run: two for each attempt, ``logs/<address>#<number>.<attempt>.out`` and ``.err``."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

__all__ = ["LogFile", "log_files", "newest_log"]

_NAME = re.compile(r"(?s)(.+)#([0-9]+)\.([0-9]+)\.(out|err)")


class LogFile(NamedTuple):
    """One stream (``out`` or ``err``) of one attempt at an activation; ``written`` is when it was written to last."""

    written: float
    address: str
    number: int
    attempt: int
    stream: str
    path: Path


def log_files(folder: Path, address: str | None = None) -> list[LogFile]:
    """The logs in a run's folder, those that were finished first in front; the two streams of an attempt together.

    ``address`` limits them to a node and to what is below it.
    """
    logs = folder / "logs"
    found: list[LogFile] = []
    for place, _, names in os.walk(logs):
        for name in names:
            path = Path(place, name)
            match = _NAME.fullmatch(str(path.relative_to(logs)))
            if match is None or not (address is None or _is_at(match[1], address)):
                continue
            try:
                written = path.stat().st_mtime
            except OSError:
                continue  # removed meanwhile
            found.append(LogFile(written, match[1], int(match[2]), int(match[3]), match[4], path))
    ended: dict[tuple[str, int, int], float] = {}
    for log in found:
        ended[log[1:4]] = max(ended.get(log[1:4], 0.0), log.written)
    return sorted(found, key=lambda log: (ended[log[1:4]], log[1:4], log.stream == "err"))


def newest_log(folder: Path, address: str) -> Path | None:
    """The log of the last attempt at the node: what it wrote as errors, else what it printed; None without either."""
    base = folder / "logs" / address
    best: tuple[int, int, bool, Path] | None = None
    try:
        names = [path.name for path in base.parent.iterdir()]
    except OSError:
        return None
    for name in names:
        match = _NAME.fullmatch(name)
        if match is not None and match[1] == base.name:
            here = (int(match[2]), int(match[3]), match[4] == "err", base.parent / name)
            best = max(best, here) if best is not None else here
    return best[3] if best is not None else None


def _is_at(address: str, wanted: str) -> bool:
    return address == wanted or address.startswith((f"{wanted}/", f"{wanted}["))
