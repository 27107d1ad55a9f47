"""Errors become a sentence, a cure and an exit code; no traceback but with --debug."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli import boundary
from wflow.errors import AlreadyRunning, DefinitionError, JournalDamaged, StoreUnavailable, UsageError, WflowError
from wflow.model import Problem

PROBLEM = Problem(file="a.yaml", line=2, column=3, severity="error", code="x", message="bad", cure="good", excerpt="ab")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("no such thing", cure="take another"), 2, ["no such thing", "= take another"]),
        (WflowError("it failed"), 1, ["it failed"]),
        (DefinitionError("a.yaml is not valid", problems=[PROBLEM]), 3, ["a.yaml:2:3: error: bad [x]", "= good"]),
        (AlreadyRunning("it runs"), 7, ["it runs"]),
        (JournalDamaged("damaged", position=2, lost="all"), 8, ["damaged"]),
        (StoreUnavailable("gone"), 8, ["gone"]),
        (ZeroDivisionError("division"), 1, ["ZeroDivisionError: division", "wflow --debug"]),
        (KeyboardInterrupt(), 130, []),
    ],
)
def test_each_error_is_its_sentence_and_its_exit_code(
    error: BaseException, code: int, said: list[str], monkeypatch: pytest.MonkeyPatch, cli: Any
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("wflow.cli.schema.tell_whole", fail)
    got = cli("schema")
    assert got.code == code
    assert got.out == ""
    for text in said:
        assert text in got.err


def test_debug_shows_where_an_error_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(text: str) -> None:
        raise ZeroDivisionError(text[:1])

    monkeypatch.setattr("wflow.cli.schema.tell_whole", fail)
    assert boundary.main(["--debug", "schema"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rnu"], ["rnu", "run"]),
        (["run"], ["FILE", "wflow run --help"]),
        (["run", "x.yaml", "--outptu", "json"], ["--outptu", "did you mean `--output`?"]),
        (["run", "x.yaml", "--bogus"], ["--bogus", "wflow run --help"]),
        (["run", "x.yaml", "--output", "jsn"], ["`jsn` is not one of", "did you mean `json`?"]),
        (["run", "x.yaml", "--workers", "many"], ["'many' is no whole number"]),
        (["run", "x.yaml", "--workers", "0"], ["0 is less than 1"]),
        (["status", "a", "b"], ["b"]),
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_line_and_a_hint(
    arguments: list[str], said: list[str], cli: Any
) -> None:
    got = cli(*arguments)
    assert got.code == 2
    assert got.err.startswith("wflow: error: ")
    assert got.err.count("\n") <= 2
    for text in said:
        assert text.lower() in got.err.lower()


def test_without_arguments_the_help_is_printed_and_the_code_is_that_of_misuse(cli: Any) -> None:
    got = cli()
    assert got.code == 2
    assert "Commands:" in got.err


def test_control_characters_in_an_error_do_not_reach_the_terminal(cli: Any) -> None:
    got = cli("run", "\x1b[31mred\x07.yaml")
    assert got.code == 2
    assert "\x1b" not in got.err
    assert "\x07" not in got.err


def test_a_reader_that_has_gone_is_no_error(wflow_environment: dict[str, str], tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "wflow", "schema"],
        env=wflow_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert told == ""
    assert process.returncode == 0


def test_a_process_without_standard_streams_runs_all_the_same(
    wflow_environment: dict[str, str], write: Callable[..., Path]
) -> None:
    file = write("name: x\nnodes: {a: {type: noop}}\n")
    command = f'exec "{sys.executable}" -m wflow run "{file}" <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], env=wflow_environment, check=False).returncode == 0
