from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.model.kinds import WORK_TYPES
from wflow.runtimes.csharp import CSharpRuntime
from wflow.runtimes.python import PythonRuntime
from wflow.runtimes.registry import runtime_for
from wflow.runtimes.shell import ShellRuntime


@pytest.mark.parametrize("node_type", sorted(WORK_TYPES))
def test_every_type_that_does_work_has_a_runtime(node_type: str) -> None:
    runtime_for(node_type).close()


def test_the_built_in_types_have_their_runtimes() -> None:
    assert isinstance(runtime_for("python"), PythonRuntime)
    assert isinstance(runtime_for("shell"), ShellRuntime)
    assert isinstance(runtime_for("csharp"), CSharpRuntime)


def test_a_type_that_nothing_executes_is_an_error_with_a_cure() -> None:
    with pytest.raises(UsageError, match="nothing here executes nodes of type `nope`") as caught:
        runtime_for("nope")
    assert caught.value.cure is not None
    assert "wflow.nodes" in caught.value.cure


def entry(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    def entry_points(*, group: str, name: str) -> list[metadata.EntryPoint]:
        return [metadata.EntryPoint(name, value, group)] if (group, name) == ("wflow.nodes", "own") else []

    monkeypatch.setattr(metadata, "entry_points", entry_points)


def test_a_package_adds_a_type_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    entry(monkeypatch, "wflow.runtimes.shell:ShellRuntime")
    assert isinstance(runtime_for("own"), ShellRuntime)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("wflow_absent:Runtime", "cannot be loaded: No module named 'wflow_absent'"),
        ("builtins:dict", "`builtins:dict`, the runtime of node type `own`, is no wflow Runtime"),
    ],
)
def test_a_package_that_is_broken_is_named(monkeypatch: pytest.MonkeyPatch, value: str, message: str) -> None:
    entry(monkeypatch, value)
    with pytest.raises(UsageError, match=message):
        runtime_for("own")


def test_python_nodes_load_nothing_that_starts_processes() -> None:
    code = (
        "import sys; from wflow.runtimes.registry import runtime_for; runtime_for('python');"
        "print([m for m in ('subprocess', 'asyncio', 'ctypes', 'traceback', 'decimal') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
