"""`wflow.runtimes.powershell_program`: where PowerShell is looked for, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.runtimes import powershell_program
from wflow.runtimes.powershell_program import find_pwsh
from wflow.runtimes.refused import NotStarted, sentence


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def _no_usual_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(powershell_program, "USUAL", ("/nowhere/bin", "~/.dotnet/tools"))


def test_it_is_what_is_named_then_on_the_path_then_where_it_usually_is(tmp_path: Path) -> None:
    usual = program(tmp_path / "home" / ".dotnet" / "tools" / "pwsh")
    environment = {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}
    assert find_pwsh(environment) == usual
    on_path = program(tmp_path / "bin" / "pwsh")
    assert find_pwsh(environment) == on_path
    named = program(tmp_path / "mine" / "pwsh-preview")
    assert find_pwsh({**environment, "WFLOW_PWSH": named}) == named
    assert find_pwsh({"WFLOW_PWSH": "pwsh-preview", "PATH": str(tmp_path / "mine")}) == named


def test_what_is_not_there_is_said_with_the_places_and_the_cure(tmp_path: Path) -> None:
    with pytest.raises(NotStarted) as raised:
        find_pwsh({"HOME": str(tmp_path), "PATH": str(tmp_path)})
    assert sentence(raised.value) == (
        f"PowerShell was not found: no `pwsh` on the PATH, nor in /nowhere/bin, {tmp_path}/.dotnet/tools; install "
        "PowerShell 7.2 or newer (aka.ms/install-powershell), or set WFLOW_PWSH to the program"
    )


def test_what_is_named_and_no_program_is_an_error_whatever_is_on_the_path(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "pwsh")
    (tmp_path / "text").write_text("x")
    with pytest.raises(NotStarted, match="is no program that can be run"):
        find_pwsh({"WFLOW_PWSH": str(tmp_path / "text"), "PATH": str(tmp_path / "bin")})
