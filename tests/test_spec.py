"""The numbered specs: what a user types, and what comes back.

A folder ``spec/NNN_name`` holds what a user would have before them (``workflow.yaml`` and its like) and

- ``command``: command lines, one a line, run one after the other in a copy of the folder on one new ``$WFLOW_HOME``;
- ``exit``: the exit code of each of them (a missing file: all are 0);
- ``stdout``, ``stderr``: what the *last* of them prints, whole (a missing file: not looked at);
- ``stdout.json``: the same where it prints JSON, an object a line or one object in all; every key that the spec tells
  of must be there as told, and more may be;
- ``needs``: the name of a fixture that must be there, such as `csharp_home` for a spec that runs C#.

``…`` stands for any text within a line, a line of its own that is only ``…`` for any lines, and in JSON ``"…"`` for
any value.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parent / "spec"
OWN_FILES = {"command", "exit", "stdout", "stderr", "stdout.json", "needs"}

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pattern_of(expected: str) -> re.Pattern[str]:
    """The expectation as a regular expression over the whole output."""
    lines = expected.rstrip("\n").split("\n")
    if lines == [""]:
        return re.compile(r"\s*\Z")
    parts = []
    for line in lines:
        if line.strip() == "…":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append("[^\n]*?".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ ]*\n")
    return re.compile("".join(parts) + r"\Z")


def difference(expected: Any, got: Any, where: str = "$") -> str | None:
    """What the JSON value ``got`` lacks of ``expected``, or None."""
    if expected == "…":
        return None
    if isinstance(expected, dict) and isinstance(got, dict):
        for key, value in expected.items():
            if key not in got:
                return f"{where} has no {key}, only {sorted(got)}"
            found = difference(value, got[key], f"{where}.{key}")
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return f"{where} has {len(got)} elements, not {len(expected)}"
        pairs = enumerate(zip(expected, got, strict=True))
        return next((found for n, (a, b) in pairs if (found := difference(a, b, f"{where}[{n}]"))), None)
    same = expected == got and type(expected) is type(got)
    return None if same else f"{where} is {got!r}, not {expected!r}"


def json_documents(text: str) -> list[Any]:
    """The JSON values that stand one after the other in a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        at = len(text) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in SPECS.iterdir() if path.is_dir()))
def test_the_command_does_what_the_spec_says(
    name: str, wflow: Command, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    spec = SPECS / name
    if (spec / "needs").exists():
        request.getfixturevalue((spec / "needs").read_text(encoding="utf-8").strip())
    folder = tmp_path / name
    shutil.copytree(spec, folder, ignore=lambda _, names: OWN_FILES & set(names))
    commands = [line for line in (spec / "command").read_text(encoding="utf-8").splitlines() if line.strip()]
    codes = (spec / "exit").read_text(encoding="utf-8").split() if (spec / "exit").exists() else ["0"] * len(commands)
    assert len(codes) == len(commands), "the spec has another number of exit codes than of commands"
    for command, code in zip(commands, codes, strict=True):
        program, *arguments = shlex.split(command)
        assert program == "wflow"
        ran = wflow(*arguments, cwd=folder, env={"COLUMNS": "100", "NO_COLOR": "1"})
        told = f"$ {command}\n{ran.stdout}\n--- stderr\n{ran.stderr}"
        assert ran.returncode == int(code), f"exit {ran.returncode}, not {code}\n{told}"
        assert "Traceback (most recent call last)" not in ran.stderr, told
    for stream in ("stdout", "stderr"):
        if (spec / stream).exists():
            expected = (spec / stream).read_text(encoding="utf-8")
            got = getattr(ran, stream)
            assert pattern_of(expected).match(got), f"{stream} is not as told\n--- told\n{expected}\n--- came\n{got}"
    if (spec / "stdout.json").exists():
        expected_values = json_documents((spec / "stdout.json").read_text(encoding="utf-8"))
        assert difference(expected_values, json_documents(ran.stdout)) is None, ran.stdout


@pytest.mark.parametrize(
    ("expected", "got", "fits"),
    [
        ("a…c\n", "abc\n", True),
        ("a…c\n", "a\nc\n", False),
        ("a\n…\nc\n", "a\n1\n2\nc\n", True),
        ("a\n…\nc\n", "a\nc\n", True),
        ("a\n", "a\nb\n", False),
        ("", "", True),
        ("", "a\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_an_expectation_fits_what_it_says_and_nothing_else(expected: str, got: str, *, fits: bool) -> None:
    assert bool(pattern_of(expected).match(got)) is fits


@pytest.mark.parametrize(
    ("expected", "got", "fits"),
    [
        ({"a": "…"}, {"a": [1], "b": 2}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": True}, False),
        ([{"a": 1}], [{"a": 1, "b": 2}], True),
        ([1, 2], [1], False),
        ({"a": {"b": None}}, {"a": {"b": 0}}, False),
    ],
)
def test_json_has_what_is_told_of_and_may_have_more(expected: Any, got: Any, *, fits: bool) -> None:
    assert (difference(expected, got) is None) is fits
