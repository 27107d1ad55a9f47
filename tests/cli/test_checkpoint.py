"""`wflow checkpoint` has a run that syncs by itself at its end only sync, and keep a snapshot, now."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wflow.store.disk import DiskStore

SLOW = """\
name: slow
checkpoint: manual
nodes:
  first: {type: noop}
  a: {type: shell, script: 'touch started; while [ ! -e go ]; do sleep 0.02; done'}
edges: [first -> a]
"""


def test_a_run_that_is_alive_keeps_a_snapshot_at_once(
    cli: Any, write: Callable[..., Path], tmp_path: Path, home: Path, wflow_environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "wflow", "run", str(write(SLOW)), "--id", "r", "--output", "quiet"]
    with subprocess.Popen(command, env=wflow_environment, stderr=subprocess.PIPE) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        assert cli("checkpoint", "r") == (0, "asked run r: checkpoint\n", "")
        kept = None
        for _ in range(200):
            store = DiskStore(home)
            kept = store.open("r").snapshot()
            store.close()
            if kept is not None:
                break
            time.sleep(0.02)
        (tmp_path / "go").touch()
        process.communicate(timeout=20)
    assert kept is not None
    assert process.returncode == 0


def test_a_run_that_nobody_runs_is_misuse(cli: Any, write: Callable[..., Path]) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    assert cli("checkpoint", "r").code == 2
