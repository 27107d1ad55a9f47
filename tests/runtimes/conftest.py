"""What the tests of runtimes share: an attempt to be executed, with a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.runtimes.python import PythonRuntime
from wflow.runtimes.shell import ShellRuntime
from wflow.runtimes.work import RunFacts, Stop, Work

MakeWork = Callable[..., Work]


@pytest.fixture
def make_work(tmp_path: Path) -> MakeWork:
    """Make a `Work`: settings as a mapping, anything else of it by name; ``reported`` collects its progress."""
    home = tmp_path / "flow"
    home.mkdir()
    count = 0

    def make(settings: dict[str, Any], **given: Any) -> Work:
        nonlocal count
        count += 1
        facts = {name: given.pop(name) for name in ("secrets", "stop_grace", "cache") if name in given}
        reported: list[tuple[float, str]] = given.pop("reported", [])
        values: dict[str, Any] = {
            # Tests run side by side in processes, and a run's own processes are found by its id, machine-wide.
            "run": RunFacts(f"run-{os.getpid()}", "flow", home, tmp_path, **facts),
            "activation": f"node#{count}",
            "address": "node",
            "attempt": 1,
            "type": "python",
            "settings": settings,
            "input": {},
            "inputs": {},
            "variables": {},
            "params": {},
            "env": {},
            "idempotency_key": "key-1",
            "log": str(tmp_path / "logs" / f"{count}"),
            "scratch": str(tmp_path / "work" / f"{count}"),
            "stop": Stop(),
            "progress": lambda percent, message: reported.append((percent, message)),
        }
        return Work(**{**values, **given})

    return make


@pytest.fixture
def python() -> Iterator[PythonRuntime]:
    """A runtime for Python nodes, closed after the test."""
    runtime = PythonRuntime()
    yield runtime
    runtime.close()


@pytest.fixture
def shell() -> Iterator[ShellRuntime]:
    """A runtime for shell nodes, closed after the test."""
    runtime = ShellRuntime()
    yield runtime
    runtime.close()
