"""`wflow.runner.deadletters`: dead letters over runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.runner import inspect
from wflow.runner.deadletters import all_letters, chosen_letters, letter_json, letters_of
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

GOOD = "name: good\nnodes:\n  a: {type: python, script: pass}\n"
BAD = """\
name: bad
nodes:
  a: {type: python, script: 'output["x"] = 1'}
  b: {type: python, retry: {max_attempts: 2, initial_delay: 1ms}, script: 'raise ValueError("no")'}
edges: [a -> b]
"""


def test_runs_that_have_none_are_not_read(ran: Ran, store: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    ran(GOOD, "one")
    ran(BAD, "two")
    read: list[str] = []
    real = inspect.read_run

    def noted(given: DiskStore, run_id: str) -> inspect.Reading:
        read.append(run_id)
        return real(given, run_id)

    monkeypatch.setattr("wflow.runner.deadletters.read_run", noted)
    assert [(one.run, one.workflow, len(one.letters)) for one in all_letters(store)] == [("two", "bad", 1)]
    assert read == ["two"]


def test_without_the_index_every_run_is_read(ran: Ran, store: DiskStore) -> None:
    ran(GOOD, "one")
    ran(BAD, "two")
    store._cache.forget("one")
    store._cache.forget("two")
    assert [one.run for one in all_letters(store)] == ["two"]


def test_a_damaged_run_hides_no_other(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(BAD, "one")
    ran(BAD, "two")
    journal = home / "runs/one/journal"
    journal.write_bytes(b"x" + journal.read_bytes())
    assert [one.run for one in all_letters(store)] == ["two"]


def test_one_is_told_with_envelope_error_and_input(ran: Ran, store: DiskStore) -> None:
    ran(BAD)
    found = letters_of(store, "r")
    told = letter_json(found, found.letters[0], whole=True)
    assert told["error"].pop("traceback").startswith("Traceback")
    assert told.pop("at").endswith("Z")
    assert told == {
        "version": 1,
        "run": "r",
        "number": 1,
        "workflow": "bad",
        "address": "b",
        "type": "python",
        "activation": 1,
        "reason": "retries",
        "attempts": 2,
        "crashes": 0,
        "envelope": [{"edge": "a -> b", "trigger": "complete"}],
        "error": {"address": "b", "type": "ValueError", "message": "no"},
        "input": {"x": 1},
    }
    short = letter_json(found, found.letters[0], whole=False)
    assert "input" not in short
    assert "traceback" not in short["error"]


def test_a_number_that_is_not_there_is_named(ran: Ran, store: DiskStore) -> None:
    ran(BAD)
    found = letters_of(store, "r")
    assert chosen_letters(found, []) == chosen_letters(found, [1, 1]) == found.letters
    with pytest.raises(UsageError, match="run r has no dead letter 7"):
        chosen_letters(found, [1, 7])
    ran(GOOD, "good")
    with pytest.raises(UsageError, match="run good has no dead letters"):
        chosen_letters(letters_of(store, "good"), [])
