"""`wflow set`: a node's output given by hand, to a run that goes on and to one that ended."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
name: stuck
nodes:
  a: {type: shell, script: 'touch started; exec sleep 60'}
  b: {type: python, script: 'output["got"] = input["x"]'}
edges: [a -> b]
outputs: {got: nodes.b.output.got}
"""


def test_a_node_that_runs_is_stopped_and_completes_with_it(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(FLOW)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        said = cli("set", "r", "a", "--status", "completed", "--output", '{"x": 7}')
        assert (said.code, said.out) == (0, "asked run r: set\n")
        process.wait(20)
    assert process.returncode == 0
    assert json.loads(cli("status", "r", "--json").out)["outputs"] == {"got": 7}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("r", "a", "--output", "7"), "a node's output is a JSON object"),
        (("r", "a", "--output", "{"), "--output is no JSON"),
        (("r", "a", "--status", "failed"), "Invalid value"),
        (("r", "c"), "run r has no node `c`"),
        (("q", "a"), "no run"),
    ],
)
def test_what_cannot_be_set_is_misuse(
    cli: Any, write: Callable[..., Path], arguments: tuple[str, ...], message: str
) -> None:
    assert cli("run", write(FLOW.replace("exec sleep 60", "exit 3")), "--id", "r", "--output", "quiet").code == 1
    said = cli("set", *arguments)
    assert said.code == 2
    assert message in said.err


def test_a_run_that_failed_has_it_at_its_resume_and_does_not_run_the_node_again(
    cli: Any, write: Callable[..., Path], tmp_path: Path
) -> None:
    text = FLOW.replace("exec sleep 60", "exit 3").replace("touch started", "echo x >> started")
    assert cli("run", write(text), "--id", "r", "--output", "quiet").code == 1
    said = cli("set", "r", "a", "--output", '{"x": 7}')
    assert (said.code, said.out) == (0, "run r is failed: the set is kept until `wflow resume r`\n")
    assert cli("resume", "r", "--output", "quiet").code == 0
    assert json.loads(cli("status", "r", "--json").out)["outputs"] == {"got": 7}
    assert (tmp_path / "started").read_text() == "x\n"
