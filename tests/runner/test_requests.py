"""`wflow.runner.requests`: one way to ask something of a run, whether a process runs it or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.state import State
from wflow.engine.stimuli import Paused
from wflow.errors import AlreadyRunning, RunNotFound, StoreUnavailable, UsageError
from wflow.runner.requests import Asked, ask_run, post_if_alive
from wflow.store.disk import DiskStore
from wflow.store.interface import RunStore
from wflow.store.memory import MemoryRun, MemoryStore
from wflow.testing import FakeClock

Left = Callable[..., MemoryStore]

TWO = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"
SIGNAL = {"what": "signal", "name": "go"}


def whats(store: MemoryStore) -> list[str]:
    """What the journal of run ``r`` says was asked, in order."""
    return [data["what"] for _, data in store.open("r").records() if data["event"] == "request"]


def never(status: str, state: State) -> bool:
    raise AssertionError("a living run is not looked into")


def test_a_run_that_is_alive_is_asked_through_its_letter_box_without_a_look_at_it(left: Left) -> None:
    store = left(TWO)
    owner = store.open("r", own=True)
    assert ask_run(store, "r", SIGNAL, check=never) == Asked("r", "posted", "running")
    assert [request["what"] for request in owner.requests()] == ["signal"]
    assert whats(store) == []


def test_one_that_nobody_runs_hears_it_at_once(left: Left) -> None:
    store = left(TWO, steps=1)
    clock = FakeClock(5000.0)
    assert ask_run(store, "r", {"what": "pause"}, clock=clock) == Asked("r", "recorded", "paused")
    assert not store.is_alive("r")
    (request,) = [data for _, data in store.open("r").records() if data["event"] == "request"]
    assert request["arguments"] == {"heard_at": 5000.0}


def test_what_lies_in_the_letter_box_comes_first_and_then_the_box_is_empty(left: Left) -> None:
    store = left(TWO, steps=1)
    store.open("r").post({"what": "signal", "name": "first"})
    assert ask_run(store, "r", {"what": "cancel"}).status == "interrupted"
    assert whats(store) == ["signal", "cancel"]
    assert store.open("r", own=True).requests() == []


@pytest.mark.parametrize(("wanted", "how"), [(True, "recorded"), (False, "needless")])
def test_the_check_says_whether_the_request_is_recorded(left: Left, wanted: bool, how: str) -> None:
    store = left(TWO, then=[Paused(1002.0)])
    seen: list[tuple[str, int]] = []

    def check(status: str, state: State) -> bool:
        seen.append((status, len(state.activations)))
        return wanted

    assert ask_run(store, "r", SIGNAL, check=check) == Asked("r", how, "paused")  # type: ignore[arg-type]
    assert seen == [("paused", 1)]
    assert whats(store) == (["signal"] if wanted else [])


def test_what_the_check_raises_refuses_the_request_but_not_those_before_it(left: Left) -> None:
    def refuse(status: str, state: State) -> bool:
        raise UsageError(f"not of one that is {status}")

    store = left(TWO, steps=1)
    store.open("r").post({"what": "pause"})
    with pytest.raises(UsageError, match="not of one that is paused"):
        ask_run(store, "r", SIGNAL, check=refuse)
    assert not store.is_alive("r")
    assert whats(store) == ["pause"]
    kept = store.summary("r")
    assert kept is not None
    assert kept["status"] == "paused"


def test_a_run_that_somebody_takes_up_meanwhile_gets_it_by_letter(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    store = left(TWO, steps=1)
    owner = store.open("r", own=True)
    monkeypatch.setattr(store, "is_alive", lambda run_id: False)  # as it was a moment ago
    with pytest.raises(AlreadyRunning):
        store.open("r", own=True)
    assert ask_run(store, "r", SIGNAL).how == "posted"
    assert [request["what"] for request in owner.requests()] == ["signal"]


def test_who_asks_while_another_asks_is_heard_by_that_one(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    store = left(TWO, steps=1)

    def check(status: str, state: State) -> bool:
        assert ask_run(store, "r", {"what": "pause"}).how == "posted"
        return True

    assert ask_run(store, "r", SIGNAL, check=check) == Asked("r", "recorded", "paused")
    assert whats(store) == ["signal", "pause"]


def test_a_run_that_is_not_there_is_told(left: Left) -> None:
    with pytest.raises(RunNotFound):
        ask_run(left(TWO), "nosuch", SIGNAL)


def test_a_request_that_is_no_json_is_not_recorded(left: Left) -> None:
    store = left(TWO, steps=1)
    with pytest.raises(ValueError, match="JSON"):
        ask_run(store, "r", {"what": "signal", "name": "go", "data": float("nan")})
    assert whats(store) == []


def test_where_the_disk_is_full_the_letters_stay_for_later(left: Left, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(run: RunStore, body: str) -> int:
        raise StoreUnavailable("no space left")

    store = left(TWO, steps=1)
    store.open("r").post({"what": "signal", "name": "first"})
    with monkeypatch.context() as patched:
        patched.setattr(MemoryRun, "append", full)
        with pytest.raises(StoreUnavailable):
            ask_run(store, "r", {"what": "pause"})
    assert not store.is_alive("r")
    assert ask_run(store, "r", {"what": "pause"}).status == "paused"
    assert whats(store) == ["signal", "pause"]


def test_a_post_does_not_read_the_journal(home: Path, ran: Callable[..., None], store: DiskStore) -> None:
    ran("name: x\nnodes: {a: {type: noop}}\n")
    assert not post_if_alive(store, "r", SIGNAL)
    owner = store.open("r", own=True)
    journal = home / "runs/r/journal"
    journal.rename(journal.with_name("elsewhere"))  # whoever reads it raises or finds nothing
    journal.mkdir()
    assert post_if_alive(store, "r", SIGNAL)
    assert ask_run(store, "r", {"what": "pause"}).how == "posted"
    assert [request["what"] for request in owner.requests()] == ["signal", "pause"]


def test_a_finished_run_takes_only_what_it_can_keep(left: Left) -> None:
    def count(store: Any) -> int:
        return len(list(store.open("r").records()))

    store = left(TWO, steps=2)
    before = count(store)
    assert ask_run(store, "r", {"what": "pause"}).status == "completed"
    assert count(store) == before + 1
    kept = store.summary("r")
    assert kept is not None
    assert (kept["status"], kept["records"]) == ("completed", before + 1)
