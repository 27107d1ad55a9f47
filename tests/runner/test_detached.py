"""`wflow.runner.detached`: a run that goes on without the process that started it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.runner.detached import NotBegun, run_detached
from wflow.store.disk import DiskStore

Ran = Callable[..., None]


@pytest.fixture(autouse=True)
def _in_this_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(home))


def test_it_returns_when_the_run_has_begun_and_the_run_goes_on(store: DiskStore, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    script = "until test -e go; do sleep 0.02; done; touch done"
    file.write_text(f"name: x\nnodes: {{a: {{type: shell, script: '{script}'}}}}\n")
    process = run_detached([str(file), "--id", "d", "--output", "quiet"], "d", store, patience=30.0)
    assert store.is_alive("d")
    assert os.getsid(process.pid) == process.pid
    (tmp_path / "go").touch()
    assert process.wait(30) == 0
    assert (tmp_path / "done").exists()


def test_a_run_that_is_over_before_it_was_looked_for_has_begun(store: DiskStore, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("name: x\nnodes: {a: {type: noop}}\n")
    process = run_detached([str(file), "--id", "d", "--output", "quiet"], "d", store, patience=30.0)
    assert process.wait(30) == 0


def test_what_kept_it_from_beginning_is_told(ran: Ran, store: DiskStore, tmp_path: Path) -> None:
    ran("name: x\nnodes: {a: {type: noop}}\n", "d")
    file = tmp_path / "x.yaml"
    file.write_text("name: x\nnodes: {a: {type: noop}}\n")
    with pytest.raises(NotBegun, match="run `d`") as caught:
        run_detached([str(file), "--id", "d", "--output", "quiet"], "d", store, patience=30.0)
    assert caught.value.code in (2, 7)


def test_one_that_waits_for_its_turn_is_left_to_it(store: DiskStore, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    script = "touch at-work; until test -e go; do sleep 0.02; done"
    file.write_text(f"name: x\noverlap: queue\nnodes: {{a: {{type: shell, script: '{script}'}}}}\n")
    first = run_detached([str(file), "--id", "first", "--output", "quiet"], "first", store, patience=30.0)
    second = run_detached([str(file), "--id", "second", "--output", "quiet"], "second", store, patience=0.5)
    assert store.run_ids() == ["first"]
    (tmp_path / "go").touch()
    assert (first.wait(30), second.wait(30)) == (0, 0)
    assert store.run_ids() == ["first", "second"]
