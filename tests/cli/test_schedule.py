"""`wflow schedule`: what each of its options does, and runs that really start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]

NIGHTLY = """\
name: nightly
nodes:
  tick: {type: timer, schedule: "30 2 * * *", timezone: Asia/Tokyo}
"""
# Due every second: seconds may stand in front of the five fields.
SECONDLY = """\
name: secondly
overlap: skip
nodes:
  tick: {type: timer, schedule: "* * * * * *"}
  due: {type: if, condition: input.triggered}
  work: {type: shell, script: SCRIPT}
edges: [tick -> due, due.true -> work]
outputs: {at: nodes.tick.output.trigger_time}
"""


def test_the_next_due_times_are_told_in_the_timers_own_zone(cli: Any, write: Callable[..., Path], home: Path) -> None:
    said = cli("schedule", write(NIGHTLY, "nightly.yaml").name, "--next", "3")
    assert (said.code, said.err) == (0, "")
    lines = [line.split("  ") for line in said.out.splitlines()]
    assert [(len(line), line[0][10:], line[1:]) for line in lines] == [
        (3, " 02:30:00+09:00", ["nightly.yaml", "tick"])
    ] * 3
    days = [datetime.fromisoformat(line[0]) for line in lines]
    assert [(after - before).days for before, after in pairwise(days)] == [1, 1]
    assert not home.exists()


def test_the_next_due_times_are_told_as_json(cli: Any, write: Callable[..., Path]) -> None:
    file = write(NIGHTLY)
    told = json.loads(cli("schedule", file, "--next", "2", "--json").out)
    assert told["version"] == 1
    assert [{**due, "at": due["at"][10:]} for due in told["due"]] == [
        {
            "at": "T17:30:00.000000Z",
            "file": str(file),
            "node": "tick",
            "schedule": "30 2 * * *",
            "timezone": "Asia/Tokyo",
        }
    ] * 2


def test_crontab_lines_are_printed_for_each_file_once(cli: Any, write: Callable[..., Path], home: Path) -> None:
    file = write(NIGHTLY)
    said = cli("schedule", file, file.name, f"./{file.name}", "--print-crontab")
    comment, line = said.out.splitlines()
    assert comment == f"# {file}: tick 30 2 * * *"
    assert line.startswith(f"* * * * * WFLOW_HOME={home} ")
    assert line.endswith(f" schedule --once {file}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument"),
        (["flow.yaml", "--once", "--next", "2"], "exclude each other"),
        (["flow.yaml", "--once", "--print-crontab"], "exclude each other"),
        (["flow.yaml", "--json"], "--json is for --next"),
        (["flow.yaml", "--next", "0"], "--next"),
        (["nosuch.yaml", "--once"], "no such file"),
        (["plain.yaml", "--once"], "plain.yaml has no timer at its top, so it never comes due"),
    ],
)
def test_what_makes_no_sense_is_misuse(
    arguments: list[str], message: str, cli: Any, write: Callable[..., Path], home: Path
) -> None:
    write(NIGHTLY)
    write("name: plain\nnodes: {a: {type: noop}}\n", "plain.yaml")
    said = cli("schedule", *arguments)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert not (home / "runs").exists()


def test_an_invalid_file_is_told_with_its_place(cli: Any, write: Callable[..., Path]) -> None:
    said = cli("schedule", write(NIGHTLY.replace("30 2 * * *", "30 2")), "--once")
    assert said.code == 3
    assert "flow.yaml:3:" in said.err
    assert "[bad-schedule]" in said.err


def test_once_starts_what_is_due_and_says_how_it_ended(wflow: Command, tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(SECONDLY.replace("SCRIPT", "'true'"), encoding="utf-8")
    (tmp_path / "nightly.yaml").write_text(NIGHTLY, encoding="utf-8")
    said = wflow("schedule", "--once", "flow.yaml", "nightly.yaml", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    begins, ends = said.stdout.splitlines()
    (run,) = json.loads(wflow("status", "--json").stdout)["runs"]
    assert begins.endswith(f"and is started as run {run['id']}")
    assert ends.endswith(f"run {run['id']} of flow.yaml completed")
    assert run["status"] == "completed"
    assert run["outputs"]["at"] is not None


def test_once_leaves_with_the_code_of_a_run_that_failed_and_shows_why(wflow: Command, tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(SECONDLY.replace("SCRIPT", "'exit 3'"), encoding="utf-8")
    said = wflow("schedule", "--once", file)
    assert said.returncode == 1
    assert "failed with exit code 1" in said.stdout
    assert "work: ExitCode" in said.stderr


def test_in_the_foreground_runs_start_until_a_signal_that_they_get_too(
    wflow: Command, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    file, began = tmp_path / "flow.yaml", tmp_path / "began"
    file.write_text(SECONDLY.replace("SCRIPT", f"'touch {began}; exec sleep 60'"), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "wflow", "schedule", str(file)],
        env=wflow_environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline()]
        assert "waiting for flow.yaml, due at " in said[0]
        while not any("was skipped" in line for line in said):
            said.append(process.stdout.readline())
            assert said[-1], said
        assert began.exists()
        os.kill(process.pid, signal.SIGTERM)
        said += process.stdout.readlines()
        assert process.wait(timeout=30) == 143
    statuses = [run["status"] for run in json.loads(wflow("status", "--json").stdout)["runs"]]
    assert statuses.count("paused") == 1
    assert "cancelled" in statuses
    assert any("was stopped by signal 15; `wflow resume" in line for line in said)
