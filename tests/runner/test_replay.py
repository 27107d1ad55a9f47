"""`wflow.runner.replay`: a journal folded into the state and the events there were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.events import Event, NodeCompleted
from wflow.engine.simulate import Simulation
from wflow.engine.stimuli import Began, Requested
from wflow.errors import JournalDamaged
from wflow.model import Edge, Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.runner.replay import Replay, replay
from wflow.store.codec import encode
from wflow.store.interface import RunStore
from wflow.store.memory import MemoryStore
from wflow.store.snapshot import dump


def simulation() -> Simulation:
    nodes = tuple(Node(id=name, type="python") for name in "abc")
    edges = (Edge(source="a", target="b"), Edge(source="b", target="c"))
    return Simulation(to_definition(Workflow(name="w", graph=Graph(nodes=nodes, edges=edges))))


def record(run: RunStore, simulation: Simulation, after: int = 0) -> None:
    for stimulus in simulation.stimuli[after:]:
        run.append(encode(stimulus))


@pytest.fixture
def run(tmp_path: Path) -> RunStore:
    return MemoryStore(tmp_path).create("r")


def read(run: RunStore, *, shown: Callable[[dict[str, Any]], None] | None = None) -> tuple[Replay, list[Event]]:
    events: list[Event] = []
    return replay(run, lambda began, state: None, events.extend, shown), events


def test_the_whole_journal_gives_the_state_and_the_events_there_were(run: RunStore) -> None:
    whole = simulation()
    whole.run()
    record(run, whole)
    found, events = read(run)
    assert events == whole.events
    assert (found.state.status, found.number, found.last_at) == ("completed", len(whole.stimuli), whole.state.now)


def test_a_follower_gets_what_is_new_and_is_told_whether_there_was_anything(run: RunStore) -> None:
    live = simulation()
    live.run(1)
    record(run, live)
    found, events = read(run)
    assert [event.address for event in events if isinstance(event, NodeCompleted)] == ["a"]
    assert not found.advance(run, events.extend)
    known = len(live.stimuli)
    live.run()
    record(run, live, known)
    assert found.advance(run, events.extend)
    assert found.state.status == "completed"
    assert events == live.events


def test_a_snapshot_stands_for_what_is_before_it_where_it_is_asked_for(run: RunStore) -> None:
    live = simulation()
    live.run(2)
    record(run, live)
    at = len(live.stimuli)
    run.save_snapshot(at, dump(live.state, {"view": {"rows": 2}, "seen": ["x"], "at": live.state.now}))
    live.run()
    record(run, live, at)
    shown: list[dict[str, Any]] = []
    found, events = read(run, shown=shown.append)
    assert shown == [{"rows": 2}]
    assert [event.address for event in events if isinstance(event, NodeCompleted)] == ["c"]
    assert (found.state.status, found.seen) == ("completed", {"x"})
    _, all_events = read(run)
    assert all_events == live.events


def test_a_snapshot_of_another_version_is_passed_over(run: RunStore) -> None:
    live = simulation()
    live.run()
    record(run, live)
    run.save_snapshot(3, b'{"version": 0}')
    found, events = read(run, shown=lambda view: None)
    assert events == live.events
    assert found.state.status == "completed"


def test_the_ids_of_requests_are_remembered(run: RunStore) -> None:
    live = simulation()
    live.feed(Requested(1000.0, "pause", {"id": "letter-1"}))
    record(run, live)
    assert read(run)[0].seen == {"letter-1"}


def test_who_began_is_told_before_any_event(run: RunStore) -> None:
    record(run, simulation())
    told: list[Any] = []
    replay(run, lambda began, state: told.append(began), lambda events: told.append("events"))
    assert isinstance(told[0], Began)
    assert told[1] == "events"


@pytest.mark.parametrize("body", [None, '{"event":"due","at":1.0}', '{"event":"node_exploded"}'])
def test_a_journal_that_does_not_begin_with_its_run_is_damaged(run: RunStore, body: str | None) -> None:
    if body is not None:
        run.append(body)
    with pytest.raises(JournalDamaged):
        read(run)


def test_a_record_that_makes_no_sense_is_named_by_its_number(run: RunStore) -> None:
    record(run, simulation())
    run.append('{"event":"node_exploded","at":1.0}')
    with pytest.raises(JournalDamaged, match="record 2"):
        read(run)
