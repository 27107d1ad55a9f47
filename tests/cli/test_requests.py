"""Requests reach a run that is alive, are kept where that makes sense, and are refused elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.requests import ask
from wflow.errors import JournalDamaged, RunNotFound, UsageError
from wflow.store.disk import DiskStore

FLOW = "name: x\nnodes: {a: {type: noop}}\n"
BAD = "name: bad\nnodes:\n  a: {type: python, script: 'raise ValueError(\"no\")'}\n"


def letters(home: Path) -> list[dict[str, Any]]:
    """The requests that lie in the letter box of run ``r``."""
    found = [json.loads(path.read_text()) for path in sorted((home / "runs/r/control").glob("*.json"))]
    return [{name: value for name, value in letter.items() if name != "id"} for letter in found]


@pytest.fixture
def owned(cli: Any, write: Callable[..., Path], home: Path) -> Iterator[None]:
    """A run ``r`` that a process owns: this one."""
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    store = DiskStore(home)
    store.open("r", own=True)
    yield
    store.close()


@pytest.mark.usefixtures("owned")
def test_a_run_that_is_alive_gets_the_request(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ask("r", {"what": "pause"})
    ask("last", {"what": "signal", "name": "go", "data": [1]}, kept=True)
    assert letters(home) == [{"what": "pause"}, {"what": "signal", "name": "go", "data": [1]}]
    assert capsys.readouterr().out == "asked run r: pause\nasked run r: signal\n"


@pytest.mark.usefixtures("owned")
def test_the_journal_of_a_run_that_is_alive_is_not_read_however_long_it_is(home: Path) -> None:
    with (home / "runs" / "r" / "journal").open("ab") as journal:
        journal.write(b"what no reader would get past\n")
    ask("r", {"what": "cancel"})
    assert letters(home) == [{"what": "cancel"}]


def test_a_run_that_is_not_alive_takes_only_what_is_kept(
    cli: Any, write: Callable[..., Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    with pytest.raises(UsageError, match="run r is not running: it is failed") as caught:
        ask("r", {"what": "cancel"})
    assert caught.value.cure == "`wflow resume r` continues it"
    ask("r", {"what": "signal", "name": "go"}, kept=True)
    assert letters(home) == []
    last = json.loads((home / "runs/r/journal").read_text().splitlines()[-1])
    assert (last["event"], last["what"], last["arguments"]["name"]) == ("request", "signal", "go")
    assert "kept until `wflow resume r`" in capsys.readouterr().out


def test_a_completed_run_takes_nothing(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(FLOW), "--id", "r", "--output", "quiet")
    with pytest.raises(UsageError, match="it is completed"):
        ask("r", {"what": "signal", "name": "go"}, kept=True)
    assert letters(home) == []


def test_a_damaged_run_takes_nothing(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(BAD), "--id", "r", "--output", "quiet")
    journal = home / "runs" / "r" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    with pytest.raises(JournalDamaged):
        ask("r", {"what": "signal", "name": "go"}, kept=True)


def test_a_run_that_is_not_there_is_told(cli: Any) -> None:
    with pytest.raises(RunNotFound):
        ask("nosuch", {"what": "pause"})
