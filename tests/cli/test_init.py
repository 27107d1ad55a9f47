"""`wflow init`: the file that it writes is valid and runs; what is there is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.init import FIRST


def test_the_first_workflow_is_valid_without_a_warning_and_runs(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = cli("init")
    assert said.out == (
        "workflow.yaml is written: `wflow validate workflow.yaml` checks it, `wflow run workflow.yaml` runs it\n"
    )
    assert json.loads(cli("validate", "workflow.yaml", "--format", "json").out)["problems"] == []
    assert cli("run", "workflow.yaml", "--id", "r", "-p", 'names=["a", "b", "c"]', "--output", "quiet").code == 0
    assert json.loads(cli("status", "r", "--json").out)["outputs"] == {"greeted": 3}
    assert cli("logs", "r", "greet[1]/say").out == "hello, b\n"


def test_a_file_that_is_there_is_left_alone(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\n")
    said = cli("init", file)
    assert said.code == 2
    assert said.err == f"wflow: error: {file} is there already\n  = give another name: `wflow init NAME.yaml`\n"
    assert file.read_text() == "name: mine\n"


def test_a_folder_that_is_not_there_is_told(cli: Any, tmp_path: Path) -> None:
    said = cli("init", tmp_path / "none" / "x.yaml")
    assert said.code == 2
    assert "x.yaml cannot be written: no such file or directory" in said.err


def test_the_text_ends_with_a_line(cli: Any) -> None:
    assert FIRST.endswith("\n")
    assert "\t" not in FIRST
