"""``wflow doctor``: what this machine has of what wflow can use."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from wflow.cli.printing import tell, tell_json
from wflow.errors import EXIT_COMPLETED, EXIT_STORE, WflowError

__all__ = ["Finding", "doctor", "examine"]

_PACKAGES = (
    "typer",
    "ruamel.yaml",
    "ruamel.yaml.clib",
    "rich",
    "jsonschema",
    "networkx",
    "diskcache",
    "cronsim",
    "tzdata",
)


class Finding(NamedTuple):
    """One thing looked at. ``level`` is ``ok``, ``note`` (something that not every workflow needs) or ``error``."""

    what: str
    level: str
    found: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> int:
    """Say what this machine has: Python, SQLite, the home folder, the programs that nodes may need. Changes nothing.

    Exit code 0, or 8 when runs could not be kept.
    """
    findings = examine()
    if as_json:
        tell_json({"version": 1, "findings": [finding._asdict() for finding in findings]})
    else:
        from wflow.display.safe import safe_text

        widest = max(len(finding.what) for finding in findings)
        for finding in findings:
            tell(f"{finding.level:5}  {finding.what:{widest}}  {safe_text(finding.found, 1000)}")
    return EXIT_STORE if any(finding.level == "error" for finding in findings) else EXIT_COMPLETED


def examine() -> list[Finding]:
    """Everything that is looked at, in the order in which it is told."""
    found = [
        Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.release()}"),
        Finding("processors", "ok", f"{os.cpu_count() or 1}"),
        Finding("sqlite", "ok", sqlite3.sqlite_version),
        _home(),
        Finding("process handles", "ok" if hasattr(os, "pidfd_open") else "note",
                "yes" if hasattr(os, "pidfd_open") else "no: ends of scripts are waited for in another way"),
    ]  # fmt: skip
    found += [_program("sh", "shell nodes"), _dotnet(), _pwsh()]
    return [*found, *(_package(name) for name in _PACKAGES)]


def _program(name: str, need: str) -> Finding:
    path = shutil.which(name)
    return Finding(name, "ok" if path else "note", path or f"not found: {need} need it")


def _dotnet() -> Finding:
    """What runs csharp nodes, or what such a node would fail with."""
    from wflow.runtimes.csharp_build import check_compiler
    from wflow.runtimes.csharp_dotnet import find_dotnet
    from wflow.runtimes.refused import sentence

    try:
        dotnet = find_dotnet(os.environ)
        check_compiler(dotnet)
    except WflowError as error:
        return Finding("dotnet", "note", sentence(error))
    return Finding("dotnet", "ok", f"{dotnet.program} ({dotnet.version}), C# compiler in {dotnet.roslyn}")


def _home() -> Finding:
    from wflow.store.home import home_folder

    home = home_folder(os.environ)
    there: Path = home
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding("home", "error", f"{home} cannot be written to; set WFLOW_HOME to a folder that can")
    free = shutil.disk_usage(there).free // 2**20
    note = "" if there == home else " (made by the first run)"
    return Finding("home", "ok" if free >= 100 else "note", f"{home}{note}, {free} MiB free")


def _pwsh() -> Finding:
    from wflow.runtimes.powershell_program import UNTRIED, find_pwsh
    from wflow.runtimes.refused import NotStarted, sentence

    try:
        return Finding("pwsh", "ok", f"{find_pwsh(os.environ)}; {UNTRIED}")
    except NotStarted as error:
        return Finding("pwsh", "note", f"powershell nodes need it: {sentence(error)}; {UNTRIED}")


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "note", "not found as a package")
