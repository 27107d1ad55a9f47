from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.errors import AlreadyRunning, JournalDamaged, RunNotFound, StoreUnavailable
from wflow.store.disk import DiskStore

OWNER = """
import sys
from pathlib import Path
from wflow.store.disk import DiskStore
run = DiskStore(Path(sys.argv[1])).create("r1")
run.append('{"count":1}')
print("begun", flush=True)
count = 1
while True:
    count += 1
    run.append('{"count":%d,"pad":"%s"}' % (count, "x" * (count % 3000)))
"""

WHOLE_RUN = """
import sys
from pathlib import Path
from wflow.store.disk import DiskStore
def fail(message): raise SystemExit(message)
store = DiskStore(Path(sys.argv[1]), warn=fail)
sys.stdin.readline()
store.plan("key")
store.put_plan("key", b"plan")
run = store.create(sys.argv[2])
for count in range(5):
    run.append('{"count":1}')
    run.sync()
run.save_snapshot(5, b"state")
store.put_summary(sys.argv[2], {"status": "completed", "records": 5})
store.close()
"""


@pytest.fixture
def warned() -> list[str]:
    return []


@pytest.fixture
def store(home: Path, warned: list[str]) -> Iterator[DiskStore]:
    store = DiskStore(home, warn=warned.append)
    yield store
    store.close()


