"""The list of runs is right whatever the index says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wflow.progress import status_json
from wflow.runner.inspect import read_run
from wflow.runner.listing import list_runs, summary_of
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

GOOD = "name: good\nvariables: {v: 1}\nnodes:\n  a: {type: python, script: pass}\n"
BAD = "name: bad\nnodes:\n  a: {type: python, script: 1 / 0}\n"


def listed(store: DiskStore) -> list[tuple[str, str]]:
    """Id and status of each run in the list."""
    return [(run["id"], run["status"]) for run in list_runs(store)]


def test_runs_are_listed_newest_first_as_the_index_and_as_their_journals_tell_them(
    ran: Ran, store: DiskStore, home: Path
) -> None:
    ran(GOOD, "one")
    ran(BAD, "two")
    from_index = list(list_runs(store))
    assert listed(store) == [("two", "failed"), ("one", "completed")]
    store.close()
    shutil.rmtree(home / "cache")
    assert list(list_runs(DiskStore(home))) == from_index


def test_one_run_is_told_alike_in_the_list_and_alone(ran: Ran, store: DiskStore) -> None:
    ran(GOOD)
    reading = read_run(store, "r")
    assert reading.view is not None
    alone = status_json(reading.view, **reading.facts())
    del alone["nodes"]
    assert list(list_runs(store)) == [alone]


def test_what_was_recorded_since_the_index_was_told_counts(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD)
    journal = home / "runs/r/journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    told: dict[str, Any] = {**(store.summary("r") or {}), "status": "paused", "records": 2}
    store.put_summary("r", told)
    assert listed(store) == [("r", "completed")]
    journal.write_bytes(b"".join(lines[:2]))
    assert listed(store) == [("r", "paused")]


def test_a_damaged_run_keeps_what_the_index_knew_of_it(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD)
    journal = home / "runs/r/journal"
    journal.write_bytes(journal.read_bytes().replace(b'"ids"', b'"idz"'))
    (told,) = list_runs(store)
    assert (told["status"], told["workflow"], told["variables"]) == ("damaged", "good", {"v": 1})
    assert told["error"]["type"] == "JournalDamaged"
    assert "records" not in told


def test_a_journal_that_lost_its_end_is_damaged_though_every_line_of_it_fits(
    ran: Ran, store: DiskStore, home: Path
) -> None:
    ran(GOOD)
    journal = home / "runs/r/journal"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    assert listed(store) == [("r", "damaged")]


def test_a_damaged_run_has_the_shape_of_any_other(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD, "one")
    ran(GOOD, "two")
    store.put_summary("two", {})
    (home / "runs/two/journal").write_bytes(b"{rubbish}\n")
    two, one = list_runs(store)
    assert two.keys() == one.keys()
    assert two["counts"].keys() == one["counts"].keys()
    assert summary_of(read_run(store, "two")) == two


def test_a_run_that_a_process_owns_is_running(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD)
    journal = home / "runs/r/journal"
    store.put_summary("r", {**(store.summary("r") or {}), "records": 2})
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:2]))
    owned = store.open("r", own=True)
    assert listed(store) == [("r", "running")]
    owned.close()
