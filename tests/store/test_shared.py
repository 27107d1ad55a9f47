from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.errors import StoreUnavailable
from wflow.store.shared import SharedState


@pytest.fixture
def shared(home: Path) -> Iterator[SharedState]:
    shared = SharedState(home)
    yield shared
    shared.close()


def test_values_are_kept_for_the_next_to_open(shared: SharedState, home: Path) -> None:
    other = SharedState(home)
    other.put("breaker/api", {"state": "open", "until": 1.5})
    other.put("breaker/db", None)
    other.put("timer/nightly", "2026-11-23")
    other.close()
    assert shared.get("breaker/api") == {"state": "open", "until": 1.5}
    assert shared.get("none") is None
    assert shared.keys("breaker/") == ["breaker/api", "breaker/db"]
    shared.drop("breaker/db")
    shared.drop("breaker/db")
    assert shared.keys() == ["breaker/api", "timer/nightly"]


def test_reading_makes_nothing(shared: SharedState, home: Path) -> None:
    assert shared.get("a") is None
    assert shared.keys() == []
    assert not home.exists()


def test_a_transaction_that_fails_changes_nothing(shared: SharedState) -> None:
    shared.put("a", 1)

    def fail_half_way() -> None:
        with shared.transact():
            shared.put("a", 2)
            shared.put("b", 2)
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert shared.get("a") == 1
    assert shared.keys() == ["a"]
    with shared.transact(), shared.transact():
        shared.put("a", 3)
    assert shared.get("a") == 3


def test_transactions_of_processes_exclude_each_other(shared: SharedState, home: Path) -> None:
    code = """
import sys
from pathlib import Path
from wflow.store.shared import SharedState
shared = SharedState(Path(sys.argv[1]))
for _ in range(10):
    with shared.transact():
        shared.put("counter", (shared.get("counter") or 0) + 1)
shared.close()
"""
    processes = [subprocess.Popen([sys.executable, "-c", code, home], stderr=subprocess.PIPE) for _ in range(6)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, b"")
    assert shared.get("counter") == 60


def test_a_damaged_one_is_an_error_and_stays_as_it_is(home: Path, shared: SharedState) -> None:
    shared.put("a", 1)
    shared.close()
    database = home / "shared" / "cache.db"
    database.write_bytes(b"garbage" * 1000)
    for attempt in (lambda: shared.get("a"), lambda: shared.put("a", 1), shared.keys):
        with pytest.raises(StoreUnavailable, match="is damaged") as caught:
            attempt()
        assert caught.value.cure is not None
        assert "begin anew" in caught.value.cure
    assert database.read_bytes() == b"garbage" * 1000


def test_a_changed_value_is_an_error(home: Path, shared: SharedState) -> None:
    shared.put("a", [1, 2])
    database = sqlite3.connect(home / "shared" / "cache.db", isolation_level=None)
    database.execute("UPDATE Cache SET value = CAST(replace(value, '1, 2', '1, 3') AS BLOB)")
    database.close()
    with pytest.raises(StoreUnavailable, match="entry `a` is not what was written"):
        shared.get("a")


def test_what_is_no_json_is_refused(shared: SharedState) -> None:
    with pytest.raises(ValueError, match="JSON"):
        shared.put("a", float("nan"))
    with pytest.raises(TypeError):
        shared.put("a", object())


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        SharedState(tmp_path / "file").put("a", 1)


def test_a_second_thread_is_told_that_it_may_not(shared: SharedState) -> None:
    shared.put("a", 1)
    caught: list[BaseException] = []

    def use() -> None:
        try:
            shared.get("a")
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(caught) == 1
