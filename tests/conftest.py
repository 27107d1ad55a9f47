"""What every test shares: a home of its own for runs, and the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Examples are drawn anew on every machine but in one order in CI, and nothing is written beside the sources.
settings.register_profile("wflow", database=None, deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("wflow")


@pytest.fixture(scope="session", autouse=True)
def _no_test_touches_the_users_own_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Point everything that does not say otherwise at a folder of this session."""
    os.environ["WFLOW_HOME"] = str(tmp_path_factory.mktemp("wflow-home"))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        os.environ.pop(name, None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A fresh ``$WFLOW_HOME`` for this test; the folder does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def wflow(home: Path) -> Command:
    """Run the real command in a process of its own, on this test's home: ``wflow("run", file, cwd=folder)``.

    Returns the completed process with its output as text; never raises for an exit code. No terminal, no stdin.
    """

    def run(
        *arguments: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "wflow", *map(str, arguments)],
            cwd=cwd,
            env=command_environment(home, env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def wflow_environment(home: Path) -> dict[str, str]:
    """What `wflow` gives its process as environment, for a test that starts one in its own way."""
    return command_environment(home)


def command_environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a real command: this session's, the tree on the path, ``home`` for its runs."""
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": search, "WFLOW_HOME": str(home), "PYTHONUTF8": "1", **(extra or {})}
