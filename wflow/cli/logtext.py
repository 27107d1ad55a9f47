"""Log files read line by line, and a line made fit to be shown."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from wflow.display.safe import safe_line

__all__ = ["Cleaner", "Follower", "tail_of"]

_MASK = "***"

#: Characters of a line: what is longer is shown as several.
_LONGEST = 1 << 16

_BLOCK = 1 << 16


class Cleaner:
    """Masks secrets, takes control characters out (not with ``raw``), and leaves out lines without ``pattern``."""

    def __init__(self, secrets: Iterable[str], pattern: re.Pattern[str] | None, *, raw: bool) -> None:
        # Longest first: a secret that is part of another must not leave the other's rest readable.
        self._secrets = sorted(set(secrets), key=len, reverse=True)
        self._pattern = pattern
        self._raw = raw

    def clean(self, line: str) -> str | None:
        """The line as it is shown, without its end; None where it is not."""
        for secret in self._secrets:
            line = line.replace(secret, _MASK)
        if not self._raw:
            line = safe_line(line)
            for secret in self._secrets:  # once more: control characters may have stood in between
                line = line.replace(secret, _MASK)
        return line if self._pattern is None or self._pattern.search(line) else None


def tail_of(path: Path, tail: int | None) -> Iterator[str]:
    """The lines of a file without their ends, all or the last ``tail``; what is no UTF-8 is replaced.

    Nothing is raised for a file that has gone.
    """
    try:
        with path.open("rb") as file:
            if tail is not None:
                file.seek(_start_of_tail(file.fileno(), tail))
            while line := file.readline(_LONGEST):
                yield line.decode("utf-8", "replace").rstrip("\r\n")
    except OSError:
        return


def _start_of_tail(descriptor: int, tail: int) -> int:
    """Where the last ``tail`` lines begin, found from the file's end."""
    position = size = os.fstat(descriptor).st_size
    if tail == 0:
        return size
    ends = deque[int]()  # of the line ends seen so far, from the file's end back
    while position > 0:
        begin = max(0, position - _BLOCK)
        block = os.pread(descriptor, position - begin, begin)
        at = len(block)
        while (at := block.rfind(b"\n", 0, at)) >= 0:
            if begin + at + 1 == size:
                continue  # the end of the last line, not of the one before it
            ends.append(begin + at + 1)
            if len(ends) == tail:
                return ends[-1]
        position = begin
    return 0


class Follower:
    """Reads on in a file that grows. ``prefix`` goes before each of its lines."""

    def __init__(self, path: Path, prefix: str, tail: int | None) -> None:
        self.prefix = prefix
        self._path = path
        self._tail = tail
        self._at = -1

    def lines(self, *, at_end: bool) -> Iterator[str]:
        """The lines that have come since; one without an end only when there will be no more (``at_end``)."""
        try:
            with self._path.open("rb") as file:
                if self._at < 0:
                    self._at = 0 if self._tail is None else _start_of_tail(file.fileno(), self._tail)
                file.seek(self._at)
                while line := file.readline(_LONGEST):
                    if not line.endswith(b"\n") and len(line) < _LONGEST and not at_end:
                        return
                    self._at += len(line)
                    yield line.decode("utf-8", "replace").rstrip("\r\n")
        except OSError:
            return
