"""The rows of a view: a node or an iteration with its status, and for those that own others the tally of them."""

from __future__ import annotations

from collections.abc import Iterator

from wflow.engine.events import Fault
from wflow.progress.outline import ITERATION, LOOPS, Outline

__all__ = ["ACTIVE", "DONE", "STATUSES", "Row", "Tally", "subtree"]

#: The statuses of a node, in the order in which counts name them.
STATUSES = ("pending", "running", "waiting", "retrying", "completed", "failed", "cancelled", "skipped")

#: Under way: started and not done.
ACTIVE = frozenset({"running", "waiting", "retrying"})

#: Done, until it is run again.
DONE = frozenset({"completed", "failed", "cancelled", "skipped"})


class Tally:
    """What a row knows of those below it.

    ``finished`` counts those that are done, those no longer kept included. ``live`` are those under way, ``parallel``
    whether two ever were at once. Of a loop: ``items`` is how many iterations there will be (None where that is not
    known), ``made`` how many there have been, ``highest`` the greatest index among them, ``folded`` how many of the
    finished ones are no longer kept, ``stale`` how many of an earlier activation.
    """

    __slots__ = ("children", "finished", "folded", "highest", "items", "known", "live", "made", "parallel", "stale")

    def __init__(self) -> None:
        self.children: dict[str, Row] = {}
        self.live: dict[Row, None] = {}
        self.known = 0
        self.finished = 0
        self.parallel = False
        self.items: int | None = None
        self.made = 0
        self.highest = -1
        self.folded = 0
        self.stale = 0


class Row:
    """A node in a run, or an iteration (``key`` is not None). Times are seconds since the epoch.

    ``activations`` and ``attempts`` are the numbers of the last activation and its last attempt, 0 before the first.
    ``percent`` is what the node reported, None if nothing; ``due`` when its next attempt will start; ``error`` why it
    failed, or its last attempt did; ``handled`` whether a fail edge took that; ``order`` tells siblings' places.
    """

    __slots__ = (
        "activations",
        "address",
        "attempts",
        "due",
        "ended_at",
        "error",
        "handled",
        "key",
        "max_attempts",
        "order",
        "outline",
        "parent",
        "percent",
        "started_at",
        "status",
        "tally",
    )

    def __init__(self, outline: Outline, parent: Row | None, address: str, key: str | None, order: int) -> None:
        self.outline = outline
        self.parent = parent
        self.address = address
        self.key = key
        self.order = order
        self.status = "pending"
        self.activations = 0
        self.attempts = 0
        self.max_attempts = 0
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.percent: float | None = None
        self.due: float | None = None
        self.error: Fault | None = None
        self.handled = False
        self.tally: Tally | None = None

    @property
    def type(self) -> str:
        """The node's type; ``iteration`` for one of a loop, ``workflow`` for the root."""
        return self.outline.type

    @property
    def title(self) -> str | None:
        """The node's title, where the definition gives it one."""
        return self.outline.title

    @property
    def label(self) -> str:
        """What the row is called below its parent: an id, or an iteration's key in brackets."""
        return self.outline.id if self.key is None else f"[{self.key}]"

    @property
    def shown(self) -> bool:
        """Whether it is to be told of: a fallback or a compensation is from its start on."""
        return not self.outline.aside or self.status != "pending"

    @property
    def children(self) -> Iterator[Row]:
        """The rows below it that are to be told of, in the order of the file, iterations as they started."""
        if self.tally is not None:
            for child in self.tally.children.values():
                if not child.outline.aside or child.status != "pending":
                    yield child

    @property
    def duration(self) -> float | None:
        """Seconds from its first attempt's start to its end; None unless both are known."""
        if self.started_at is None or self.ended_at is None:
            return None
        return max(0.0, self.ended_at - self.started_at)

    @property
    def mode(self) -> str:
        """``S`` or ``P`` for what owns others: one after another, or at least two at once; "" for all else."""
        if self.tally is None:
            return ""
        declared = self.outline.mode
        if declared == "sequential":
            return "S"
        return "P" if declared == "parallel" or self.tally.parallel else "S"

    def progress(self) -> float | None:
        """How far it is, 0 to 1: what it reported, else finished over known; None where nobody can tell (``while``)."""
        if self.status == "completed":
            return 1.0
        reported = 0.0 if self.percent is None else self.percent / 100.0
        tally = self.tally
        if tally is None:
            return reported
        if self.outline.type == "while":
            return None if self.percent is None else reported
        known = tally.known
        if self.outline.type in LOOPS:
            known = tally.items if tally.items is not None else tally.made
        if known <= 0:
            return reported
        done = float(tally.finished)
        for child in tally.live:
            if not child.outline.aside:
                done += child.progress() or 0.0
        return max(reported, min(1.0, done / known))

    def outcome(self) -> str:
        """How an iteration ended, all of whose nodes are done."""
        status = "completed"
        assert self.tally is not None
        for child in self.tally.children.values():
            if child.outline.ends and child.status == "completed":
                return child.outline.ends
            if child.status == "failed" and not child.handled:
                status = "failed"
            elif child.status == "cancelled" and status == "completed" and not child.outline.aside:
                status = "cancelled"
        return status

    @property
    def is_iteration(self) -> bool:
        """Whether this is no node but one iteration of a loop."""
        return self.outline.type == ITERATION


def subtree(row: Row) -> Iterator[Row]:
    """The row and all that is below it and to be told of, each before what it owns, in the order of the file."""
    stack = [row]
    while stack:
        current = stack.pop()
        yield current
        if current.tally is not None:
            stack.extend(reversed(list(current.children)))
