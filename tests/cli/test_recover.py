"""`wflow recover` continues what was interrupted, one run after another, and says how each went."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.store.disk import DiskStore

FLOW = """\
name: x
nodes:
  a: {type: shell, script: 'echo a >> ran'}
  b: {type: shell, script: 'echo b >> ran; test ! -e bad'}
edges: [a -> b]
"""
SLOW = """\
name: slow
nodes:
  a: {type: shell, script: 'touch started; sleep 0.7; test -e fast || touch a.done'}
  b: {type: shell, script: 'touch b.done'}
edges: [a -> b]
"""

Interrupt = Callable[..., None]


@pytest.fixture
def two(cli: Any, write: Callable[..., Path], interrupt: Interrupt, tmp_path: Path) -> None:
    """Two interrupted runs, ``r1`` and ``r2``, in which ``b`` was out."""
    for name in ("r1", "r2"):
        cli("run", write(FLOW), "--id", name, "--output", "quiet")
        time.sleep(0.002)  # their ids say nothing of their order
    for name in ("r1", "r2"):
        interrupt(name, "b#1")
    (tmp_path / "ran").unlink()


@pytest.mark.usefixtures("two")
def test_every_interrupted_run_goes_on_each_with_its_own_output(cli: Any, tmp_path: Path) -> None:
    said = cli("recover")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert [line.split()[-1] for line in lines if "resumed as" in line] == ["r1", "r2"]
    assert lines[-1] == "2 runs: 2 completed"
    assert (tmp_path / "ran").read_text() == "b\nb\n"
    assert cli("recover") == (0, "no run is interrupted\n", "")
    assert cli("recover", "--output", "quiet") == (0, "", "")
    assert json.loads(cli("recover", "--json").out) == {"version": 1, "runs": []}


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("output", ["errors", "quiet"])
def test_cron_hears_nothing_where_all_complete(cli: Any, output: str) -> None:
    assert cli("recover", "--output", output) == (0, "", "")


@pytest.mark.usefixtures("two")
def test_the_exit_code_is_that_of_the_first_that_did_not_complete(cli: Any, tmp_path: Path, home: Path) -> None:
    (tmp_path / "bad").touch()
    journal = home / "runs" / "r2" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    said = cli("recover", "--json")
    assert said.code == 1
    assert "x failed at b" in said.err
    assert said.err.count("wflow: error:") == 1
    assert "--accept-loss" in said.err
    first, second = json.loads(said.out)["runs"]
    assert (first["id"], first["status"], first["exit_code"]) == ("r1", "failed", 1)
    assert first["error"] == {"address": "b", "type": "ExitCode", "message": "exit code 1"}
    assert (second["id"], second["status"], second["exit_code"]) == ("r2", "damaged", 8)
    assert second["error"]["type"] == "JournalDamaged"


@pytest.mark.usefixtures("two")
def test_a_dry_run_lists_them_and_leaves_every_file_as_it_is(cli: Any, home: Path, tmp_path: Path) -> None:
    journal = home / "runs" / "r2" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    cli("pause", "r1")
    cli("run", "flow.yaml", "--id", "r3", "--output", "quiet")  # the index knows of something
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()}
    for arguments in ((), ("--json",), ("--output", "quiet")):
        said = cli("recover", "--dry-run", *arguments)
        assert said.code == 0
        assert "run `r2` is damaged" in said.err
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()} == before
    assert cli("recover", "--dry-run").out == "no run is interrupted\n"


@pytest.mark.usefixtures("two")
def test_a_dry_run_says_what_would_go_on(cli: Any) -> None:
    lines = cli("recover", "--dry-run").out.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "r1", "r2", "nothing"]
    told = json.loads(cli("recover", "--dry-run", "--json").out)["runs"]
    assert [(one["id"], one["status"], one["exit_code"]) for one in told] == [
        ("r1", "interrupted", None),
        ("r2", "interrupted", None),
    ]


@pytest.mark.usefixtures("two")
def test_one_that_another_process_takes_is_passed_over(cli: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = DiskStore(home)
    store.open("r1", own=True)
    with monkeypatch.context() as before:
        before.setattr(DiskStore, "is_alive", lambda store, run_id: False)  # as it was a moment ago
        said = cli("recover")
    assert said.code == 0
    assert "run r1 is running by now: passed over" in said.out
    assert said.out.splitlines()[-1] == "2 runs: 1 running, 1 completed"
    store.close()


def test_json_and_an_output_exclude_each_other(cli: Any) -> None:
    said = cli("recover", "--json", "--output", "plain")
    assert said.code == 2
    assert "leave out --output" in said.err


@pytest.mark.parametrize(("name", "code", "rest"), [("INT", 5, "a.done"), ("TERM", 143, "")])
def test_a_signal_stops_the_run_that_goes_on_and_begins_no_other(
    cli: Any,
    write: Callable[..., Path],
    interrupt: Interrupt,
    tmp_path: Path,
    wflow_environment: dict[str, str],
    name: str,
    code: int,
    rest: str,
) -> None:
    (tmp_path / "fast").touch()
    for run_id in ("r1", "r2"):
        cli("run", write(SLOW), "--id", run_id, "--output", "quiet")
    for run_id in ("r1", "r2"):
        interrupt(run_id, "a#1")
    for done in ("fast", "started", "b.done"):
        (tmp_path / done).unlink()
    command = [sys.executable, "-m", "wflow", "recover", "--output", "plain"]
    with subprocess.Popen(command, env=wflow_environment, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        os.kill(process.pid, getattr(signal, f"SIG{name}"))
        out, _ = process.communicate(timeout=20)
    assert process.returncode == code
    assert out.splitlines()[-1] == "2 runs: 1 paused, 1 not begun"
    assert [path.name for path in tmp_path.glob("*.done")] == ([rest] if rest else [])
    told = json.loads(cli("status", "--json").out)["runs"]
    assert {one["id"]: one["status"] for one in told} == {"r1": "paused", "r2": "interrupted"}

    def to_recover() -> list[str]:
        return sorted(one["id"] for one in json.loads(cli("recover", "--dry-run", "--json").out)["runs"])

    # An orderly shutdown sends TERM to all; who types INT wants the run to stand.
    assert to_recover() == (["r1", "r2"] if name == "TERM" else ["r2"])
    told_of_pause = {"TERM": "run r1 was stopped by a signal: it is paused now\n", "INT": "run r1 is paused already\n"}
    assert cli("pause", "r1").out == told_of_pause[name]
    assert to_recover() == ["r2"]


def test_a_run_that_term_stopped_goes_on(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str], home: Path
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(SLOW)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment, cwd=tmp_path) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        process.terminate()
    assert process.returncode == 143
    index = DiskStore(home)
    index.put_summary("r", {})  # the index may know nothing: then the journal says it
    index.close()
    (tmp_path / "fast").touch()
    assert cli("recover").code == 0
    assert json.loads(cli("status", "r", "--json").out)["status"] == "completed"
