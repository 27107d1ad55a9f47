"""Dry runs leave no effect, with nodes of every type: files, processes and state are as they were."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.model.kinds import KINDS

Command = Callable[..., "subprocess.CompletedProcess[str]"]

CHILD = """\
name: child
parameters: {n: {type: integer, default: 1}}
nodes: {touch: {type: shell, script: 'touch effect-of-child'}}
"""

#: Each type once, and each that can leaves a file or a process behind when it runs.
NODES: dict[str, Any] = {
    "py": {"type": "python", "script": "open('effect-of-python', 'w').close()", "compensate": "undo"},
    "sh": {"type": "shell", "script": "touch effect-of-shell; setsid sleep 60 &", "retry": {"max_attempts": 2}},
    "cs": {"type": "csharp", "script": 'System.IO.File.WriteAllText("effect-of-csharp", "");'},
    "ps": {"type": "powershell", "script": "New-Item effect-of-powershell"},
    "if": {"type": "if", "condition": "true"},
    "switch": {"type": "switch", "value": "1", "cases": {"1": "one"}},
    "each": {
        "type": "foreach",
        "items": "range(3)",
        "nodes": {"touch": {"type": "shell", "script": 'touch "effect-of-$WFLOW_INPUT_ITEM"'}},
    },
    "while": {
        "type": "while",
        "condition": "iteration_index < 2",
        "nodes": {"touch": {"type": "shell", "script": "touch effect-of-while"}},
    },
    "box": {"type": "container", "nodes": {"touch": {"type": "shell", "script": "touch effect-of-container"}}},
    "sub": {"type": "subflow", "file": "child.yaml"},
    "tick": {"type": "timer", "schedule": "* * * * *", "trigger_on_start": True},
    "wait": {"type": "wait", "for": "1ms"},
    "stop": {"type": "cancel", "targets": ["late"]},
    "late": {"type": "noop", "breaker": {"name": "api"}, "fallback": "instead"},
    "instead": {"type": "noop"},
    "undo": {"type": "shell", "script": "touch effect-of-undo"},
    "end": {"type": "end"},
}


def workflow(**nodes: Any) -> str:
    chain = ["if.true -> switch", "switch.one -> each -> while -> box -> sub -> tick -> wait -> stop -> late -> end"]
    edges = ["[py, sh] -> if", *chain, "cs -> ps"]
    return json.dumps({"name": "every", "nodes": {**NODES, **nodes}, "edges": edges})


def everything(*folders: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file and folder: its mode, when it changed, what is in it."""
    found: dict[str, tuple[int, int, bytes]] = {}
    for folder in folders:
        for path in [folder, *folder.rglob("*")]:
            facts = path.lstat()
            found[str(path)] = (facts.st_mode, facts.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
    return found


def processes_of(home: Path) -> list[str]:
    """Processes that know of this home: those of its runs, and of what they have started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if str(home).encode() in (entry / "environ").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "child.yaml").write_text(CHILD, encoding="utf-8")
    (folder / "every.json").write_text(workflow(), encoding="utf-8")
    return folder


def test_the_workflow_has_every_type() -> None:
    assert {node["type"] for node in NODES.values()} == set(KINDS)


def test_a_dry_run_leaves_no_effect(wflow: Command, project: Path, home: Path) -> None:
    home.mkdir(exist_ok=True)
    before = everything(project, home)
    said = wflow("run", project / "every.json", "--dry-run")
    assert said.returncode == 0, said.stderr
    assert said.stdout.endswith("nothing was run\n")
    assert everything(project, home) == before
    assert processes_of(home) == []
