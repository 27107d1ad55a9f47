from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOOD = "workflowId: a\nnodes:\n  - {nodeId: b, runtimeType: Noop}  # c\n"
LOST = "workflowId: a\nnodes:\n  - {nodeId: b, runtimeType: Noop, colour: red}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


def test_it_prints_the_workflow(cli: Any, file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    said = cli("import", file)
    assert (said.code, said.err) == (0, "")
    assert said.out == "name: a\n\nnodes:\n  b:\n    # c\n    type: noop\n"


def test_it_writes_it_where_it_is_told(cli: Any, file: Path, tmp_path: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    out = tmp_path / "out.yaml"
    assert cli("import", file, "-o", out) == (0, "", "")
    assert out.read_text(encoding="utf-8").startswith("name: a\n")
    said = cli("import", file, "-o", out)
    assert said.code == 2
    assert "is there already" in said.err
    assert cli("import", file, "--out", out, "--force").code == 0


def test_what_is_lost_stops_it_unless_a_part_will_do(cli: Any, file: Path, tmp_path: Path) -> None:
    file.write_text(LOST, encoding="utf-8")
    out = tmp_path / "out.yaml"
    said = cli("import", file, "-o", out)
    assert (said.code, said.out, out.exists()) == (3, "", False)
    assert said.err.startswith(f"{file}:3:36: error: a node has no key `colour` [unknown-key]\n")
    assert cli("import", file, "-o", out, "--partial").code == 0
    assert out.exists()


@pytest.mark.parametrize("text", ["a: [", "name: x\nnodes: {a: {type: noop}}\n", "workflowId: x\nnodes: []\n", "x"])
def test_what_is_no_workflow_of_theirs_is_not_imported_even_in_part(cli: Any, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    said = cli("import", file, "--partial")
    assert (said.code, said.out) == (3, "")
    assert ": error: " in said.err


@pytest.mark.parametrize("name", [".", "..", "/", "/dev/null"])
def test_what_is_no_file_is_told(cli: Any, name: str) -> None:
    said = cli("import", name)
    assert (said.code, said.out) == (3, "")
    assert "[not-a-file]" in said.err


def test_a_file_that_is_not_there_is_a_usage_error(cli: Any, file: Path) -> None:
    assert cli("import", file).code == 2


def test_run_and_validate_say_what_to_do_with_such_a_file(cli: Any, file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    for command in ("run", "validate"):
        said = cli(command, file)
        assert said.code == 3
        assert "this is an ExecutionEngine workflow, run `wflow import`" in said.out + said.err


def test_nothing_of_the_file_can_steer_a_terminal(cli: Any, file: Path) -> None:
    file.write_text('workflowId: "a\\e[31m"\nnodes: [{nodeId: "b\\e[0m", runtimeType: Noop}]\n', encoding="utf-8")
    said = cli("import", file)
    assert said.code == 0
    assert "\x1b" not in said.out + said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to be had")
@pytest.mark.parametrize("command", ["import", "schema"])
def test_a_text_that_could_not_be_written_whole_is_an_error(file: Path, command: str, wflow_environment: Any) -> None:
    file.write_text(GOOD, encoding="utf-8")
    arguments = [file] if command == "import" else []
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wflow", command, *arguments],
            env=wflow_environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "wflow: error: standard output cannot be written: no space left on device\n"
