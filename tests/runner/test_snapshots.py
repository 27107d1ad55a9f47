"""`wflow.runner.snapshots`: seldom, and the more seldom the longer one takes."""

from __future__ import annotations

from wflow.engine.simulate import Simulation
from wflow.runner.snapshots import SNAPSHOT_EVERY, Snapshots


class Clock:
    """A clock that goes on by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def test_one_comes_after_a_thousand_records_and_the_next_after_twenty_times_what_it_took() -> None:
    clock = Clock()
    taken: list[int] = []

    def snapshot(number: int) -> None:
        taken.append(number)
        clock.at += 2.0

    state = Simulation({"name": "w", "nodes": {"a": {"type": "noop"}}}).state
    snapshots = Snapshots(state, clock, snapshot)
    clock.at += 1.0
    snapshots.look(SNAPSHOT_EVERY - 1)
    assert taken == []
    snapshots.look(SNAPSHOT_EVERY)
    assert taken == [1000]
    snapshots.look(3000)
    clock.at += 39.9
    snapshots.look(4000)
    assert taken == [1000]
    clock.at += 0.2
    snapshots.look(4100)
    assert (taken, snapshots.last) == ([1000, 4100], 4100)


def test_a_short_run_of_a_large_state_has_none() -> None:
    clock = Clock()
    taken: list[int] = []
    nodes = {f"n{number}": {"type": "noop"} for number in range(5000)}
    snapshots = Snapshots(Simulation({"name": "w", "nodes": nodes}).state, clock, taken.append)
    clock.at += 1.0
    snapshots.look(2000)
    assert taken == []
    clock.at += 2.0
    snapshots.look(2000)
    assert taken == [2000]
