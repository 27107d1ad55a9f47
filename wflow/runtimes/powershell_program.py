"""Where PowerShell is: what an environment says, the PATH, the folders that its packages put it into."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from wflow.runtimes.refused import NotStarted

__all__ = ["UNTRIED", "USUAL", "find_pwsh"]

#: Where packages, archives, snap, Homebrew and the .NET tool put it; ``~`` is the home folder of the environment.
USUAL = (
    "/usr/bin",
    "/usr/local/bin",
    "/opt/microsoft/powershell/7",
    "/opt/microsoft/powershell/7-preview",
    "/snap/bin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "~/.dotnet/tools",
)

#: What whoever relies on powershell nodes has to know.
UNTRIED = (
    "powershell nodes were never run with a released PowerShell where wflow was built: try yours before relying on them"
)


def find_pwsh(environment: Mapping[str, str]) -> str:
    """The path of the program ``pwsh``: what ``WFLOW_PWSH`` names, else the first on ``PATH``, else in `USUAL`.

    Raises NotStarted, saying what was sought and how to install it.
    """
    named = environment.get("WFLOW_PWSH")
    if named:
        # A name without a folder is looked for on the PATH, as a shell would.
        found = shutil.which(named, path=environment.get("PATH"))
        if found is None:
            raise NotStarted(f"WFLOW_PWSH names `{named}`, which is no program that can be run", cure=_cure())
        return str(Path(found).absolute())
    found = shutil.which("pwsh", path=environment.get("PATH") or os.defpath)
    if found is not None:
        return str(Path(found).absolute())
    home = environment.get("HOME", "")
    folders = [folder.replace("~", home, 1) for folder in USUAL if home or not folder.startswith("~")]
    for folder in folders:
        candidate = Path(folder) / "pwsh"
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    raise NotStarted(f"PowerShell was not found: no `pwsh` on the PATH, nor in {', '.join(folders)}", cure=_cure())


def _cure() -> str:
    return "install PowerShell 7.2 or newer (aka.ms/install-powershell), or set WFLOW_PWSH to the program"
