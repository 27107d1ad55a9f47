"""`wflow validate` tells every problem of every file, in the form that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOOD = "name: good\nnodes: {a: {type: noop}}\n"
BAD = "name: bad\nnodes:\n  a: {type: noop, titel: x}\nedges: [a -> b]\n"


def test_a_valid_file_is_said_to_be_valid(cli: Any, write: Callable[..., Path]) -> None:
    write(GOOD)
    assert cli("validate", "flow.yaml") == (0, "flow.yaml: valid\n", "")


def test_every_problem_is_told_at_its_place_and_one_bad_file_is_enough(cli: Any, write: Callable[..., Path]) -> None:
    write(GOOD, "good.yaml")
    write(BAD, "bad.yaml")
    said = cli("validate", "good.yaml", "bad.yaml")
    assert said.code == 3
    assert "good.yaml: valid" in said.out
    assert "bad.yaml:3:" in said.out
    assert "bad.yaml:4:" in said.out
    assert "2 errors, 0 warnings in bad.yaml" in said.out


def test_json_has_the_problems_of_all_files_in_one_object(cli: Any, write: Callable[..., Path]) -> None:
    write(BAD, "bad.yaml")
    write(GOOD, "good.yaml")
    said = cli("validate", "good.yaml", "bad.yaml", "--format", "json")
    told = json.loads(said.out)
    assert (said.code, told["version"], told["valid"]) == (3, 1, False)
    assert {problem["file"] for problem in told["problems"]} == {"bad.yaml"}
    assert set(told["problems"][0]) == {"file", "line", "column", "severity", "code", "message", "cure"}


def test_sarif_is_sarif(cli: Any, write: Callable[..., Path]) -> None:
    write(BAD)
    told = json.loads(cli("validate", "flow.yaml", "--format", "sarif").out)
    assert told["version"] == "2.1.0"
    assert len(told["runs"][0]["results"]) == 2


def test_the_plan_is_shown_of_a_valid_file(cli: Any, write: Callable[..., Path]) -> None:
    write(GOOD)
    said = cli("validate", "flow.yaml", "--show", "plan")
    assert said.out == "flow.yaml: valid\nplan of good\n  1  a (noop)\n"


def test_a_file_that_is_not_there_is_misuse(cli: Any) -> None:
    said = cli("validate", "nowhere.yaml")
    assert said.code == 2
    assert said.out == ""


def test_a_folder_stands_for_the_yaml_files_in_it(cli: Any, write: Callable[..., Path]) -> None:
    write(GOOD, "flows/a.yaml")
    write(GOOD, "flows/deep/b.yml")
    write("no workflow", "flows/notes.txt")
    assert cli("validate", "flows") == (0, "flows/a.yaml: valid\nflows/deep/b.yml: valid\n", "")


def test_a_folder_without_yaml_files_is_told_of(cli: Any, write: Callable[..., Path]) -> None:
    write("no workflow", "notes/notes.txt")
    code, out, _ = cli("validate", "notes")
    assert code == 3
    assert "[not-a-file]" in out
