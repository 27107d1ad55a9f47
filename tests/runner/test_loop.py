"""`wflow.runner.loop`: many attempts at once, deadlines, time-outs, and a journal that says what was seen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.events import Event, NodeCancelled, NodeCompleted, NodeFailed, NodeSkipped, NodeStarted
from wflow.model import Checkpoint
from wflow.runner.definitions import read
from wflow.runner.library import run as run_file
from wflow.runner.replay import replay
from wflow.runner.run import Options, start_run
from wflow.store.disk import DiskStore
from wflow.store.memory import MemoryRun, MemoryStore

Run = Callable[..., list[Event]]


@pytest.fixture
def run(tmp_path: Path, home: Path) -> Run:
    """``run("nodes: …", workers=4)``: run it for real, and give its events."""

    def go(text: str, **options: Any) -> list[Event]:
        file = tmp_path / "flow.yaml"
        file.write_text(f"name: flow\n{text}", encoding="utf-8")
        events: list[Event] = []
        run_file(file, run_id="r", home=home, on_event=events.append, **options)
        return events

    return go


def statuses(events: list[Event]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        if isinstance(event, NodeCompleted):
            found[event.address] = "completed"
        elif isinstance(event, NodeFailed):
            found[event.address] = "failed"
        elif isinstance(event, NodeCancelled):
            found[event.address] = "cancelled"
        elif isinstance(event, NodeSkipped):
            found[event.address] = "skipped"
    return found


def told_by_the_journal(home: Path) -> list[Event]:
    store = DiskStore(home)
    try:
        events: list[Event] = []
        replay(store.open("r"), lambda began, state: None, events.extend)
        return events
    finally:
        store.close()


def test_what_a_run_told_as_it_went_is_what_its_journal_tells(run: Run, home: Path) -> None:
    """Ends are recorded by many threads while the loop hands out: the journal's order is the one that counted."""
    text = """
nodes:
  loop:
    type: foreach
    items: range(200)
    max_concurrent: 200
    nodes:
      x: {type: python, script: pass}
      y: {type: python, script: pass}
      z: {type: python, script: pass}
      t: {type: python, script: pass, join: any, cancel_rest: true}
    edges: [x -> t, y -> t, z -> t]
"""
    events = run(text, workers=4)
    assert statuses(told_by_the_journal(home)) == statuses(events)
    assert statuses(events)["loop"] == "completed"


def test_attempts_run_side_by_side_up_to_the_number_of_workers(run: Run) -> None:
    text = """
nodes:
  loop:
    type: foreach
    items: range(4)
    nodes:
      meet:
        type: shell
        timeout: 10s
        script: 'touch here.$WFLOW_INPUT_ITEM; until [ $(ls here.* | wc -l) = 4 ]; do sleep 0.01; done'
"""
    assert set(statuses(run(text, workers=4)).values()) == {"completed"}


def test_a_thousand_short_nodes_each_run_once(run: Run) -> None:
    nodes = "".join(f"  n{number}: {{type: python, script: pass}}\n" for number in range(1000))
    edges = "".join(f"  - start -> n{number} -> end\n" for number in range(1000))
    noop = "{type: python, script: pass}"
    events = run(f"nodes:\n  start: {noop}\n  end: {noop}\n{nodes}edges:\n{edges}")
    started = [event.address for event in events if isinstance(event, NodeStarted)]
    assert len(started) == len(set(started)) == 1002
    assert started[0] == "start"
    assert started[-1] == "end"


def test_a_deadline_wakes_the_loop_when_it_comes(run: Run) -> None:
    events = run("nodes: {a: {type: wait, for: 150ms}, b: {type: noop}}\nedges: [a -> b]")
    times = {event.address: event.at for event in events if isinstance(event, NodeCompleted)}
    assert 0.15 <= times["a"] - events[0].at < 1.0


def test_an_attempt_that_takes_too_long_is_stopped_and_has_failed(run: Run) -> None:
    events = run("nodes: {a: {type: shell, timeout: 100ms, script: 'sleep 30'}}")
    (failed,) = [event for event in events if isinstance(event, NodeFailed)]
    assert failed.error.type == "TimeoutError"
    assert failed.duration < 5


def test_a_subflow_is_read_while_the_run_goes_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "below.yaml").write_text(
        "name: below\nparameters: {x: {type: integer}}\noutputs: {y: nodes.a.output.y}\n"
        "nodes: {a: {type: python, script: \"output['y'] = params['x'] + 1\"}}\n"
    )
    events = run("nodes: {sub: {type: subflow, file: below.yaml, with: {x: 41}}}")
    (done,) = [event for event in events if isinstance(event, NodeCompleted) and event.address == "sub"]
    assert done.output == {"y": 42}


class Syncing(MemoryStore):
    """A store that notes after which record each sync came."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.syncs: list[int] = []

    def create(self, run_id: str) -> Any:
        made = super().create(run_id)
        assert isinstance(made, MemoryRun)
        sync = made.sync

        def noted() -> None:
            sync()
            self.syncs.append(made.synced)

        made.sync = noted  # type: ignore[method-assign]
        return made


@pytest.mark.parametrize(
    ("policy", "fewest", "most"),
    [
        (Checkpoint(policy="node"), 20, 10_000),
        (Checkpoint(policy="nodes", nodes=5), 4, 8),
        (Checkpoint(policy="every", every=60.0), 2, 3),
        (Checkpoint(policy="manual"), 2, 3),
    ],
)
def test_the_checkpoint_policy_says_how_often_the_journal_is_synced(
    tmp_path: Path, policy: Checkpoint, fewest: int, most: int
) -> None:
    names = [f"n{number}" for number in range(20)]
    nodes = "".join(f"  {name}: {{type: python, script: pass}}\n" for name in names)
    file = tmp_path / "flow.yaml"
    file.write_text(f"name: flow\nnodes:\n{nodes}edges: ['{' -> '.join(names)}']\n")
    store = Syncing(tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    result = start_run(file, read(file), {}, store, Options(run_id="r", checkpoint=policy))
    assert result.status == "completed"
    assert fewest <= len(store.syncs) <= most
    assert store.syncs[-1] == len(list(store.open("r").records()))


def test_under_the_policy_node_nothing_follows_from_what_is_not_synced(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(20)]
    nodes = "".join(f"  {name}: {{type: python, script: pass}}\n" for name in names)
    file = tmp_path / "flow.yaml"
    file.write_text(f"name: flow\nnodes:\n{nodes}edges: ['{' -> '.join(names)}']\n")
    (tmp_path / "runs").mkdir()
    store = Syncing(tmp_path / "runs")
    start_run(file, read(file), {}, store, Options(run_id="r"))
    number_of = {
        (record.data["event"], ident): record.number
        for record in store.open("r").records()
        for ident in record.data.get("ids", [record.data.get("id")])
    }
    for before, after in pairwise(names):
        ended, started = number_of["node_completed", f"{before}#1"], number_of["node_started", f"{after}#1"]
        assert any(ended <= synced <= started for synced in store.syncs), (before, after)
