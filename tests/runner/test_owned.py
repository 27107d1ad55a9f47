"""`wflow.runner.owned`: a run is given up whatever happens, and what could not be recorded is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.runner.owned import owned
from wflow.store.memory import MemoryStore


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    store = MemoryStore(tmp_path)
    with owned(store.create("r")) as run:
        run.append('{"event":"x"}')
        run.post({"what": "pause"})
    return store


def test_a_run_is_given_up_at_the_end_and_its_requests_are_done_with(store: MemoryStore) -> None:
    with owned(store.open("r", own=True)) as run:
        assert store.is_alive("r")
        assert len(run.requests()) == 1
    assert not store.is_alive("r")
    assert store.open("r", own=True).requests() == []


def test_when_it_goes_wrong_the_requests_wait_for_the_next_owner(store: MemoryStore) -> None:
    def fail() -> None:
        with owned(store.open("r", own=True)) as run:
            assert len(run.requests()) == 1
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert not store.is_alive("r")
    assert [request["what"] for request in store.open("r", own=True).requests()] == ["pause"]
