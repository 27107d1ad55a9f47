"""`wflow pause` asks the process that runs a run, which then leaves with a code of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
        assert cli("pause", "r") == (0, "asked run r: pause\n", "")
        time.sleep(0.3)
        (tmp_path / "go").touch()
        process.communicate(timeout=20)
    assert process.returncode == 5
    assert "paused" in cli("status", "r").out.splitlines()[0]


@pytest.mark.parametrize("paused_before", [False, True])
def test_now_stops_what_runs_and_leaves_it_to_the_resume(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str], *, paused_before: bool
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(SLOW)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        if paused_before:
            assert cli("pause", "r").code == 0
        assert cli("pause", "--now", "r") == (0, "asked run r: pause\n", "")
        process.communicate(timeout=20)
    assert process.returncode == 5
    assert "paused" in cli("status", "r").out.splitlines()[0]
    (tmp_path / "go").touch()
    assert cli("resume", "r", "--output", "quiet").code == 0


def test_a_run_that_was_interrupted_is_paused_from_then_on(
    cli: Any, write: Callable[..., Path], interrupt: Callable[..., None], tmp_path: Path
) -> None:
    (tmp_path / "go").touch()
    cli("run", write(SLOW), "--id", "r", "--output", "quiet")
    interrupt("r", "a#1")
    assert cli("pause", "r") == (0, "run r was interrupted: it is paused now\n", "")
    assert cli("pause", "r") == (0, "run r is paused already\n", "")
    assert "paused" in cli("status", "r").out.splitlines()[0]
    assert "paused" in cli("status").out
    assert cli("recover") == (0, "no run is interrupted\n", "")
    assert cli("resume", "r", "--output", "quiet") == (0, "", "")


def test_a_damaged_run_is_not_paused(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    journal = home / "runs" / "r" / "journal"
    journal.write_bytes(journal.read_bytes().replace(b"noop", b"nopo"))
    said = cli("pause", "r")
    assert (said.code, said.out) == (8, "")
    assert said.err.count("wflow: error:") == 1


@pytest.mark.parametrize("options", [(), ("--now",)])
def test_a_run_that_nobody_runs_is_misuse(cli: Any, write: Callable[..., Path], options: tuple[str, ...]) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    said = cli("pause", *options, "r")
    assert said.code == 2
    assert "run r is not running: it is completed" in said.err
