"""What every test shares: a home of its own for runs, and the real command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.dotnet import complete
from wflow.errors import WflowError
from wflow.runtimes.csharp_build import build_host
from wflow.runtimes.csharp_dotnet import Dotnet, find_dotnet
from wflow.runtimes.powershell_program import find_pwsh

ROOT = Path(__file__).resolve().parents[1]

Command = Callable[..., "subprocess.CompletedProcess[str]"]

# Examples are drawn anew on every machine but in one order in CI, and nothing is written beside the sources.
settings.register_profile("wflow", database=None, deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("wflow")


def found(find: Callable[[Mapping[str, str]], object]) -> bool:
    """Whether a program is here that ``find`` looks for with this environment."""
    try:
        find(os.environ)
    except WflowError:
        return False
    return True


#: What some tests cannot do without: the mark that they have, what it is called, how it is looked for.
PROGRAMS: dict[str, tuple[str, Callable[[Mapping[str, str]], object]]] = {
    "requires_pwsh": ("PowerShell", find_pwsh),
    "requires_dotnet": (".NET", find_dotnet),
}


def missing(name: str) -> str:
    """Why a test that needs the program did not run."""
    return f"{name} was not found"


def pytest_configure(config: pytest.Config) -> None:
    """The marks of tests that need a program; the .NET that `make dotnet` has made, before a machine's own."""
    for mark, (name, _) in PROGRAMS.items():
        config.addinivalue_line("markers", f"{mark}: runs only where {name} is found")
    # In a job in the background, or under nohup, these are ignored from the start, and what is ignored stays so.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    own = ROOT / ".dotnet"
    if complete(own):
        os.environ["WFLOW_DOTNET"] = str(own)
        os.environ.pop("WFLOW_ROSLYN", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the tests whose program is not here."""
    for mark, (name, find) in PROGRAMS.items():
        marked = [item for item in items if item.get_closest_marker(mark)]
        # Where it must be there, the tests run and say what is missing.
        if marked and not os.environ.get(mark.upper().replace("REQUIRES", "WFLOW_REQUIRE")) and not found(find):
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=missing(name)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say aloud what was left out, so that no one takes silence for proof."""
    for name, _ in PROGRAMS.values():
        left = [one for one in terminalreporter.stats.get("skipped", ()) if missing(name) in str(one.longrepr)]
        if left:
            text = f"{len(left)} TESTS DID NOT RUN: {missing(name)}. What they are to prove is unproven here."
            terminalreporter.section(missing(name), sep="!", red=True, bold=True)
            terminalreporter.write_line(text, red=True, bold=True)


@pytest.fixture
def pwsh_stand_in(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of what stands in for ``pwsh`` in this test: `runtimes/pwsh_stand_in.py`, which is no PowerShell."""
    spec = spec_from_file_location("pwsh_stand_in", Path(__file__).parent / "runtimes" / "pwsh_stand_in.py")
    assert spec is not None
    assert spec.loader is not None
    stand_in = module_from_spec(spec)
    spec.loader.exec_module(stand_in)
    program: Path = stand_in.install(tmp_path_factory.mktemp("stand-in"))
    monkeypatch.setenv("WFLOW_PWSH", str(program))
    return program


@pytest.fixture(scope="session", autouse=True)
def _no_test_touches_the_users_own_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Point everything that does not say otherwise at a folder of this session."""
    os.environ["WFLOW_HOME"] = str(tmp_path_factory.mktemp("wflow-home"))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def dotnet() -> Dotnet:
    """The .NET for tests that need one; without one they are skipped, or fail where one is required."""
    try:
        return find_dotnet(os.environ)
    except WflowError as error:
        if os.environ.get("WFLOW_REQUIRE_DOTNET"):
            pytest.fail(f"WFLOW_REQUIRE_DOTNET is set, and {error}")
        pytest.skip(f"{missing('.NET')}; `make dotnet` fetches one for the tests")


@pytest.fixture(scope="session")
def csharp_cache(dotnet: Dotnet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the host of C# nodes in it, built once for all processes of the session."""
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "csharp"
    build_host(dotnet, cache)
    return cache


@pytest.fixture
def csharp_home(home: Path, csharp_cache: Path) -> Path:
    """A fresh ``$WFLOW_HOME`` that has the host of C# nodes already."""
    home.mkdir()
    (home / "csharp").symlink_to(csharp_cache)
    return home


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
