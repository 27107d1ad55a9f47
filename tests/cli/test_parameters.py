"""Parameters of the command line are read by their declared type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.parameters import bound_parameters, read_file, read_value
from wflow.errors import UsageError
from wflow.model import Workflow


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("string", "007", "007"),
        ("string", "null", "null"),
        ("string", "", ""),
        ("integer", "7", 7),
        ("number", "0.5", 0.5),
        ("boolean", "true", True),
        ("boolean", "yes", "yes"),
        ("array", '[1, "a"]', [1, "a"]),
        ("object", '{"a": null}', {"a": None}),
        ("null", "null", None),
        (["string", "null"], "null", None),
        (["string", "integer"], "7", 7),
        (["string", "integer"], "7.5", "7.5"),
        (["string", "null"], "true", "true"),
        (None, "7", 7),
        (None, "plain text", "plain text"),
        ("number", "NaN", "NaN"),
        ("integer", "007", "007"),
        ("array", "[" * 100_000, "[" * 100_000),
    ],
)
def test_a_text_is_read_by_the_type_that_is_declared(type: Any, text: str, value: Any) -> None:
    schema = {"type": type} if type is not None else {}
    got = read_value(schema, text)
    assert got == value
    assert isinstance(got, bool) == isinstance(value, bool)


WORKFLOW = Workflow(name="x", parameters={"n": {"type": "integer"}, "s": {"type": "string", "default": "d"}})


def test_the_command_line_goes_before_the_file_and_the_file_before_the_default(write: Callable[..., Path]) -> None:
    file = write("n: 1\ns: from the file\n", "given.yaml")
    assert bound_parameters(WORKFLOW, ["n=2"], file) == {"n": 2, "s": "from the file"}
    assert bound_parameters(WORKFLOW, ["n=2", "n=3", "s=a=b"], None) == {"n": 3, "s": "a=b"}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["n"], "`n` gives no parameter a value"),
        (["=1"], "`=1` gives no parameter a value"),
        (["m=1"], "has no parameter `m`"),
        (["n=three"], "parameter `n` must be a whole number"),
        ([], "parameter `n` of workflow `x` has no value"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told(pairs: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        bound_parameters(WORKFLOW, pairs, None)


def test_a_file_of_parameters_may_be_json(write: Callable[..., Path]) -> None:
    assert read_file(write('{"n": 1, "s": null}', "given.json")) == {"n": 1, "s": None}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "- 1\n", "holds no parameters"),
        ("a.yaml", "n: 1\nn: 2\n", "a.yaml:2:1"),
        ("a.yaml", "n: [\n", "a.yaml:"),
        ("a.json", "{", "a.json:1"),
        ("a.yaml", "", "empty"),
    ],
)
def test_a_file_that_holds_no_mapping_is_told_with_its_place(
    name: str, text: str, said: str, write: Callable[..., Path]
) -> None:
    with pytest.raises(UsageError, match=said):
        read_file(write(text, name))


def test_a_file_of_parameters_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such file: .*given\.yaml"):
        read_file(tmp_path / "given.yaml")
