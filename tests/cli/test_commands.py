"""The commands are imported one by one, and their list is what there is."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.main

from wflow.cli.commands import COMMANDS, Commands, app, function_of


def test_each_command_is_a_function_of_its_name_in_a_module_of_its_name() -> None:
    for name in COMMANDS:
        function = function_of(name)
        assert function.__module__ in (f"wflow.cli.{name}", f"wflow.cli.{name}_")
        assert inspect.getdoc(function), name


def test_every_module_with_a_command_is_listed() -> None:
    folder = Path(str(importlib.import_module("wflow.cli").__file__)).parent
    with_command = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(step, ast.FunctionDef) and step.name == path.stem for step in tree.body):
            with_command.add(path.stem.removesuffix("_"))
    assert with_command == set(COMMANDS)


def test_an_unknown_command_is_not_there() -> None:
    assert "nosuch" not in Commands()
    with pytest.raises(KeyError):
        Commands()["nosuch"]


def test_the_help_lists_every_command_with_what_it_does(cli: Any) -> None:
    said = cli("--help")
    assert said.code == 0
    told = re.sub(r"\s+", " ", said.out)
    for name, does in COMMANDS.items():
        assert f" {name} {does}" in told


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_has_its_help(name: str, cli: Any) -> None:
    said = cli(name, "--help")
    assert said.code == 0
    assert f"Usage: wflow {name}" in said.out


def test_the_version_is_printed(cli: Any) -> None:
    assert cli("--version") == (0, "wflow 1.2.3\n", "")


def test_every_option_says_what_it_does() -> None:
    group: Any = typer.main.get_command(app)
    for name, command in group.commands.items():
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"


def test_a_command_imports_itself_and_no_other(wflow_environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from wflow.cli import main\n"
        "main(['schema'])\n"
        "print(sorted(n for n in sys.modules if n.startswith('wflow.cli.')), file=sys.stderr)\n"
        "tops = {n.split('.')[0] for n in sys.modules}\n"
        "print(sorted(tops & {'rich', 'pydantic', 'asyncio', 'diskcache'}), file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], env=wflow_environment, capture_output=True, text=True, check=True
    )
    loaded, heavy = ran.stderr.splitlines()
    assert {name for name in COMMANDS if f"'wflow.cli.{name}'" in loaded} == {"schema"}
    assert heavy == "[]"
