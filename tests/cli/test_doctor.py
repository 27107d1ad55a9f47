"""`wflow doctor` says what there is, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.doctor import examine


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
    assert (found["dotnet"].level, found["dotnet"].found) == ("note", "not found: csharp nodes need it")
