"""`wflow.runner.unattended`: what is asked of a run that nobody runs, recorded, and its time standing still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.events import Event
from wflow.engine.stimuli import Paused, Stimulus
from wflow.progress import View
from wflow.runner.listing import list_runs
from wflow.runner.unattended import Unattended
from wflow.store.memory import MemoryStore

Left = Callable[..., MemoryStore]

TWO = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"
WAITS = """
nodes: {w: {type: wait, signal: go}, i: {type: if, condition: 'true'}, a: {type: noop}}
edges: [w -> i, i.true -> a]
"""
LEFT_AT = 1000.001


def records(store: MemoryStore, after: int) -> list[dict[str, Any]]:
    return [record.data for record in store.open("r").records(after)]


@pytest.mark.parametrize(
    ("then", "steps", "status"),
    [(None, 1, "interrupted"), ([Paused(1002.0)], 0, "paused"), (None, 2, "completed")],
)
def test_a_run_stands_as_its_journal_says(left: Left, then: list[Stimulus] | None, steps: int, status: str) -> None:
    store = left(TWO, steps=steps, then=then)
    assert Unattended(store.open("r", own=True), {}).status == status


def test_what_it_hears_counts_at_the_moment_when_it_was_left(left: Left) -> None:
    store = left(TWO, steps=1)
    run = Unattended(store.open("r", own=True), {})
    known = run.found.number
    run.hear([{"what": "signal", "name": "go", "data": 5}, {"what": "checkpoint"}], 9000.0)
    assert records(store, known) == [
        {
            "event": "request",
            "at": LEFT_AT,
            "what": "signal",
            "arguments": {"name": "go", "data": 5, "heard_at": 9000.0},
        }
    ]
    assert run.state.signals == {"go": [5]}
    assert not run.at_rest


def test_a_letter_that_the_journal_has_already_is_heard_once(left: Left) -> None:
    store = left(TWO, steps=1)
    letter = {"what": "signal", "name": "go", "id": "letter-1"}
    first = store.open("r", own=True)
    run = Unattended(first, {})
    run.hear([letter, letter], 9000.0)
    first.close()
    again = Unattended(store.open("r", own=True), {})
    again.hear([letter], 9001.0)
    assert again.state.signals == {"go": [None]}


def test_what_the_engine_cannot_take_is_not_recorded(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("wflow.engine.wait.receive_signal", broken)
    store = left(TWO, steps=1)
    run = Unattended(store.open("r", own=True), {})
    with pytest.raises(ZeroDivisionError):
        run.hear([{"what": "signal", "name": "go"}], 9000.0)
    assert records(store, run.found.number) == []


def test_secrets_in_what_is_asked_are_not_written(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_FOR_TEST", "hunter2-and-more")
    store = left("secrets: [TOKEN_FOR_TEST]\n" + TWO, steps=1)
    run = Unattended(store.open("r", own=True), {"TOKEN_FOR_TEST": "hunter2-and-more"})
    run.hear([{"what": "signal", "name": "go", "data": "it is hunter2-and-more"}], 9000.0)
    assert records(store, run.found.number)[0]["arguments"]["data"] == "it is ***"
    assert run.state.signals == {"go": ["it is ***"]}


class Watching:
    """A watcher that notes what it is told, and whether the view had it already."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def start(self, view: View) -> None:
        self.notes.append(f"start {view.status}")

    def event(self, event: Event, view: View) -> None:
        self.notes.append(f"{type(event).__name__} {view.seq}")

    def tick(self, view: View, now: float) -> None:
        self.notes.append("tick")

    def finish(self, view: View) -> None:
        self.notes.append(f"finish {view.status}")


def test_a_pause_puts_an_interrupted_run_to_rest_and_all_are_told(left: Left) -> None:
    store = left(TWO, steps=1)
    owner = store.open("r", own=True)
    run = Unattended(owner, {})
    seq = run.view.seq
    run.hear([{"what": "pause"}], 9000.0)
    assert run.at_rest
    watching = Watching()
    run.settle(store, [watching])
    assert watching.notes == ["start running", f"RunPaused {seq + 1}", "finish paused"]
    assert [data["event"] for data in records(store, run.found.number)] == ["request", "run_paused"]
    owner.close()
    kept = store.summary("r")
    assert kept is not None
    assert (kept["status"], kept["records"]) == ("paused", len(records(store, 0)))
    (listed,) = list_runs(store)
    assert listed == {name: value for name, value in kept.items() if name not in ("records", "dead_letters", "stopped")}


def test_a_pause_of_one_that_is_paused_leaves_it_to_its_resume(left: Left) -> None:
    paused = Unattended(left(TWO, then=[Paused(1002.0)]).open("r", own=True), {})
    paused.hear([{"what": "pause"}], 9000.0)
    assert not paused.at_rest


def test_of_a_pause_and_a_cancel_the_later_one_counts(left: Left) -> None:
    run = Unattended(left(TWO, steps=1).open("r", own=True), {})
    rests = []
    for asked in (["pause", "cancel"], ["pause"]):
        run.hear([{"what": what} for what in asked], 9000.0)
        rests.append(run.at_rest)
    assert rests == [False, True]


def test_an_interrupted_run_stays_so_in_the_index(left: Left) -> None:
    store = left(WAITS)
    owner = store.open("r", own=True)
    run = Unattended(owner, {})
    run.hear([{"what": "signal", "name": "go"}], 9000.0)
    run.settle(store)
    owner.close()
    kept = store.summary("r")
    assert kept is not None
    assert (kept["status"], kept["counts"]["completed"]) == ("interrupted", 1)
    assert [one["status"] for one in list_runs(store)] == ["interrupted"]


def test_one_that_ends_by_what_it_hears_is_at_rest_and_says_so_to_readers(left: Left) -> None:
    store = left("nodes: {w: {type: wait, signal: go}}")
    owner = store.open("r", own=True)
    run = Unattended(owner, {})
    run.hear([{"what": "signal", "name": "go"}], 9000.0)
    assert run.at_rest
    run.settle(store)
    run.settle(store)
    assert [data["event"] for data in records(store, run.found.number)] == ["request", "run_finished"]
    owner.close()
    (listed,) = list_runs(store)
    assert (listed["status"], listed["progress"]) == ("completed", 1.0)


def test_the_time_that_nobody_ran_it_is_no_time_of_the_run(left: Left) -> None:
    store = left(TWO, steps=1)
    run = Unattended(store.open("r", own=True), {})
    run.hear([{"what": "pause"}], 9000.0)
    assert run.events == []
    run.settle(store)
    assert (run.view.status, run.view.last_at) == ("paused", LEFT_AT)
    assert run.view.run_time(run.view.end(9000.0)) == pytest.approx(LEFT_AT - 1000.0)
