"""Workflows nested fifty deep, of containers, loops and subflows, on one worker: no control node holds a thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DEPTH = 50


def nested(level: int, folder: Path) -> dict[str, Any]:
    """The nodes at this level, as YAML's JSON; subflows are written into files of their own."""
    if level == DEPTH:
        return {"leaf": {"type": "python", "script": 'open("leaf", "w").write("reached")'}}
    inner = nested(level + 1, folder)
    kinds: list[dict[str, Any]] = [
        {"type": "container", "nodes": inner},
        {"type": "foreach", "items": "[1]", "nodes": inner},
        {"type": "while", "condition": "iteration_index < 1", "nodes": inner},
    ]
    if level % 4 < 3:
        return {f"n{level}": kinds[level % 4]}
    (folder / f"sub{level}.yaml").write_text(json.dumps({"name": f"sub{level}", "nodes": inner}))
    return {f"n{level}": {"type": "subflow", "file": f"sub{level}.yaml"}}


def test_fifty_deep_completes_with_one_worker(wflow: Any, tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text(json.dumps({"name": "deep", "nodes": nested(0, tmp_path)}))
    said = wflow("run", "deep.yaml", "--workers", "1", "--output", "quiet", cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert (tmp_path / "leaf").read_text() == "reached"
