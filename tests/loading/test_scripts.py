from __future__ import annotations

import pytest

from wflow.loading.build import build
from wflow.loading.scripts import check_scripts, python_fault
from wflow.model import Diagnostic


@pytest.mark.parametrize(
    "source",
    [
        "",
        "pass",
        "return",
        "return {'a': 1}",
        "x = 1\nif x:\n    return {'a': x}\n",
        "def f():\n    return 1\nreturn f()",
        'text = """\nno\n  indent\n"""\nreturn text',
        "# only a comment",
        "from math import *\nx = pi",
        "x = '\\d'",
    ],
)
def test_what_is_python_with_a_return_at_its_top_level_is_accepted(source: str) -> None:
    assert python_fault(source) is None


@pytest.mark.parametrize(
    ("source", "line", "column", "message"),
    [
        ("x = = 1", 1, 5, "invalid syntax"),
        ("x = 1\nreturn = 2", 2, 8, "invalid syntax"),
        ("if True:\n    return 1\nx = = 2", 3, 5, "invalid syntax"),
        ("break", 1, 1, "'break' outside loop"),
        ("return 1\nbreak", 2, 1, "'break' outside loop"),
    ],
)
def test_what_is_not_says_where(source: str, line: int, column: int, message: str) -> None:
    fault = python_fault(source)
    assert fault is not None
    assert (fault.line, fault.column) == (line, column)
    assert fault.message == message
    assert source[fault.offset] == source.split("\n")[line - 1][column - 1]


@pytest.mark.parametrize("source", ["(" * 10_000, "-" * 200_000 + "1", "x" + ".a" * 100_000, "x = 1\0"])
def test_a_hostile_script_is_a_fault_and_no_crash(source: str) -> None:
    assert python_fault(source) is not None


def test_scripts_of_a_workflow_are_told_with_their_place() -> None:
    diagnostics: list[Diagnostic] = []
    nodes = {
        "a": {"type": "python", "script": "x = 1\ny = = 2"},
        "b": {"type": "container", "nodes": {"c": {"type": "python", "script": "ok = 1"}}},
        "d": {"type": "shell", "script": "= ="},
        "e": {"type": "python", "script": "= ${{ x }}"},
        "f": {"type": "python", "call": "m:f"},
    }
    check_scripts(build({"name": "w", "nodes": nodes}, []), diagnostics)
    assert [(found.code, found.path, found.offset) for found in diagnostics] == [
        ("python-syntax", ("nodes", "a", "script"), 10)
    ]
    assert "(its line 2)" in diagnostics[0].message
