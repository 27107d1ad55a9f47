"""Which rows of a run are shown when there is room for fewer than there are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from wflow.progress import STATUSES, Row, View

__all__ = ["Selection", "is_joined", "select"]


class Selection:
    """Rows to show. ``lines`` is how many they take, ``hidden`` counts the nodes left out by status; empty when all
    are shown.

    An iteration of a single node takes no line of its own: it is told on the line of that node.
    """

    __slots__ = ("_below", "_chosen", "hidden", "lines")

    def __init__(self) -> None:
        self._chosen: set[Row] = set()
        self._below: dict[Row, list[Row]] = {}
        self.lines = 0
        self.hidden: dict[str, int] = {}

    def __contains__(self, row: Row) -> bool:
        return row in self._chosen

    def add(self, row: Row) -> None:
        """Have the row shown; what it is below must be shown already."""
        self._chosen.add(row)
        self.lines += not is_joined(row)
        if row.parent is not None:
            self._below.setdefault(row.parent, []).append(row)

    def below(self, row: Row) -> list[Row]:
        """The chosen rows right below this one, in the order of the file."""
        return sorted(self._below.get(row, ()), key=_order)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._chosen)


def is_joined(row: Row) -> bool:
    """Whether the row is an iteration that is told on the line of its only node."""
    return row.key is not None and len(row.outline.body) == 1


def _order(row: Row) -> int:
    return row.order


def select(view: View, room: int | None) -> Selection:
    """The rows to show in ``room`` lines (None: any number), one of them for the count of what is left out.

    All where they fit. Else the root; failed rows, first ones first, in up to half of the room; those under way; then
    level by level what there is, of a loop its last iterations. A row comes with all that it is below.
    """
    chosen = Selection()
    if room is None or _fits(view.root, room):
        stack = [view.root]
        while stack:
            row = stack.pop()
            chosen.add(row)
            stack.extend(row.children)
    else:
        chosen.add(view.root)
        lines = max(1, room - 1)
        _take(chosen, islice(view.failed, lines), 1 + lines // 2)
        _take(chosen, view.active, lines)
        _fill(chosen, view.root, lines)
    _count_hidden(chosen, view)
    return chosen


def _fits(root: Row, room: int) -> bool:
    seen = 0
    stack = [root]
    while stack:
        row = stack.pop()
        seen += not is_joined(row)
        if seen > room:
            return False
        stack.extend(islice(row.children, room + 1))
    return True


def _take(chosen: Selection, rows: Iterator[Row] | dict[Row, None], lines: int) -> None:
    for row in rows:
        if chosen.lines >= lines:
            return
        way: list[Row] = []
        current: Row | None = row
        while current is not None and current not in chosen:
            way.append(current)
            current = current.parent
        if chosen.lines + sum(not is_joined(one) for one in way) <= lines:
            for one in reversed(way):
                chosen.add(one)


def _fill(chosen: Selection, root: Row, lines: int) -> None:
    level = [root]
    while level and chosen.lines < lines:
        following: list[Row] = []
        for row in level:
            tally = row.tally
            if tally is None:
                continue
            loop = row.type in ("foreach", "while")
            rows = reversed(tally.children.values()) if loop else iter(tally.children.values())
            for child in islice(rows, 2 * lines):
                if not child.shown:
                    continue
                if child not in chosen:
                    if chosen.lines >= lines:
                        break
                    chosen.add(child)
                following.append(child)
        level = following


def _count_hidden(chosen: Selection, view: View) -> None:
    hidden = {status: view.counts[status] for status in STATUSES}
    for row in chosen:
        if row.parent is not None and row.key is None:
            hidden[row.status] -= 1
    chosen.hidden = {status: number for status, number in hidden.items() if number > 0}
