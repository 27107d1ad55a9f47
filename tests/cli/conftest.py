"""The command line called in this process, on a home of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from wflow.cli import main


class Said(NamedTuple):
    """What a command gave: its exit code, and what it printed."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """``cli("run", "one.yaml")``: call the command in this test's folder and say what it gave."""
    monkeypatch.setenv("WFLOW_HOME", str(home))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments], version="1.2.3")
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """``write("name: x\\n…")``: a workflow file of that text, ``flow.yaml`` if no name is given."""

    def put(text: str, name: str = "flow.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return put


@pytest.fixture
def interrupt(home: Path) -> Callable[..., None]:
    """``interrupt("r", "b#1")``: leave run ``r`` as a kill would have while that activation was out."""

    def cut(run_id: str, activation: str) -> None:
        journal = home / "runs" / run_id / "journal"
        lines = journal.read_bytes().splitlines(keepends=True)
        out = next(
            n for n, line in enumerate(lines) if b'"node_started"' in line and f'"{activation}"'.encode() in line
        )
        journal.write_bytes(b"".join(lines[: out + 1]))
        shutil.rmtree(home / "cache", ignore_errors=True)  # which knows of what is not there any more

    return cut


Live = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def live(write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]) -> Iterator[Live]:
    """``live(text)``: start run ``r`` of a workflow in a process of its own, and wait until it made the file `started`.

    The process is ended with the test, if it has not ended by then.
    """
    started: list[subprocess.Popen[str]] = []

    def go(text: str, output: str = "plain") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "wflow", "run", str(write(text)), "--id", "r", "--output", output]
        process = subprocess.Popen(
            command, env=wflow_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        return process

    yield go
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()
    (tmp_path / "go").touch()  # what a killed run has left running waits for it


@pytest.fixture
def leave(cli: Cli, tmp_path: Path, home: Path) -> Callable[..., None]:
    """``leave(process, "paused")``: have a run's process go, ``paused`` once the file `go` lets its script end, or
    ``interrupted``.
    """

    def go(process: subprocess.Popen[str], how: str) -> None:
        if how == "paused":
            cli("pause", "r")
            while b'"what":"pause"' not in (home / "runs/r/journal").read_bytes():
                time.sleep(0.01)
            (tmp_path / "go").touch()
        else:
            process.kill()
        process.communicate(timeout=20)
        assert how in cli("status", "r").out.splitlines()[0]

    return go
