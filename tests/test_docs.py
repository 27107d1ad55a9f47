"""The documents, held to what they describe: commands, options, exit codes, dependencies, links, workflows."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow import errors

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
COMMANDS = ROOT / "docs" / "commands.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").glob("**/data/*.md")])

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one that is no lower."""
    level = len(heading) - len(heading.lstrip("#"))
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading!r}"
    return found[1]


def first_cells(text: str) -> list[str]:
    """The first cell of each row of the tables in a text, without their headings."""
    cells = re.findall(r"^\| *((?:[^|\\]|\\.)*?) *\|", text, re.MULTILINE)
    return [cell for n, cell in enumerate(cells) if not re.fullmatch(r"-+", cell) and not is_heading(cells, n)]


def is_heading(cells: list[str], index: int) -> bool:
    return index + 1 < len(cells) and re.fullmatch(r"-+", cells[index + 1]) is not None


def anchors(path: Path) -> set[str]:
    """What a link into a document may name: its headings, as GitHub spells them."""
    headings = (line.lstrip("#").strip().lower() for line in read(path).splitlines() if line.startswith("#"))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(path: Path) -> None:
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", read(path), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert not broken


def test_every_workflow_in_the_documents_is_valid(wflow: Command, tmp_path: Path) -> None:
    files: list[Path] = []
    for path in DOCUMENTS:
        for block in re.findall(r"^```yaml\n(.*?)^```", read(path), re.MULTILINE | re.DOTALL):
            if re.search(r"^nodes:", block, re.MULTILINE):
                files.append(tmp_path / f"{path.stem}-{len(files)}.yaml")
                files[-1].write_text(block, encoding="utf-8")
    assert files
    said = wflow("validate", *files)
    assert said.returncode == 0, said.stdout


def test_the_first_workflow_has_ten_lines_and_runs(wflow: Command, tmp_path: Path) -> None:
    block = re.search(r"^```yaml\n(.*?)^```", read(README), re.MULTILINE | re.DOTALL)
    assert block is not None
    assert block[1].count("\n") == 10
    file = tmp_path / "hello.yaml"
    file.write_text(block[1], encoding="utf-8")
    assert wflow("run", file, "-p", "who=you", "--id", "first").returncode == 0
    assert "hello, you" in wflow("logs", "last", "say").stdout


def test_every_exit_code_is_in_the_readme() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    told = {cell for cell in first_cells(section(read(README), "## Exit codes")) if cell.isdigit()}
    assert told == {str(code) for code in codes}


def test_every_dependency_has_its_reason_in_the_readme() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    names = [re.split(r"[<>=!~ \[]", text)[0] for text in project["dependencies"]]
    assert first_cells(section(read(README), "## Dependencies")) == names


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"(?:^|`)make ([a-z-]+)", read(path), re.MULTILINE)}
    assert named <= targets


def test_the_documents_speak_of_the_project_alone() -> None:
    private = re.compile(r"/(?:work|tmp|home|root)/\w|(?<!Git)\bissue #?\d", re.IGNORECASE)
    assert not [(path.name, private.findall(read(path))) for path in DOCUMENTS if private.search(read(path))]


def commands() -> dict[str, Any]:
    """The commands that there are, by name, as the command line itself knows them."""
    import typer.main

    from wflow.cli import app

    return dict(vars(typer.main.get_command(app))["commands"])


def test_every_command_is_in_the_readme_and_no_other() -> None:
    told = re.findall(r"`wflow (\w+)[^`]*`", "\n".join(first_cells(section(read(README), "## Commands"))))
    assert sorted(told) == sorted(commands())


def test_every_option_of_every_command_is_documented_and_no_other() -> None:
    text = read(COMMANDS)
    assert re.findall(r"^## `wflow (\w+)", text, re.MULTILINE) == list(commands())
    for name, command in commands().items():
        heading = re.search(rf"^## `wflow {name}\b.*$", text, re.MULTILINE)
        assert heading is not None
        told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(first_cells(section(text, heading[0])))))
        options = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        assert told == {option for option in options if option.startswith("-")} - {"--help"}, name
