"""Fifty runs started at once on one new ``$WFLOW_HOME``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., "subprocess.CompletedProcess[str]"]

RUNS = 50

WORKFLOW = """
name: together
variables: {sum: 0}
nodes:
  fan:
    type: foreach
    items: range(5)
    nodes:
      add: {type: python, script: 'variables.add("sum", input["item"])'}
  say: {type: shell, script: echo done}
edges: [fan -> say]
outputs: {sum: variables.sum}
"""


def test_fifty_runs_started_at_once_on_a_new_home_all_complete(
    wflow: Command, home: Path, tmp_path: Path, wflow_environment: dict[str, str]
) -> None:
    file = tmp_path / "together.yaml"
    file.write_text(WORKFLOW, encoding="utf-8")
    assert not home.exists()
    logs = [tmp_path / f"{n}.log" for n in range(RUNS)]
    started = []
    for log in logs:
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "wflow", "run", str(file), "--output", "errors"]
            started.append(
                subprocess.Popen(
                    command, env=wflow_environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT
                )
            )
    codes = [process.wait(timeout=120) for process in started]

    said = "".join(log.read_text(encoding="utf-8") for log in logs)
    assert Counter(codes) == {0: RUNS}, said
    assert "locked" not in said
    assert "Traceback" not in said
    runs = json.loads(wflow("status", "--json", "--last", 100).stdout)["runs"]
    assert Counter(run["status"] for run in runs) == {"completed": RUNS}
    assert len({run["id"] for run in runs}) == RUNS
    assert all(run["outputs"] == {"sum": 10} for run in runs)
