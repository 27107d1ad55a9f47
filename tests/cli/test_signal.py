"""`wflow signal` wakes what waits for it, also when it comes first."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WAITING = """\
name: waits
nodes:
  a: {type: shell, script: 'touch started'}
  w: {type: wait, signal: go}
edges: [a -> w]
outputs: {got: nodes.w.output}
"""


def test_a_wait_gets_the_data_of_its_signal(
    cli: Any, write: Callable[..., Path], tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(WAITING)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        assert cli("signal", "r", "go", "--data", '{"n": 1}').code == 0
        process.wait(20)
    assert process.returncode == 0
    assert json.loads(cli("status", "r", "--json").out)["outputs"] == {"got": {"n": 1}}


@pytest.mark.parametrize("data", ["{", "NaN", "text", "[" * 100_000])
def test_data_that_is_no_json_is_misuse(data: str, cli: Any) -> None:
    said = cli("signal", "r", "go", "--data", data)
    assert said.code == 2
    assert "--data is no JSON" in said.err
