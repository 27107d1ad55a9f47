"""The console script is the command line, with the version of the package."""

from __future__ import annotations

import gc
import sys

import pytest

import wflow
from wflow.__main__ import main


def test_the_console_script_runs_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["wflow", "--version"])
    try:
        assert main() == 0
    finally:
        gc.unfreeze()
    assert capsys.readouterr().out == f"wflow {wflow.__version__}\n"
    assert gc.isenabled()
