"""`wflow retry` runs again what did not complete of a run that ended, and sends the others to the command they need."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.store.disk import DiskStore

REPAIRABLE = """\
name: x
nodes:
  first: {type: shell, script: 'echo ran >> first.txt'}
  second: {type: shell, script: 'test -e repaired'}
edges: [first -> second]
"""
CANCELLED = """\
name: x
nodes:
  ends: {type: end, status: cancelled}
"""


def test_a_failed_run_goes_on_without_repeating_what_completed(
    cli: Any, write: Callable[..., Path], tmp_path: Path
) -> None:
    assert cli("run", write(REPAIRABLE), "--id", "r", "--output", "quiet").code == 1
    assert cli("retry", "r", "--output", "errors", "--workers", "1").code == 1
    (tmp_path / "repaired").touch()
    said = cli("retry", "last", "--output", "plain", "--strict")
    assert said.code == 0
    assert "second completed" in said.out
    assert (tmp_path / "first.txt").read_text() == "ran\n"


def test_a_cancelled_run_runs_again(cli: Any, write: Callable[..., Path]) -> None:
    assert cli("run", write(CANCELLED), "--id", "r", "--output", "quiet").code == 4
    assert cli("retry", "r", "--output", "quiet").code == 4


def test_a_completed_run_has_nothing_to_try_again(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    said = cli("retry", "r")
    assert (said.code, said.out) == (2, "")
    assert "run r has completed: there is nothing to try again" in said.err


@pytest.mark.parametrize("status", ["interrupted", "paused"])
def test_one_that_has_not_ended_is_resumed_instead(
    cli: Any, write: Callable[..., Path], interrupt: Callable[..., None], home: Path, status: str
) -> None:
    cli("run", write(REPAIRABLE), "--id", "r", "--output", "quiet")
    interrupt("r", "second#1")
    if status == "paused":
        cli("pause", "r")
    before = (home / "runs" / "r" / "journal").read_bytes()
    said = cli("retry", "r")
    assert said.code == 2
    assert f"run r has not ended: it is {status}" in said.err
    assert "`wflow resume r` continues it" in said.err
    assert (home / "runs" / "r" / "journal").read_bytes() == before


def test_one_that_a_process_runs_is_left_to_it(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(REPAIRABLE), "--id", "r", "--output", "quiet")
    store = DiskStore(home)
    store.open("r", own=True)
    said = cli("retry", "r")
    assert said.code == 7
    assert "run `r` is running already" in said.err
    store.close()


TWO = """\
name: two
nodes:
  a: {type: shell, script: 'test -e repaired'}
  b: {type: shell, script: 'test -e repaired'}
  after: {type: shell, script: 'true'}
edges: [a -> after]
"""


def test_one_node_of_a_run_that_ended_runs_again_alone(cli: Any, write: Callable[..., Path], tmp_path: Path) -> None:
    assert cli("run", write(TWO), "--id", "r", "--output", "quiet").code == 1
    (tmp_path / "repaired").touch()
    said = cli("retry", "r", "a", "--output", "plain")
    assert said.code == 1
    assert "after completed" in said.out
    assert "b started" not in said.out
    assert cli("retry", "r", "b", "--output", "quiet").code == 0


def test_one_node_of_a_run_that_goes_on_is_taken_up_by_its_process(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    text = TWO.replace("  b: {type: shell, script: 'test -e repaired'}", "  b: {type: wait, signal: go}")
    command = [sys.executable, "-m", "wflow", "run", str(write(text)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment) as process:
        while "a: " not in cli("status", "r", "--failed").out:
            time.sleep(0.02)
        (tmp_path / "repaired").touch()
        assert cli("retry", "r", "a") == (0, "asked run r: retry\n", "")
        assert cli("signal", "r", "go").code == 0
        process.wait(20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("node", "message"),
    [("after", "`after` is skipped: only what failed or was cancelled is tried again"), ("c", "run r has no node `c`")],
)
def test_a_node_that_cannot_be_tried_again_is_misuse(
    cli: Any, write: Callable[..., Path], node: str, message: str
) -> None:
    cli("run", write(TWO), "--id", "r", "--output", "quiet")
    said = cli("retry", "r", node)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_one_node_of_a_run_that_was_compensated_is_not_run_alone(cli: Any, write: Callable[..., Path]) -> None:
    text = TWO.replace("edges:", "  done: {type: noop, compensate: undo}\n  undo: {type: noop}\nedges:")
    assert cli("run", write(text), "--id", "r", "--output", "quiet").code == 1
    said = cli("retry", "r", "a")
    assert (said.code, said.out) == (2, "")
    assert "run r was compensated" in said.err
