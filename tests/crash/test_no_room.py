"""A home that takes nothing more: commands on runs say so in one sentence, exit with 8, and leave the run as it was."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

DIES = """\
name: dies
nodes:
  a:
    type: python
    script: |
      import os, signal
      if not os.path.exists("again"):
          open("again", "w").close()
          os.kill(os.getpid(), signal.SIGKILL)
  b: {type: shell, script: 'true'}
edges: [a -> b]
"""
FAILS = "name: fails\nnodes: {a: {type: shell, script: 'test -e again || { touch again; exit 1; }'}}\n"


@pytest.fixture
def died(wflow: Command, tmp_path: Path, home: Path) -> Path:
    """The journal of a run ``r`` whose engine was killed."""
    (tmp_path / "dies.yaml").write_text(DIES)
    assert wflow("run", "dies.yaml", "--id", "r", "--output", "quiet", cwd=tmp_path).returncode == -9
    return home / "runs" / "r" / "journal"


@pytest.fixture
def full(wflow_environment: dict[str, str], tmp_path: Path) -> Command:
    """``full(journal, "pause", "r")``: the command where no file may become longer than that journal is."""

    def run(journal: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        limit = journal.stat().st_size
        return subprocess.run(
            [sys.executable, "-m", "wflow", *arguments],
            env=wflow_environment,
            cwd=tmp_path,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def says_once(said: subprocess.CompletedProcess[str], message: str) -> None:
    """Exit code 8, one error, and that message in it."""
    told = said.stdout + said.stderr
    assert said.returncode == 8, told
    errors = [line for line in said.stderr.splitlines() if line.startswith("wflow: error: ")]
    assert len(errors) == 1, told
    assert message in errors[0]
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [("pause", "r"), ("cancel", "r"), ("resume", "r"), ("recover",)])
def test_a_journal_that_takes_nothing_more_is_told_and_the_run_left_as_it_was(
    command: tuple[str, ...], wflow: Command, full: Command, died: Path
) -> None:
    before = died.read_bytes()
    says_once(full(died, *command), f"the journal `{died}` cannot be written")
    assert died.read_bytes() == before
    assert wflow("recover", "--output", "quiet").returncode == 0


def test_so_it_is_for_a_retry(wflow: Command, full: Command, home: Path, tmp_path: Path) -> None:
    (tmp_path / "fails.yaml").write_text(FAILS)
    assert wflow("run", "fails.yaml", "--id", "r", "--output", "quiet", cwd=tmp_path).returncode == 1
    journal = home / "runs" / "r" / "journal"
    before = journal.read_bytes()
    says_once(full(journal, "retry", "r"), f"the journal `{journal}` cannot be written")
    assert journal.read_bytes() == before
    assert wflow("retry", "r", "--output", "quiet").returncode == 0


def test_a_request_that_could_not_be_recorded_is_heard_once_there_is_room(
    wflow: Command, full: Command, died: Path, tmp_path: Path
) -> None:
    assert wflow("signal", "r", "go").returncode == 0
    says_once(full(died, "pause", "r"), "cannot be written")
    assert len(list((died.parent / "control").glob("*.json"))) == 1
    assert wflow("resume", "r", "--output", "quiet", cwd=tmp_path).returncode == 0
    assert died.read_text().count('"what":"signal"') == 1
    assert not list((died.parent / "control").glob("*.json"))


def test_runs_can_be_removed_where_there_is_no_room(full: Command, died: Path) -> None:
    said = full(died, "prune", "--older-than", "0", "--status", "interrupted")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-1].startswith("1 run removed, ")
    assert not died.parent.exists()


@pytest.mark.parametrize("command", [("pause", "r"), ("cancel", "r"), ("recover",), ("rm", "r"), ("prune",)])
def test_a_run_that_cannot_be_taken_is_told(command: tuple[str, ...], wflow: Command, died: Path) -> None:
    lock = died.with_name("lock")
    lock.unlink()
    lock.mkdir()  # what may not be written to: to root everything else may
    more = ("--older-than", "0", "--status", "interrupted") if command == ("prune",) else ()
    says_once(wflow(*command, *more), f"`{lock}` cannot be opened")
    assert died.exists()
