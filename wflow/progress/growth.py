"""How rows come to be: the definition's when the view is made, those inside iterations and subflows as they show."""

from __future__ import annotations

from collections.abc import Iterable

from wflow.ids import iteration_prefix
from wflow.model import SCOPE_TYPES
from wflow.progress.address import steps
from wflow.progress.iterations import Iterations, seen_before, take_back
from wflow.progress.outline import LOOPS, Outline
from wflow.progress.rows import DONE, Row, Tally, subtree

__all__ = ["Growth"]

#: How many iterations a loop has had of which nothing but the counts of their nodes was kept.
_NOBODY_KNOWS = 1 << 40


class Growth:
    """Makes the rows of one view, and counts them in ``counts`` and ``iterations``."""

    __slots__ = ("_counts", "_iterations", "_made", "_rows")

    def __init__(self, rows: dict[str, Row], counts: dict[str, int], iterations: Iterations) -> None:
        self._rows = rows
        self._counts = counts
        self._iterations = iterations
        self._made = 0

    def grow(self, row: Row) -> None:
        """Give the root what its outline says is below it, all still to come."""
        self._rows[""] = row
        self._below(row, inside=False, back=False, undone=False)

    def add(self, names: Iterable[str]) -> None:
        """Give the root rows for nodes that its outline got later, all still to come."""
        root = self._rows[""]
        self._children(root, _tally_of(root), names, inside=False, back=False, undone=False)

    def make(self, address: str, type: str) -> Row:
        """The row at this address, made with what leads to it where it is not there yet; ``type`` is its node's type.

        In a definition's node it takes its place there; what is in no definition that is known here, such as the
        nodes of a subflow's file, comes after what is there.
        """
        row = self._rows[""]
        inside = False
        for name, key in steps(address):
            outline = row.outline.body.get(name) or row.outline.add(Outline(name, ""))
            tally = _tally_of(row)
            child = tally.children.get(name)
            if child is None:
                child = self._new(row, outline, None, inside)
                self._counts["pending"] += 1
                tally.known += 1
            row = child
            if key is not None:
                inside = True
                row = self._iteration(row, key, address)
        if not row.outline.type:
            row.outline.type = type
        return row

    def _iteration(self, loop: Row, key: str, address: str) -> Row:
        tally = _tally_of(loop)
        row = tally.children.get(key)
        if row is not None:
            return row
        if not loop.outline.type:
            loop.outline.type = "foreach"
        row = self._new(loop, loop.outline.per_iteration(), key, inside=True)
        back = seen_before(tally, key)
        if not back:
            tally.made += 1
        elif tally.stale:
            tally.stale -= 1
        else:
            tally.folded -= 1
            row.status = "completed"
        if key.isdecimal():
            tally.highest = max(tally.highest, int(key))
        if not back:
            self._below(row, inside=True, back=False, undone=False)
            return row
        outline = loop.outline.body.get(steps(address)[-1][0])
        self._below(row, inside=True, back=True, undone=outline is not None and outline.aside)
        if row.status == "completed":
            self._iterations.settled(row)
        else:
            self._all_to_come(row)
        return row

    def _all_to_come(self, iteration: Row) -> None:
        for row in subtree(iteration):
            if row.key is None and row.status != "pending":
                self._counts[row.status] -= 1
                if not row.outline.aside:
                    self._counts["pending"] += 1
                row.status = "pending"
            if row.tally is not None:
                row.tally.finished = 0

    def _below(self, row: Row, *, inside: bool, back: bool, undone: bool) -> None:
        outline = row.outline
        tally = row.tally
        if tally is None:
            tally = row.tally = Tally()
        if outline.type in LOOPS:
            if back:
                tally.folded = tally.highest = _NOBODY_KNOWS
            return
        self._children(row, tally, outline.body, inside=inside, back=back, undone=undone)
        if inside:
            self._iterations.count += len(outline.body)

    def _children(
        self, row: Row, tally: Tally, names: Iterable[str], *, inside: bool, back: bool, undone: bool
    ) -> None:
        rows, counts = self._rows, self._counts
        prefix = f"{row.address}/" if row.parent is not None else ""
        for name in names:
            child = row.outline.body[name]
            address = prefix + name
            self._made += 1
            made = rows[address] = tally.children[name] = Row(child, row, address, None, self._made)
            status = take_back(child, undone=undone) if back else None
            if status is not None:
                made.status = status
                tally.finished += status in DONE and not child.aside
            elif not child.aside:
                counts["pending"] += 1
            tally.known += not child.aside
            if child.body or child.type in SCOPE_TYPES:
                self._below(made, inside=inside, back=back, undone=undone)

    def _new(self, parent: Row, outline: Outline, key: str | None, inside: bool) -> Row:
        if key is not None:
            address = iteration_prefix(parent.address, key)[:-1]
        elif parent.parent is None:
            address = outline.id
        else:
            address = f"{parent.address}/{outline.id}"
        self._made += 1
        row = Row(outline, parent, address, key, self._made)
        self._rows[address] = row
        tally = parent.tally
        if tally is None:
            tally = parent.tally = Tally()
        tally.children[outline.id if key is None else key] = row
        if inside:
            self._iterations.count += 1
        return row


def _tally_of(row: Row) -> Tally:
    if row.tally is None:
        row.tally = Tally()
    return row.tally
