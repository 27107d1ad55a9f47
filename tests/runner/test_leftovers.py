"""`wflow.runner.leftovers`: what a dead engine has left of its scripts is looked for where there were any."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.runner.leftovers import clear_leftovers
from wflow.runner.unattended import Unattended
from wflow.store.memory import MemoryStore

Left = Callable[..., MemoryStore]

SHELL = "nodes: {a: {type: shell, script: 'true'}}"
ISOLATED = "nodes: {a: {type: python, isolation: process, script: pass}}"
THREAD = "nodes: {a: {type: python, script: pass}}"


@pytest.mark.parametrize(
    ("text", "steps", "cleared"),
    [(SHELL, 0, True), (ISOLATED, 0, True), (THREAD, 0, False), (SHELL, 1, False)],
    ids=["shell", "isolated", "thread", "ended"],
)
def test_processes_and_folders_go_where_a_script_was_in_flight(
    left: Left, tmp_path: Path, text: str, steps: int, *, cleared: bool
) -> None:
    state = Unattended(left(text, steps=steps).open("r", own=True), {}).state
    (tmp_path / "run" / "work" / "1").mkdir(parents=True)
    (tmp_path / "run" / "work" / "1" / "script").touch()
    (tmp_path / "link").symlink_to(tmp_path / "run")
    env = {**os.environ, "WFLOW_WORK": f"{tmp_path}/run/work/1"}
    with subprocess.Popen(["sleep", "60"], env=env, start_new_session=True) as process:
        clear_leftovers(state, tmp_path / "link")
        assert (process.poll() is not None) is cleared
        process.kill()
    assert (tmp_path / "run" / "work").exists() is not cleared
