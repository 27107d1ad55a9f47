"""The view of a run: what its events add up to, as a tree of rows.

`View.apply` is on the way of every event, so that all that can wait (durations, shares, order) is left to the reader.
A view belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wflow.engine.events import (
    Event,
    Fault,
    MessageDeadLettered,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunAmended,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
)
from wflow.model import SCOPE_TYPES, Workflow
from wflow.progress.address import is_within
from wflow.progress.growth import Growth
from wflow.progress.iterations import ROWS_KEPT, Iterations
from wflow.progress.outline import LOOPS, fill_outline, outline_of
from wflow.progress.rows import ACTIVE, DONE, STATUSES, Row, Tally
from wflow.progress.snapshot import (
    fault_data,
    fault_of,
    fill,
    fill_folded,
    fill_tally,
    folded_data,
    rows_data,
    tally_data,
)

__all__ = ["View"]


class View:
    """The fold of a run's events.

    ``status`` is ``pending`` before the run began, then a run status of design.md; a reader that knows better (the
    owner is gone) may set it. ``root`` is the top row, ``rows`` all that are kept by address, ``active`` those under
    way and ``failed`` those that failed, oldest first, ``counts`` the nodes by status with ``tolerated`` beside them.
    ``first_failure`` is the first failure that nothing handled, ``error`` what the run failed with. ``seq`` is how
    many events have been applied, ``idle`` the spans in which nobody ran the run, as (from, to).

    Of iterations about ``rows_kept`` rows are kept; the counts stay exact.
    """

    def __init__(self, workflow: Workflow, *, rows_kept: int = ROWS_KEPT) -> None:
        self.workflow = workflow.name
        self.run = ""
        self.status = "pending"
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self.last_at = 0.0
        self.seq = 0
        self.resumes = 0
        self.outputs: dict[str, Any] = {}
        self.error: Fault | None = None
        self.first_failure: Fault | None = None
        self.timed_out = False
        self.dead_letters = 0
        self.idle: list[tuple[float, float]] = []
        self.counts: dict[str, int] = {**dict.fromkeys(STATUSES, 0), "tolerated": 0}
        self.rows: dict[str, Row] = {}
        self.active: dict[Row, None] = {}
        self.failed: dict[Row, None] = {}
        self.iterations = Iterations(rows_kept)
        self.root = Row(outline_of(workflow), None, "", None, 0)
        self._growth = Growth(self.rows, self.counts, self.iterations)
        self._growth.grow(self.root)
        self._rerunning = False
        self._fold: dict[type[Any], Callable[[Any], None]] = {
            RunStarted: self._run_started,
            RunAmended: self._run_amended,
            RunPaused: self._run_paused,
            RunResumed: self._run_resumed,
            RunFinished: self._run_finished,
            NodeStarted: self._started,
            NodeProgress: self._progressed,
            NodeCompleted: self._completed,
            NodeFailed: self._failed,
            NodeRetrying: self._retrying,
            NodeSkipped: self._skipped,
            NodeCancelled: self._cancelled,
            MessageDeadLettered: self._dead_lettered,
        }

    def apply(self, event: Event) -> None:
        """Take in the next event. An address that the definition does not have gets rows as it comes."""
        self.seq += 1
        self._fold[type(event)](event)
        self.last_at = event[0]

    def progress(self) -> float:
        """How far the run is, 0 to 1."""
        return 1.0 if self.status == "completed" else self.root.progress() or 0.0

    def run_time(self, at: float) -> float:
        """Seconds from the run's start to ``at`` in which somebody ran it."""
        if self.started_at is None:
            return 0.0
        spent = at - self.started_at
        for begin, end in self.idle:
            if at <= begin:
                break
            spent -= min(at, end) - begin
        return max(0.0, spent)

    def end(self, now: float) -> float:
        """The time up to which the run has been seen: its end, ``now`` while it runs, else the last event's time."""
        if self.ended_at is not None:
            return self.ended_at
        return max(now, self.last_at) if self.status == "running" else self.last_at

    def dump(self) -> dict[str, Any]:
        """The view as JSON: what `restore` makes the same view of."""
        told = {name: getattr(self, name) for name in _KEPT}
        return {
            **told,
            "error": fault_data(self.error),
            "first_failure": fault_data(self.first_failure),
            "idle": [list(span) for span in self.idle],
            "counts": dict(self.counts),
            "root": tally_data(self.root),
            "rows": rows_data(self.rows.values()),
            "folded": folded_data(self.root.outline),
        }

    @classmethod
    def restore(cls, workflow: Workflow, data: dict[str, Any], *, rows_kept: int = ROWS_KEPT) -> View:
        """The view that `dump` told of. Raises KeyError, TypeError or ValueError where ``data`` is no such thing."""
        view = cls(workflow, rows_kept=rows_kept)
        for name in _KEPT:
            setattr(view, name, data[name])
        view.error = fault_of(data["error"])
        view.first_failure = fault_of(data["first_failure"])
        view.idle = [(float(begin), float(end)) for begin, end in data["idle"]]
        view.root.status, view.root.started_at, view.root.ended_at = view.status, view.started_at, view.ended_at
        made = [(view.rows.get(entry[0]) or view._growth.make(entry[0], entry[1]), entry) for entry in data["rows"]]
        for row, entry in made:
            fill(row, entry)
        fill_tally(view.root, data["root"])
        fill_folded(view.root.outline, data["folded"])
        view.counts.update(data["counts"])
        for row in view.rows.values():
            view._take_up(row)
        return view

    def _take_up(self, row: Row) -> None:
        parent = row.parent
        if parent is None or parent.tally is None:
            return
        if row.status in ACTIVE:
            parent.tally.live[row] = None
        if row.key is not None:
            if row.status in DONE:
                self.iterations.settled(row)
        elif row.status in ACTIVE:
            self.active[row] = None
        elif row.status == "failed":
            self.failed[row] = None

    def _run_started(self, event: RunStarted) -> None:
        self.run = event.run
        self.workflow = event.workflow
        self.status = "running"
        self.started_at = self.root.started_at = event.at
        self.root.status = "running"

    def _run_amended(self, event: RunAmended) -> None:
        fill_outline(self.root.outline, event.graph)
        self._growth.add([node.id for node in event.graph.nodes])
        for address in event.handled:
            self.rows[address].handled = True
        first = self.first_failure
        if first is not None and any(is_within(first.address, address) for address in event.handled):
            failed = (row.error for row in self.failed if row.parent is self.root and not row.handled)
            self.first_failure = next(failed, None)

    def _run_paused(self, event: RunPaused) -> None:
        self.status = self.root.status = "paused"
        self._hand_back()

    def _run_resumed(self, event: RunResumed) -> None:
        if self.started_at is not None and event.at > self.last_at:
            self.idle.append((self.last_at, event.at))
        self._rerunning = self.status in ("failed", "cancelled")
        self.resumes = event.resumes
        self.status = self.root.status = "running"
        self.ended_at = self.root.ended_at = None
        self.error = self.first_failure = None
        self.timed_out = False
        self.counts["tolerated"] = 0
        self._hand_back()

    def _run_finished(self, event: RunFinished) -> None:
        self.status = self.root.status = event.status
        self.ended_at = self.root.ended_at = event.at
        self.outputs = event.outputs
        self.error = event.error
        self.timed_out = event.timed_out
        self.counts["tolerated"] = max(self.counts["tolerated"], event.tolerated)

    def _hand_back(self) -> None:
        """What a worker had when nobody ran the run any more waits for its next start."""
        for row in list(self.active):
            if row.status == "running" and row.tally is None and row.type not in SCOPE_TYPES:
                self._move(row, "pending", self.last_at)

    def _started(self, event: NodeStarted) -> None:
        row = self.rows.get(event.address) or self._growth.make(event.address, event.type)
        if row.activations:
            self._start_again(row, event)
        elif row.started_at is None:
            row.started_at = event.at
        row.activations = max(row.activations, event.number)
        row.attempts = event.attempt
        row.ended_at = row.due = row.percent = None
        if event.items is not None:
            tally = row.tally
            if tally is None:
                tally = row.tally = Tally()
            tally.items = event.items
        if not row.outline.type:
            row.outline.type = event.type
        self._move(row, "waiting" if event.waiting else "running", event.at)

    def _start_again(self, row: Row, event: NodeStarted) -> None:
        """A second start: of a next activation, or of the next attempt at the same one."""
        ran_again = self._rerunning and row.status in ("failed", "cancelled")
        if event.number != row.activations:
            row.started_at = event.at
            row.max_attempts = 0
        row.error = None
        row.handled = False
        kind = row.type
        goes_on = ran_again or (kind in LOOPS and event.number == row.activations)
        if row.tally is not None and (not goes_on or kind == "subflow"):
            self._set_back(row, event.at)

    def _set_back(self, row: Row, at: float) -> None:
        """The row's graph starts anew: all that is below it has yet to come."""
        tally = row.tally
        assert tally is not None
        for child in list(tally.children.values()):
            if child.tally is not None:
                self._set_back(child, at)
            self._move(child, "pending", at)
            child.started_at = child.ended_at = child.percent = child.error = None
        tally.finished = 0
        tally.stale += tally.folded
        tally.folded = 0

    def _progressed(self, event: NodeProgress) -> None:
        row = self.rows.get(event.address)
        if row is not None:
            row.percent = min(100.0, max(0.0, event.percent))

    def _completed(self, event: NodeCompleted) -> None:
        row = self._ended(event)
        row.error = None
        self._move(row, "completed", event.at)

    def _failed(self, event: NodeFailed) -> None:
        row = self._ended(event)
        row.error = event.error
        row.handled = event.handled
        if event.tolerated:
            self.counts["tolerated"] += 1
        elif not event.handled and self.first_failure is None:
            self.first_failure = event.error
        self._move(row, "failed", event.at)

    def _cancelled(self, event: NodeCancelled) -> None:
        self._move(self._ended(event), "cancelled", event.at)

    def _ended(self, event: NodeCompleted | NodeFailed | NodeCancelled) -> Row:
        row = self.rows.get(event.address) or self._growth.make(event.address, event.type)
        if event.number:
            if event.attempt <= 1 or event.number != row.activations or row.started_at is None:
                row.started_at = event.at - event.duration
            row.activations = max(row.activations, event.number)
            row.attempts = event.attempt
        row.ended_at = event.at
        row.due = None
        return row

    def _retrying(self, event: NodeRetrying) -> None:
        row = self.rows.get(event.address) or self._growth.make(event.address, event.type)
        if row.started_at is None:
            row.started_at = event.at
        row.activations = max(row.activations, event.number)
        row.attempts = event.attempt
        row.max_attempts = event.max_attempts
        row.due = event.due
        row.error = event.error
        self._move(row, "retrying", event.at)

    def _skipped(self, event: NodeSkipped) -> None:
        row = self.rows.get(event.address) or self._growth.make(event.address, event.type)
        row.error = None
        self._move(row, "skipped", event.at)

    def _dead_lettered(self, event: MessageDeadLettered) -> None:
        self.dead_letters += 1

    def _move(self, row: Row, status: str, at: float) -> None:
        """Put the row into ``status``, and everything that counts by it along."""
        old = row.status
        if status == old:
            return
        row.status = status
        aside = row.outline.aside
        parent = row.parent
        assert parent is not None
        tally = parent.tally
        assert tally is not None
        if row.key is None:
            if old != "pending" or not aside:
                self.counts[old] -= 1
            if status != "pending" or not aside:
                self.counts[status] += 1
            if status == "failed":
                self.failed[row] = None
            elif old == "failed":
                self.failed.pop(row, None)
        if status in ACTIVE:
            if old not in ACTIVE:
                if tally.live:
                    tally.parallel = True
                tally.live[row] = None
                if row.key is None:
                    self.active[row] = None
        elif old in ACTIVE:
            del tally.live[row]
            self.active.pop(row, None)
        if not aside:
            tally.finished += (status in DONE) - (old in DONE)
        if parent.key is not None:
            self._settle(parent, at)

    def _settle(self, row: Row, at: float) -> None:
        """An iteration is what its nodes make it: running until all are done."""
        tally = row.tally
        assert tally is not None
        status = "running" if tally.live or tally.finished < tally.known else row.outcome()
        if status == row.status:
            return
        if row.status in DONE:
            self.iterations.reopened(row)
        if status == "running":
            if row.started_at is None:
                row.started_at = at
            row.ended_at = None
            self._move(row, status, at)
            return
        row.ended_at = at
        self._move(row, status, at)
        self.iterations.settled(row)
        while self.iterations.count > self.iterations.limit:
            gone = self.iterations.next_to_go()
            if gone is None:
                break
            self.iterations.let_go(gone, self.rows, self.failed)


_KEPT = (
    "run",
    "workflow",
    "status",
    "started_at",
    "ended_at",
    "last_at",
    "seq",
    "resumes",
    "outputs",
    "timed_out",
    "dead_letters",
    "_rerunning",
)