def test_a_run_is_a_folder_for_its_owner_alone(store: DiskStore, home: Path) -> None:
    run = store.create("r1")
    run.append('{"a":1}')
    assert run.folder == home / "runs" / "r1"
    assert sorted(path.name for path in run.folder.iterdir()) == ["control", "journal", "lock", "logs", "values"]
    for path in (home, home / "runs", run.folder, run.folder / "logs", run.folder / "journal", run.folder / "lock"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_killed_owner_leaves_a_run_that_is_dead_whole_and_can_go_on(store: DiskStore, home: Path) -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", OWNER, home], stdout=subprocess.PIPE, text=True) as owner:
            assert owner.stdout is not None
            assert owner.stdout.readline() == "begun\n"
            assert store.is_alive("r1")
            with pytest.raises(AlreadyRunning, match=f"in process {owner.pid} "):
                store.open("r1", own=True)
            with pytest.raises(AlreadyRunning, match="is running already"):
                store.create("r1")
            reader = store.open("r1")
            seen = [record.number for record in reader.records()]
            time.sleep(0.02)
            owner.send_signal(signal.SIGKILL)
            owner.wait()
        assert not store.is_alive("r1")
        run = store.open("r1", own=True)
        counts = [record.data["count"] for record in run.records()]
        assert len(counts) > len(seen) > 0
        assert counts == list(range(1, len(counts) + 1))
        assert run.append('{"count":0}') == len(counts) + 1
        run.close()
        store.remove("r1")


def test_twenty_runs_at_once_on_a_new_home_all_succeed(store: DiskStore, home: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WHOLE_RUN, home, f"r{number}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(20)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    assert len(store.run_ids()) == len(store.summaries()) == 20
    assert all(len(list(store.open(run_id).records())) == 5 for run_id in store.run_ids())


def test_of_many_who_want_one_run_one_gets_it(home: Path) -> None:
    code = WHOLE_RUN.replace('store.plan("key")', "sys.argv[2] = 'same'")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, home, "same"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert sorted(code for _, code in ended) == [0, 1, 1, 1, 1, 1]
    assert all("AlreadyRunning" in errors for errors, code in ended if code)


def test_what_is_no_run_is_not_listed(store: DiskStore, home: Path) -> None:
    store.create("r1").append('{"a":1}')
    for name in (".removed-r0-1234", "empty", "no journal"):
        (home / "runs" / name).mkdir()
    (home / "runs" / "empty" / "journal").write_bytes(b"")
    (home / "runs" / "file").write_text("x")
    (home / "runs" / "link").symlink_to(home / "runs" / "r1")
    assert store.run_ids() == ["r1"]


def test_a_run_whose_folder_was_deleted_by_hand_does_not_haunt_the_next_of_its_name(
    store: DiskStore, home: Path
) -> None:
    run = store.create("r1")
    run.append('{"a":1}')
    run.save_snapshot(1, b"state")
    store.put_summary("r1", {"status": "completed", "records": 1})
    run.close()
    (home / "runs" / "r1").rename(home / "elsewhere")
    anew = store.create("r1")
    assert anew.snapshot() is None
    assert store.summary("r1") is None
    assert list(anew.records()) == []
    assert list(store.open("r1").records()) == []


def test_removing_finishes_what_an_interrupted_removing_left(store: DiskStore, home: Path) -> None:
    store.create("r1").close()
    (home / "runs" / ".removed-r0-12345678" / "logs").mkdir(parents=True)
    store.remove("r1")
    assert list((home / "runs").iterdir()) == []


def test_a_damaged_run_can_be_owned_with_its_loss_accepted_only(store: DiskStore, warned: list[str]) -> None:
    run = store.create("r1")
    for _ in range(3):
        run.append('{"a":1}')
    run.close()
    journal = run.folder / "journal"
    journal.write_bytes(journal.read_bytes().replace(b'"n":2', b'"n":7'))
    with pytest.raises(JournalDamaged):
        store.open("r1", own=True)
    assert not store.is_alive("r1"), "a refused owner keeps no lock"
    with pytest.raises(JournalDamaged):
        list(store.open("r1").records())
    again = store.open("r1", own=True, accept_loss=True)
    assert again.append('{"a":2}') == 2
    assert len(warned) == 1


def test_a_deleted_cache_loses_nothing(store: DiskStore, home: Path, warned: list[str]) -> None:
    run = store.create("r1")
    run.append('{"a":1}')
    run.save_snapshot(1, b"state")
    store.close()
    (home / "cache" / "cache.db").write_bytes(b"garbage" * 1000)
    again = store.open("r1", own=True)
    assert len(list(again.records())) == 1
    assert again.snapshot() is None
    assert len(warned) == 1


def test_a_new_run_imports_the_disk_cache_once_it_is_needed_and_reads_without_it(home: Path) -> None:
    code = """
import sys
from pathlib import Path
from wflow.store.disk import DiskStore
store = DiskStore(Path(sys.argv[1]))
run = store.create("r1")
run.append('{"a":1}')
run.sync()
print(len(list(run.records())), store.find("last"), store.is_alive("r1"), store.plan("x"), "diskcache" in sys.modules)
store.put_plan("x", b"y")
print("diskcache" in sys.modules)
store.close()
"""
    done = subprocess.run([sys.executable, "-c", code, home], capture_output=True, text=True, check=True)
    assert done.stdout == "1 r1 True None False\nTrue\n"


def test_warnings_go_to_stderr_unless_said_otherwise(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = DiskStore(home)
    run = store.create("r1")
    (run.folder / "control" / "0.json").write_text("garbage")
    assert run.requests() == []
    store.close()
    assert capsys.readouterr().err.startswith("wflow: warning: `")


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = DiskStore(tmp_path / "file" / "home", warn=pytest.fail)
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        store.create("r1")
    with pytest.raises(RunNotFound):
        store.open("r1")


def test_a_whole_id_is_found_without_a_look_at_the_other_runs(
    store: DiskStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("r1").append('{"a":1}')
    store.create("r10").append('{"a":1}')
    store.create("r2")
    (home / "runs" / "r3").symlink_to(home / "runs" / "r1")
    for no_run in ("r2", "r3", "../runs/r1", ""):
        with pytest.raises(RunNotFound):
            store.find(no_run)
    monkeypatch.setattr(store, "run_ids", lambda: pytest.fail("it looked at all runs"))
    assert store.find("r1") == "r1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_said(store: DiskStore, home: Path) -> None:
    store.create("r1").append('{"a":1}')
    (home / "runs").chmod(0)
    try:
        with pytest.raises(StoreUnavailable):
            store.run_ids()
    finally:
        (home / "runs").chmod(0o700)


def test_a_store_that_is_read_only_touches_nothing_and_says_so(store: DiskStore, home: Path) -> None:
    store.create("r1").append('{"a":1}')
    store.put_summary("r1", {"status": "paused", "records": 1})
    store.close()
    looking = DiskStore(home, warn=pytest.fail, read_only=True)
    assert looking.summary("r1") == {"status": "paused", "records": 1}
    assert [record.data for record in looking.open("r1").records()] == [{"a": 1}]
    looking.put_summary("r1", {"status": "other"})
    assert looking.summaries() == {"r1": {"status": "paused", "records": 1}}
    for act in (
        lambda: looking.create("r2"),
        lambda: looking.open("r1", own=True),
        lambda: looking.remove("r1"),
        looking.shared,
    ):
        with pytest.raises(RuntimeError, match="looking only"):
            act()
    looking.close()


def test_what_an_interrupted_removal_left_goes_with_the_next(store: DiskStore, home: Path) -> None:
    for name in ("r1", "r2"):
        store.create(name).append('{"a":1}')
    store.close()
    (home / "runs" / ".removed-old-1234").mkdir()
    store.remove("r1")
    store.remove("r2")
    assert list((home / "runs").iterdir()) == []


def test_a_lock_that_cannot_be_written_to_is_held_all_the_same(
    store: DiskStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, payload: bytes, at: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    run = store.create("r1")
    run.append('{"a":1}')
    with pytest.raises(AlreadyRunning, match=r"run `r1` is running already$"):
        store.open("r1", own=True)
