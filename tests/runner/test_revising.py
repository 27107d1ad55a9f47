"""`wflow.runner.revising`: a revision planned without any effect, and recorded whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import AlreadyRunning, JournalDamaged, UsageError
from wflow.runner.redefine import Revision
from wflow.runner.replay import Replay, replay
from wflow.runner.revising import look_ahead, prepare, record
from wflow.store.disk import DiskStore
from wflow.store.interface import RunStore

FAILS = """\
name: x
nodes:
  a: {type: python, script: 'output["x"] = 1'}
  b: {type: python, script: 'raise ValueError(1)'}
edges: [a -> b]
"""
DONE = "name: x\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]\n"


def replayed(run: RunStore) -> Replay:
    return replay(run, lambda began, state: None, lambda events: None)


def contents(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_planning_has_no_effect_and_says_what_would_be(
    ran: Callable[[str], None], store: DiskStore, home: Path
) -> None:
    ran(FAILS)
    before = contents(home / "runs")
    plan = look_ahead(store, "r", Revision(again=("a",)), os.environ, 2000.0, accept_loss=False)
    assert contents(home / "runs") == before
    assert plan.summary == {
        "version": 1,
        "run": "r",
        "kept": {"nodes": 0, "activations": 0},
        "changed": [],
        "dropped": [],
        "new": [],
        "again": [{"node": "a", "itself": True, "after": ["b"]}],
        "unfinished": [],
        "moved": [],
    }


def test_what_was_recorded_counts_for_every_reader_from_then_on(ran: Callable[[str], None], store: DiskStore) -> None:
    ran(FAILS)
    run = store.open("r", own=True)
    number = replayed(run).number
    record(run, prepare(run, Revision(again=("b",)), os.environ, 2000.0))
    run.close()
    reader = store.open("r")
    found = replayed(reader)
    assert (found.number, found.last_at) == (number + 1, 2000.0)
    assert not found.state.finished
    assert [one.address for one in found.state.activations.values()] == ["b"]
    reader.close()


def test_a_second_revision_starts_from_what_the_first_has_left(ran: Callable[[str], None], store: DiskStore) -> None:
    ran(FAILS)
    run = store.open("r", own=True)
    record(run, prepare(run, Revision(again=("a",)), os.environ, 2000.0))
    plan = prepare(run, Revision(again=("b",)), os.environ, 2001.0)
    assert plan.summary["kept"] == {"nodes": 0, "activations": 0}
    run.close()


def test_a_run_that_a_process_has_is_left_to_it(ran: Callable[[str], None], store: DiskStore) -> None:
    ran(FAILS)
    owner = store.open("r", own=True)
    with pytest.raises(AlreadyRunning, match="run `r` is running already"):
        look_ahead(store, "r", Revision(again=("a",)), os.environ, 2000.0, accept_loss=False)
    owner.close()


def test_a_completed_run_of_which_nothing_would_run_again_is_misuse(
    ran: Callable[[str], None], store: DiskStore
) -> None:
    ran("name: x\nparameters: {p: {type: integer, default: 1}}\n" + DONE.partition("\n")[2])
    with pytest.raises(UsageError, match="run r has completed, and nothing in it would run again") as caught:
        look_ahead(store, "r", Revision(parameters=lambda workflow: {"p": 2}), os.environ, 2000.0, accept_loss=False)
    assert caught.value.cure == "name what is to run again: --from NODE"


def test_a_damaged_journal_is_planned_with_only_where_the_loss_is_accepted(
    ran: Callable[[str], None], store: DiskStore, home: Path
) -> None:
    ran(FAILS)
    journal = home / "runs/r/journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"', b"'", 1)
    journal.write_bytes(b"".join(lines))
    with pytest.raises(JournalDamaged):
        look_ahead(store, "r", Revision(again=("b",)), os.environ, 2000.0, accept_loss=False)
    plan = look_ahead(store, "r", Revision(again=("b",)), os.environ, 2000.0, accept_loss=True)
    assert plan.found.number < len(lines)
    assert [group["node"] for group in plan.summary["again"]] == ["b"]
