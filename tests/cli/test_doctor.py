"""`wflow doctor` says what there is, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.doctor import examine
from wflow.runtimes.csharp_dotnet import Dotnet, find_dotnet
from wflow.runtimes.refused import NotStarted, sentence


def test_it_tells_what_this_machine_has_and_makes_nothing(cli: Any, home: Path) -> None:
    said = cli("doctor")
    assert said.code == 0
    assert f"{home} (made by the first run)" in said.out
    assert not home.exists()
    told = json.loads(cli("doctor", "--json").out)
    assert told["version"] == 1
    assert {"python", "sqlite", "home", "dotnet", "pwsh", "typer"} <= {one["what"] for one in told["findings"]}


def test_a_home_that_cannot_be_is_an_error(cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WFLOW_HOME", str(tmp_path / "file" / "home"))
    assert cli("doctor").code == 8


def test_a_program_that_is_missing_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {finding.what: finding for finding in examine()}
    assert (found["sh"].level, found["sh"].found) == ("note", "not found: shell nodes need it")


def test_without_dotnet_it_says_what_a_csharp_node_would_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WFLOW_DOTNET", str(tmp_path / "none"))
    with pytest.raises(NotStarted) as caught:
        find_dotnet({"WFLOW_DOTNET": str(tmp_path / "none")})
    found = {finding.what: finding for finding in examine()}
    assert (found["dotnet"].level, found["dotnet"].found) == ("note", sentence(caught.value))
    assert "install the .NET SDK" in found["dotnet"].found


def test_the_dotnet_that_is_there_is_told_with_its_compiler(dotnet: Dotnet) -> None:
    found = {finding.what: finding for finding in examine()}
    told = f"{dotnet.program} ({dotnet.version}), C# compiler in {dotnet.roslyn}"
    assert (found["dotnet"].level, found["dotnet"].found) == ("ok", told)


def test_a_compiler_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shared" / "Microsoft.NETCore.App" / "8.0.4").mkdir(parents=True)
    roslyn = tmp_path / "sdk" / "8.0.204" / "Roslyn" / "bincore"
    roslyn.mkdir(parents=True)
    (roslyn / "Microsoft.CodeAnalysis.CSharp.dll").touch()
    (tmp_path / "dotnet").touch(0o755)
    monkeypatch.setenv("WFLOW_DOTNET", str(tmp_path))
    monkeypatch.delenv("WFLOW_ROSLYN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    found = {finding.what: finding for finding in examine()}["dotnet"]
    assert found.level == "note"
    assert found.found.startswith(f"{roslyn} has the C# compiler's libraries, but not its program csc.dll")
    assert "pip install pythonnet" in found.found


def test_powershell_is_told_of_with_what_was_sought_and_that_it_is_untried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WFLOW_PWSH", str(tmp_path / "none"))
    missing = {finding.what: finding for finding in examine()}["pwsh"]
    assert missing.level == "note"
    assert f"WFLOW_PWSH names `{tmp_path}/none`" in missing.found
    (tmp_path / "none").write_text("#!/bin/sh\n")
    (tmp_path / "none").chmod(0o755)
    found = {finding.what: finding for finding in examine()}["pwsh"]
    assert found.found.startswith(f"{tmp_path}/none; powershell nodes were never run with a released PowerShell")
