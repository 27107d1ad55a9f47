"""What came of a request is seen in the run's own journal, or said to be open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli import asking
from wflow.cli.asking import ask_and_see, read_whole
from wflow.engine.stimuli import Requested
from wflow.errors import JournalDamaged, UsageError
from wflow.store.codec import encode
from wflow.store.disk import DiskStore
from wflow.store.interface import RunStore

BAD = "name: bad\nnodes:\n  a: {type: python, script: 'raise ValueError(\"no\")'}\n"


@pytest.fixture
def owner(cli: Any, write: Callable[..., Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """A run ``r`` that a process owns which looks into no letter box: this one."""
    monkeypatch.setattr(asking, "_PATIENCE", 0.1)
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    return DiskStore(home).open("r", own=True)


def never(state: Any) -> bool:
    return False


def anything(state: Any) -> None:
    """No run refuses it."""


def test_who_does_not_look_has_yet_to_take_it(owner: RunStore, home: Path) -> None:
    store = DiskStore(home)
    reading = read_whole(store, "r")
    assert ask_and_see(store, reading, {"what": "x"}, check=anything, taken=never) == "posted"
    assert len(list((home / "runs/r/control").glob("*.json"))) == 1
    store.close()
    owner.close()


def test_what_is_in_the_journal_is_taken_or_refused(owner: RunStore, home: Path) -> None:
    store = DiskStore(home)
    reading = read_whole(store, "r")
    seen: list[float] = []

    def refuses(state: Any) -> None:
        raise UsageError("too late")

    def takes(state: Any) -> bool:
        seen.append(state.now)
        return True

    owner.append(encode(Requested(5.0, "x", {})))
    assert ask_and_see(store, reading, {"what": "x"}, check=refuses, taken=takes) == "taken"
    assert seen == [5.0]
    owner.append(encode(Requested(6.0, "x", {})))
    with pytest.raises(UsageError, match="too late"):
        ask_and_see(store, reading, {"what": "x"}, check=refuses, taken=never)
    store.close()
    owner.close()


def test_a_run_that_nobody_runs_takes_it_at_once_or_the_check_says_why_not(
    cli: Any, write: Callable[..., Path], home: Path
) -> None:
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    store = DiskStore(home)
    reading = read_whole(store, "r")

    def refuses(state: Any) -> None:
        raise UsageError(f"it is {state.status}")

    with pytest.raises(UsageError, match="it is failed"):
        ask_and_see(store, reading, {"what": "signal", "name": "go"}, check=refuses, taken=never)
    assert ask_and_see(store, reading, {"what": "signal", "name": "go"}, check=anything, taken=never) == "taken"
    assert b'"name":"go"' in (home / "runs/r/journal").read_bytes()
    store.close()


def test_a_journal_that_is_damaged_is_told(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    journal = home / "runs/r/journal"
    journal.write_bytes(journal.read_bytes().replace(b"run_started", b"run_startes"))
    store = DiskStore(home)
    with pytest.raises(JournalDamaged):
        read_whole(store, "r")
    store.close()
