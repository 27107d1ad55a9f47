"""`wflow.runner.recover`: interrupted runs go on one after another, and no others do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.errors import JournalDamaged, UsageError
from wflow.runner.recover import Recovered, interrupted_runs, recover_runs
from wflow.runner.requests import ask_run
from wflow.runner.run import Options
from wflow.store.codec import to_text
from wflow.store.disk import DiskStore
from wflow.store.interface import Store
from wflow.store.memory import MemoryStore

Left = Callable[..., MemoryStore]

TWO = "nodes: {a: {type: shell, script: 'echo a >> ran'}, b: {type: shell, script: 'echo b >> ran'}}\nedges: [a -> b]"


def again(store: MemoryStore, *names: str) -> None:
    """More runs such as ``r`` is, under these names."""
    first, *rest = [data for _, data in store.open("r").records()]
    for name in names:
        run = store.create(name)
        for data in ({**first, "run": name}, *rest):
            run.append(to_text(data))
        run.close()


def recovered(store: Store, noted: list[int] | None = None) -> list[tuple[str, str]]:
    """Each run that was continued, and how that went."""
    noted = [] if noted is None else noted
    found = recover_runs(store, interrupted_runs(store), lambda: Options(noted=noted), noted)
    return [(one.run_id, _how(one)) for one in found]


def _how(one: Recovered) -> str:
    if one.result is not None:
        return one.result.status
    return one.now or type(one.error).__name__


def test_all_that_were_interrupted_go_on_oldest_first(left: Left, tmp_path: Path) -> None:
    store = left(TWO, steps=1)
    again(store, "s", "t")
    assert [one["id"] for one in interrupted_runs(store)] == ["r", "s", "t"]
    assert recovered(store) == [("r", "completed"), ("s", "completed"), ("t", "completed")]
    assert (tmp_path / "ran").read_text() == "b\n" * 3
    assert interrupted_runs(store) == []


def test_one_that_ended_was_paused_or_is_alive_is_none_of_them(left: Left) -> None:
    store = left(TWO, steps=1)
    again(store, "paused", "ended", "alive")
    ask_run(store, "paused", {"what": "pause"})
    assert recovered_only(store, "ended") == [("ended", "completed")]
    store.open("alive", own=True)
    assert [one["id"] for one in interrupted_runs(store)] == ["r"]


def recovered_only(store: Store, run_id: str) -> list[tuple[str, str]]:
    runs = [one for one in interrupted_runs(store) if one["id"] == run_id]
    return [(one.run_id, _how(one)) for one in recover_runs(store, runs, Options, [])]


def test_one_that_is_of_another_status_by_its_turn_is_passed_over(left: Left, tmp_path: Path) -> None:
    store = left(TWO, steps=1)
    again(store, "s", "t", "u")
    listed = interrupted_runs(store)
    ask_run(store, "s", {"what": "pause"})
    store.open("t", own=True)
    store.remove("u")
    found = list(recover_runs(store, listed, Options, []))
    assert [(one.run_id, _how(one)) for one in found] == [
        ("r", "completed"),
        ("s", "paused"),
        ("t", "running"),
        ("u", "removed"),
    ]
    assert [one.now for one in found] == ["", "paused", "running", "removed"]


def test_one_that_cannot_go_on_holds_up_no_other(left: Left, tmp_path: Path) -> None:
    text = "nodes: {a: {type: python, file: work.py}}"
    (tmp_path / "work.py").write_text("output['n'] = 1")
    store = left(text, cwd=tmp_path / "gone")
    again(store, "s")
    found = list(recover_runs(store, interrupted_runs(store), Options, []))
    assert [one.run_id for one in found] == ["r", "s"]
    assert all(isinstance(one.error, UsageError) for one in found)


def test_a_signal_between_two_runs_ends_it(left: Left, tmp_path: Path) -> None:
    store = left(TWO, steps=1)
    again(store, "s")
    listed = interrupted_runs(store)
    noted: list[int] = []
    runs = recover_runs(store, listed, lambda: Options(noted=noted), noted)
    assert next(runs).run_id == "r"
    noted.append(2)
    assert list(runs) == []
    assert [one["status"] for one in interrupted_runs(store)] == ["interrupted"]


def test_a_signal_while_the_next_run_is_read_leaves_that_one_as_it_was(
    left: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = left(TWO, steps=1)
    before = len(list(store.open("r").records()))
    noted: list[int] = []

    def options() -> Options:
        noted.append(15)
        return Options(noted=noted)

    assert list(recover_runs(store, interrupted_runs(store), options, noted)) == []
    assert len(list(store.open("r").records())) == before


def test_a_damaged_run_is_named_and_left_as_it_is(ran: Callable[..., None], store: DiskStore, home: Path) -> None:
    ran("name: x\nnodes: {a: {type: noop}}\n", "one")
    ran("name: x\nnodes: {a: {type: noop}}\n", "two")
    store.put_summary("two", {})  # as one has it that never came to its end
    for name in ("one", "two"):
        journal = home / "runs" / name / "journal"
        journal.write_bytes(journal.read_bytes().replace(b'"ids"', b'"idz"') + b"{rubbish}\n")
    damaged = (home / "runs" / "two" / "journal").read_bytes()
    assert [(one["id"], one["status"]) for one in interrupted_runs(store)] == [("two", "damaged")]
    (found,) = recover_runs(store, interrupted_runs(store), Options, [])
    assert isinstance(found.error, JournalDamaged)
    assert (home / "runs" / "two" / "journal").read_bytes() == damaged


def test_a_cancel_that_nobody_heard_is_heard_then(left: Left, tmp_path: Path) -> None:
    store = left(TWO, steps=1)
    store.open("r").post({"what": "cancel"})
    assert recovered(store) == [("r", "cancelled")]
    assert not (tmp_path / "ran").exists()


def test_the_summary_of_an_interrupted_run_has_what_a_list_shows(left: Left) -> None:
    (told,) = interrupted_runs(left(TWO, steps=1))
    expected: dict[str, Any] = {"id": "r", "workflow": "flow", "status": "interrupted", "ended_at": None}
    assert told.items() >= expected.items()
