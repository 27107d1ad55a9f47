"""`wflow logs`: what nodes printed, cleaned, chosen, followed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
name: x
secrets: [TOKEN]
nodes:
  one:
    type: shell
    script: |
      printf 'first\\n\\tsecond\\033[31m\\n'
      echo "token $TOKEN"
      echo problem >&2
  two: {type: python, script: "print('from python')"}
  silent: {type: noop}
  each: {type: foreach, items: "[1, 2]", nodes: {say: {type: shell, script: 'echo $WFLOW_INPUT_ITEM'}}}
edges: [one -> two -> each]
"""


@pytest.fixture
def ran(cli: Any, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TOKEN", "s3cret-value")
    assert cli("run", write(FLOW), "--id", "r", "--output", "quiet").code == 0
    return cli


def test_one_node_is_printed_as_it_wrote_but_for_control_characters_and_secrets(ran: Any) -> None:
    assert ran("logs", "r", "one") == (0, "first\n\tsecond\ntoken ***\nproblem\n", "")
    assert "\x1b[31m" in ran("logs", "r", "one", "--raw").out
    assert "s3cret" not in ran("logs", "r", "one", "--raw").out


def test_several_nodes_are_told_apart_in_the_order_in_which_they_ended(ran: Any) -> None:
    lines = ran("logs", "last").out.splitlines()
    assert lines[0] == "one | first"
    assert lines[4] == "two | from python"
    assert sorted(lines[5:]) == ["each[0]/say | 1", "each[1]/say | 2"]


def test_a_node_stands_for_what_is_below_it(ran: Any) -> None:
    assert sorted(ran("logs", "r", "each").out.splitlines()) == ["each[0]/say | 1", "each[1]/say | 2"]
    assert ran("logs", "r", "each[1]/say").out == "2\n"


def test_lines_can_be_chosen(ran: Any) -> None:
    assert ran("logs", "r", "one", "--tail", "1").out == "token ***\nproblem\n"
    assert ran("logs", "r", "one", "--grep", "^pro|sec").out == "\tsecond\nproblem\n"
    assert ran("logs", "r", "one", "--tail", "0").out == ""


def test_logs_can_be_chosen_by_when_they_were_written(ran: Any, home: Path) -> None:
    for path in (home / "runs/r/logs").glob("one#*"):
        os.utime(path, (1_000_000, 1_000_000))
    assert ran("logs", "r", "--since", "1h").out.splitlines()[0] == "two | from python"
    assert "one | first" in ran("logs", "r", "--since", "1970-01-01T00:00:00Z").out
    assert ran("logs", "r", "one", "--since", "1d").out == ""


@pytest.mark.parametrize("options", [["--since", "soon"], ["--grep", "("], ["--tail", "-1"], ["nosuch"]])
def test_what_cannot_be_asked_is_misuse(options: list[str], ran: Any) -> None:
    said = ran("logs", "r", *options)
    assert said.code == 2
    assert said.out == ""


def test_a_node_that_printed_nothing_is_told_so(ran: Any) -> None:
    assert ran("logs", "r", "silent") == (0, "", "`silent` has printed nothing\n")


def test_a_live_run_is_followed_to_its_end(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    script = "echo one; printf tw; touch started; while [ ! -e go ]; do sleep 0.02; done; echo o"
    file = write(
        "name: x\nnodes:\n"
        f"  a: {{type: shell, script: '{script}'}}\n"
        "  b: {type: shell, script: echo three}\n"
        "edges: [a -> b]\n"
    )
    base = [sys.executable, "-m", "wflow"]
    with subprocess.Popen([*base, "run", str(file), "--id", "r", "--output", "quiet"], env=wflow_environment) as run:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        with subprocess.Popen(
            [*base, "logs", "r", "-f"], env=wflow_environment, stdout=subprocess.PIPE, text=True
        ) as follower:
            assert follower.stdout is not None
            assert follower.stdout.readline() == "a | one\n"
            (tmp_path / "go").touch()
            rest = follower.stdout.read()
    assert run.returncode == 0
    assert re.fullmatch(r"a \| two\nb \| three\n", rest)
