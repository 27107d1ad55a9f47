"""`wflow.runner.command`: wflow's own command, from anywhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wflow.runner.command import own_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("here", ["root", "elsewhere"])
def test_it_runs_wflow_and_nothing_of_the_folder_it_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    for name in ("typer.py", "json.py"):
        (tmp_path / name).write_text("raise SystemExit('imported from the current folder')\n")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(ROOT if here == "root" else tmp_path)
    done = subprocess.run(own_command("--version"), capture_output=True, text=True, check=True)
    assert done.stdout.startswith("wflow ")
