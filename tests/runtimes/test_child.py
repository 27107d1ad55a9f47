from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def child(tmp_path: Path, settings: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Run the child by itself on a job file; gives its exit code and the result it wrote."""
    job = {
        "run": {
            "id": "r",
            "workflow": "w",
            "home": str(tmp_path),
            "folder": str(tmp_path),
            "secrets": [],
            "stop_grace": 1.0,
        },
        "activation": "a#1",
        "address": "a",
        "attempt": 2,
        "settings": settings,
        "input": {"x": 1},
        "inputs": {},
        "variables": {"n": 1},
        "params": {},
        "env": {},
        "idempotency_key": "k",
        "log": str(tmp_path / "log"),
        "scratch": str(tmp_path),
    }
    path = tmp_path / "job.json"
    path.write_text(json.dumps(job))
    code = f"from wflow.runtimes.child import main; main({str(path)!r})"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "WFLOW_PROGRESS": str(tmp_path / "progress")}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=False)
    return done.returncode, json.loads((tmp_path / "result.json").read_text())


def test_the_outcome_is_written_whole_beside_the_job(tmp_path: Path) -> None:
    code, result = child(
        tmp_path, {"script": "variables.add('n', run.attempt)\nprogress(50, 'two\\nlines')\nreturn input"}
    )
    assert code == 0
    assert result == {
        "status": "completed",
        "output": {"x": 1},
        "operations": [["add", "n", 2]],
        "failure": None,
        "warnings": [],
    }
    assert (tmp_path / "progress").read_text() == "50 two lines\n"
    assert not (tmp_path / "result.new").exists()


def test_a_failure_is_an_outcome_too(tmp_path: Path) -> None:
    code, result = child(tmp_path, {"script": "raise ValueError('x')"})
    assert code == 0
    assert result["status"] == "failed"
    assert result["failure"][:2] == ["ValueError", "x"]
