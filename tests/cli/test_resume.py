"""`wflow resume` continues what did not complete, and leaves alone what did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPAIRABLE = """\
name: x
nodes:
  first: {type: shell, script: 'echo ran >> first.txt'}
  second: {type: shell, script: 'test -e repaired'}
edges: [first -> second]
"""


def test_a_failed_run_goes_on_without_repeating_what_completed(
    cli: Any, write: Callable[..., Path], tmp_path: Path
) -> None:
    assert cli("run", write(REPAIRABLE), "--id", "r", "--output", "quiet").code == 1
    (tmp_path / "repaired").touch()
    said = cli("resume", "r", "--output", "json")
    assert said.code == 0
    assert json.loads(said.out.splitlines()[0])["event"] == "run_resumed"
    assert (tmp_path / "first.txt").read_text() == "ran\n"


def test_a_completed_run_has_nothing_to_continue(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    assert cli("resume", "last") == (0, "run r has completed; there is nothing to continue\n", "")
    assert cli("resume", "r", "--output", "quiet") == (0, "", "")


def test_a_run_that_is_not_there_is_misuse(cli: Any) -> None:
    said = cli("resume", "nosuch")
    assert said.code == 2
    assert "there is no run yet" in said.err


def test_a_damaged_journal_is_refused_until_the_loss_is_accepted(
    cli: Any, write: Callable[..., Path], home: Path, tmp_path: Path
) -> None:
    cli("run", write(REPAIRABLE), "--id", "r", "--output", "quiet")
    journal = home / "runs" / "r" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]) + lines[3].replace(b"second", b"sexond"))
    said = cli("resume", "r", "--output", "quiet")
    assert said.code == 8
    assert "--accept-loss" in said.err
    (tmp_path / "repaired").touch()
    assert cli("resume", "r", "--output", "quiet", "--accept-loss").code == 0
    assert (tmp_path / "first.txt").read_text() == "ran\n"


def test_a_script_file_that_changed_is_named(cli: Any, write: Callable[..., Path]) -> None:
    write("raise SystemExit(1)\n", "step.py")
    cli("run", write("name: x\nnodes: {a: {type: python, file: step.py}}\n"), "--id", "r", "--output", "quiet")
    write("pass\n", "step.py")
    said = cli("resume", "r", "--output", "quiet")
    assert said.code == 2
    assert "step.py" in said.err
