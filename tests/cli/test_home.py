"""Commands open the store in $WFLOW_HOME and close it whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.cli.home import opened_store


def test_the_store_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(tmp_path / "here"))
    with opened_store() as store:
        assert store.home == tmp_path / "here"


def test_runs_that_were_open_are_free_again_after_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(tmp_path))

    def fail() -> None:
        with opened_store() as store:
            store.create("r").append('{"event": "x"}')
            assert store.is_alive("r")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with opened_store() as store:
        assert not store.is_alive("r")


def test_a_store_for_looking_only_makes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(tmp_path / "here"))
    with opened_store(read_only=True) as store:
        assert store.summaries() == {}
        with pytest.raises(RuntimeError, match="looking only"):
            store.create("r")
    assert not (tmp_path / "here").exists()
