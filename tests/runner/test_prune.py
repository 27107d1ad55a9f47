"""`wflow.runner.prune`: runs that ended long ago go, and no others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.clock import SystemClock
from wflow.engine.stimuli import Paused
from wflow.errors import AlreadyRunning
from wflow.runner.prune import FINISHED, prune_runs
from wflow.store.codec import encode, to_text
from wflow.store.disk import DiskStore
from wflow.store.memory import MemoryStore

Ran = Callable[..., None]
Left = Callable[..., MemoryStore]

GOOD = "name: good\nnodes: {a: {type: noop}}\n"
BAD = "name: bad\nnodes: {a: {type: shell, script: exit 1}}\n"
ENDED = "name: ended\nnodes: {a: {type: end, status: cancelled}}\n"
TWO = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"


def later() -> float:
    return SystemClock.now() + 1


def names(store: DiskStore) -> list[str]:
    return store.run_ids()


def test_runs_that_ended_before_that_moment_go_newest_first(ran: Ran, store: DiskStore, home: Path) -> None:
    for name, text in (("one", GOOD), ("two", BAD), ("three", ENDED)):
        ran(text, name)
    moment = later()
    assert list(prune_runs(store, SystemClock.now() - 60)) == []
    gone = list(prune_runs(store, moment))
    assert [(one.run_id, one.workflow, one.status) for one in gone] == [
        ("three", "ended", "cancelled"),
        ("two", "bad", "failed"),
        ("one", "good", "completed"),
    ]
    assert all(moment - 60 < one.at < moment for one in gone)
    assert list((home / "runs").iterdir()) == []
    assert store.summaries() == {}


def test_the_size_is_that_of_all_files_of_the_run(ran: Ran, store: DiskStore, home: Path) -> None:
    ran("name: x\nnodes: {a: {type: shell, script: 'head -c 70000 /dev/zero | tr \"\\\\0\" x'}}\n", "one")
    files = [path for path in (home / "runs" / "one").rglob("*") if path.is_file()]
    expected = sum(path.stat().st_size for path in files)
    (gone,) = prune_runs(store, later())
    assert gone.size == expected > 70_000


def test_a_dry_run_says_the_same_and_removes_nothing(ran: Ran, store: DiskStore) -> None:
    for name, text in (("one", GOOD), ("two", BAD)):
        ran(text, name)
    moment = later()
    dry = list(prune_runs(store, moment, keep=1, dry_run=True))
    assert names(store) == ["one", "two"]
    assert list(prune_runs(store, moment, keep=1)) == dry
    assert names(store) == ["two"]


@pytest.mark.parametrize("keep", [0, 1, 3, 9])
def test_the_newest_of_those_statuses_stay_however_old(ran: Ran, store: DiskStore, keep: int) -> None:
    for name in ("a1", "b2", "a3", "b4", "a5"):
        ran(GOOD if name[0] == "a" else BAD, name)
    gone = [one.run_id for one in prune_runs(store, later(), statuses={"completed"}, keep=keep)]
    assert gone == ["a5", "a3", "a1"][keep:]
    assert [name for name in names(store) if name[0] == "b"] == ["b2", "b4"]


@pytest.mark.parametrize(
    ("statuses", "gone"),
    [(FINISHED, []), (("paused",), ["paused"]), (("interrupted",), ["r"]), (("running",), []), (("damaged",), [])],
)
def test_what_has_not_ended_goes_only_by_its_name_and_what_is_alive_never(
    left: Left, statuses: tuple[str, ...], gone: list[str]
) -> None:
    store = left(TWO, steps=1)
    first = next(store.open("r").records()).data
    for name in ("paused", "alive"):
        run = store.create(name)
        run.append(to_text({**first, "run": name}))
        if name == "paused":
            run.append(encode(Paused(1002.0)))
            run.close()
    assert [one.run_id for one in prune_runs(store, later(), statuses=statuses)] == gone
    assert store.is_alive("alive")


def test_one_that_has_not_ended_counts_from_its_last_word(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD, "one")
    journal = home / "runs" / "one" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    moment = later()
    assert list(prune_runs(store, moment)) == []
    assert list(prune_runs(store, moment - 60, statuses={"damaged"})) == []
    long_ago = moment - 1000
    for path in (home / "runs" / "one").rglob("*"):
        os.utime(path, (long_ago, long_ago))
    (gone,) = prune_runs(store, moment - 60, statuses={"damaged"})
    assert gone.status == "damaged"
    assert gone.at == pytest.approx(long_ago)
    assert names(store) == []


def test_one_that_lost_its_end_is_damaged_and_stays(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(GOOD, "one")
    journal = home / "runs" / "one" / "journal"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:1]))
    assert list(prune_runs(store, later())) == []


def test_one_that_is_taken_up_meanwhile_stays(ran: Ran, store: DiskStore, home: Path) -> None:
    for name in ("one", "two"):
        ran(BAD, name)
    listed = prune_runs(store, later())
    assert next(listed).run_id == "two"
    other = DiskStore(home)
    owned = other.open("one", own=True)
    with pytest.raises(AlreadyRunning):
        store.remove("one")
    assert list(listed) == []
    owned.close()
    other.close()
    assert names(store) == ["one"]


def test_one_that_is_removed_meanwhile_is_not_told_of(ran: Ran, store: DiskStore) -> None:
    for name in ("one", "two", "three"):
        ran(GOOD, name)
    listed = prune_runs(store, later())
    assert next(listed).run_id == "three"
    store.remove("two")
    assert [one.run_id for one in listed] == ["one"]


def test_without_runs_there_is_nothing_to_remove(store: DiskStore) -> None:
    assert list(prune_runs(store, later())) == []
