"""When a run's state is kept in a snapshot: seldom, for a snapshot is only there to spare a resume some reading."""

from __future__ import annotations

from collections.abc import Callable

from wflow.clock import Clock
from wflow.engine.state import State

__all__ = ["SNAPSHOT_EVERY", "Snapshots"]

#: Records between two snapshots, at least.
SNAPSHOT_EVERY = 1000

#: Of a run's time that snapshots take, one in so many seconds at most.
_SHARE = 20

#: Seconds that a first snapshot takes for each node of the state, about.
_NODE = 20e-6


class Snapshots:
    """Takes snapshots of ``state`` with ``snapshot(record number)``; ``last`` is the record that the last was after.

    One every thousand records, and so seldom that they take a twentieth of the time at most: one of a large state after
    every thousand records would make a run of it quadratic.
    """

    def __init__(self, state: State, clock: Clock, snapshot: Callable[[int], None]) -> None:
        self.last = 0
        self._state = state
        self._clock = clock
        self._snapshot = snapshot
        self._opened = clock.monotonic()
        self._not_before = 0.0

    def look(self, number: int) -> None:
        """Take one if it is time, the state being that after record ``number``."""
        if number - self.last < SNAPSHOT_EVERY:
            return
        began = self._clock.monotonic()
        if began < self._not_before or (not self._not_before and began - self._opened < self._guess()):
            return
        self.take(number)
        ended = self._clock.monotonic()
        self._not_before = ended + _SHARE * (ended - began)

    def take(self, number: int) -> None:
        """Take one now."""
        self.last = number
        self._snapshot(number)

    def _guess(self) -> float:
        """The seconds to let pass before the first one, by the size of the state."""
        root = self._state.root
        nodes = len(self._state.activations) + (len(root.nodes) if root is not None else 0)
        return nodes * _SHARE * _NODE
