"""`wflow cancel` asks the process that runs a run, which then leaves with a code of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.store.disk import DiskStore

SLOW = """\
name: slow
nodes:
  a: {type: shell, script: 'touch started; while [ ! -e go ]; do sleep 0.02; done'}
  b: {type: shell, script: 'true'}
edges: [a -> b]
"""


def test_a_run_that_is_alive_obeys(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(SLOW)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        assert cli("cancel", "r") == (0, "asked run r: cancel\n", "")
        time.sleep(0.3)
        (tmp_path / "go").touch()
        process.communicate(timeout=20)
    assert process.returncode == 4
    assert "cancelled" in cli("status", "r").out.splitlines()[0]


CLEANED_UP = """\
name: cleaned
nodes:
  a: {type: shell, script: 'echo a >> ran'}
  b: {type: shell, script: 'echo b >> ran; test ! -e bad'}
  c: {type: shell, script: 'echo c >> ran'}
  tidy: {type: shell, script: 'echo tidy >> ran; test ! -e bad'}
edges: [a -> b -> c, {from: b, to: tidy, trigger: cancel}]
"""


@pytest.mark.parametrize("paused", [True, False])
def test_one_that_is_paused_or_was_interrupted_is_cancelled_here_and_only_cleans_up(
    cli: Any, write: Callable[..., Path], interrupt: Callable[..., None], tmp_path: Path, paused: bool
) -> None:
    cli("run", write(CLEANED_UP), "--id", "r", "--output", "quiet")
    interrupt("r", "b#1")
    if paused:
        cli("pause", "r")
    (tmp_path / "ran").unlink()
    assert cli("cancel", "r") == (0, "cleaned cancelled\n  continue with: wflow resume r\n", "")
    assert (tmp_path / "ran").read_text() == "tidy\n"
    assert "cancelled" in cli("status").out
    said = cli("cancel", "r")
    assert (said.code, said.out) == (2, "")
    assert "run r is not running: it is cancelled" in said.err


def test_clean_up_that_fails_is_told_and_the_run_is_cancelled_all_the_same(
    cli: Any, write: Callable[..., Path], interrupt: Callable[..., None], tmp_path: Path
) -> None:
    cli("run", write(CLEANED_UP), "--id", "r", "--output", "quiet")
    interrupt("r", "b#1")
    (tmp_path / "bad").touch()
    said = cli("cancel", "r")
    assert said.code == 0
    assert "tidy failed" in said.out


def test_one_that_is_paused_before_it_began_ends_at_once(
    cli: Any, write: Callable[..., Path], home: Path, interrupt: Callable[..., None]
) -> None:
    cli("run", write(CLEANED_UP), "--id", "r", "--output", "quiet")
    journal = home / "runs" / "r" / "journal"
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    shutil.rmtree(home / "cache")
    cli("pause", "r")
    assert cli("cancel", "r").code == 0
    assert cli("status", "r", "--json").out.count('"skipped"') >= 3
    assert cli("retry", "r", "--output", "quiet").code == 0


def test_one_that_somebody_takes_up_meanwhile_is_asked(
    cli: Any, write: Callable[..., Path], home: Path, interrupt: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("run", write(CLEANED_UP), "--id", "r", "--output", "quiet")
    interrupt("r", "b#1")
    store = DiskStore(home)
    owner = store.open("r", own=True)
    with monkeypatch.context() as before:
        before.setattr(DiskStore, "is_alive", lambda store, run_id: False)  # as it was a moment ago
        assert cli("cancel", "r") == (0, "asked run r: cancel\n", "")
    assert [request["what"] for request in owner.requests()] == ["cancel"]
    store.close()


def test_a_run_that_nobody_runs_is_misuse(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    said = cli("cancel", "r")
    assert said.code == 2
    assert "run r is not running: it is completed" in said.err


BOOKED = """\
name: booked
nodes:
  a: {type: shell, script: 'echo a >> ran', compensate: undo}
  b: {type: shell, script: 'touch started; sleep 60'}
  undo: {type: shell, script: 'echo undo >> ran'}
edges: [a -> b]
"""


@pytest.mark.parametrize(("options", "ran"), [((), "a\n"), (("--compensate",), "a\nundo\n")])
def test_what_completed_is_undone_where_that_is_wished_for(
    cli: Any,
    write: Callable[..., Path],
    tmp_path: Path,
    wflow_environment: dict[str, str],
    options: tuple[str, ...],
    ran: str,
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(BOOKED)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        assert cli("cancel", "r", *options).code == 0
        process.communicate(timeout=20)
    assert process.returncode == 4
    assert (tmp_path / "ran").read_text() == ran


def test_a_run_that_nobody_runs_is_undone_here(
    cli: Any, write: Callable[..., Path], tmp_path: Path, interrupt: Callable[..., None]
) -> None:
    cli("run", write(BOOKED.replace("sleep 60", "true")), "--id", "r", "--output", "quiet")
    interrupt("r", "b#1")
    assert cli("cancel", "r", "--compensate").code == 0
    assert (tmp_path / "ran").read_text() == "a\nundo\n"
    assert "cancelled" in cli("status", "r").out.splitlines()[0]
