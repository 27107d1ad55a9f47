"""The iterations whose rows are kept: what runs, what failed first and what was last; the others are counted only.

A loop over a million items would otherwise keep a row for each of their nodes. What is let go stays in the counts,
and by status in its node's outline, from which it is taken back should the iteration show itself again: when a
resume runs it again, or a compensation undoes it.
"""

from __future__ import annotations

from wflow.progress.outline import Outline
from wflow.progress.rows import Row, Tally

__all__ = ["ROWS_KEPT", "Iterations", "seen_before", "take_back"]

#: Rows inside iterations that are kept by default, iterations themselves included.
ROWS_KEPT = 2_000

_RAN_AGAIN = ("failed", "cancelled", "skipped", "pending", "completed")
_UNDONE = ("completed", "failed", "cancelled", "skipped", "pending")


class Iterations:
    """The finished iterations of a view whose rows are there, oldest first, and how many rows ``count`` in them all."""

    __slots__ = ("count", "failed", "finished", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self.finished: dict[Row, None] = {}
        self.failed: dict[Row, None] = {}

    def settled(self, row: Row) -> None:
        """The iteration ended."""
        (self.failed if row.status == "failed" else self.finished)[row] = None

    def reopened(self, row: Row) -> None:
        """The iteration runs again, or is no longer there."""
        self.finished.pop(row, None)
        self.failed.pop(row, None)

    def next_to_go(self) -> Row | None:
        """The iteration to let go first: the oldest that did not fail, else the last that did; None where all run."""
        if self.finished:
            return next(iter(self.finished))
        return next(reversed(self.failed)) if self.failed else None

    def let_go(self, row: Row, rows: dict[str, Row], failed: dict[Row, None]) -> None:
        """Drop the iteration's rows from ``rows``, ``failed`` and its loop, and count them in their outlines."""
        self.reopened(row)
        parent = row.parent
        assert parent is not None
        assert parent.tally is not None
        assert row.key is not None
        del parent.tally.children[row.key]
        parent.tally.folded += 1
        stack = [row]
        while stack:
            gone = stack.pop()
            status = gone.status
            self.count -= 1
            del rows[gone.address]
            if gone.key is not None:
                self.reopened(gone)
            else:
                if status == "failed":
                    failed.pop(gone, None)
                if status != "pending" or not gone.outline.aside:
                    folded = gone.outline.folded
                    folded[status] = folded.get(status, 0) + 1
            if gone.tally is not None:
                stack.extend(gone.tally.children.values())


def seen_before(tally: Tally, key: str) -> bool:
    """Whether an iteration without a row is one that was let go, as far as can be told without keeping all keys.

    Indexes start in order, so that one not above the highest has been; other keys are known to have been once there
    were as many iterations as items.
    """
    if not tally.folded and not tally.stale:
        return False
    if key.isdecimal() and int(key) <= tally.highest:
        return True
    return tally.items is not None and tally.made >= tally.items


def take_back(outline: Outline, *, undone: bool) -> str | None:
    """A status that a row of this node had when it was let go, no longer counted as such; None where none was.

    ``undone`` when the iteration shows itself again to be compensated, which completed ones are.
    """
    folded = outline.folded
    for status in _UNDONE if undone else _RAN_AGAIN:
        if folded.get(status):
            folded[status] -= 1
            return status
    return None
