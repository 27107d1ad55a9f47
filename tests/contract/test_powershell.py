"""PowerShell nodes with a real PowerShell, where there is one; everywhere, that wrapper and samples are PowerShell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell

from wflow.loading import load
from wflow.model.walk import all_nodes
from wflow.runtimes.powershell import WRAPPER, PowerShellRuntime
from wflow.runtimes.registry import runtime_for
from wflow.runtimes.work import Outcome, RunFacts, Stop, Work

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., Outcome]


def faults(source: str) -> list[str]:
    """What the grammar of tree-sitter finds wrong with a text as PowerShell: line, and the text there."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    pending, found = [parser.parse(source.encode()).root_node], []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            found.append(f"{node.start_point[0] + 1}: {(node.text or b'').decode()[:60]}")
        pending += node.children
    return found


def scripts_of_the_samples() -> dict[str, str]:
    """Every script of a powershell node in `samples/`, by the sample and the node."""
    found = {}
    for path in sorted((ROOT / "samples").rglob("*.yaml")):
        if "invalid" in path.parts or "powershell" not in path.read_text(encoding="utf-8").lower():
            continue
        workflow = load(path, check=lambda _: []).workflow
        for node in all_nodes(workflow.graph) if workflow is not None else ():
            if node.type == "powershell" and "script" in node.settings:
                found[f"{path.relative_to(ROOT)}:{node.id}"] = node.settings["script"]
    return found


def test_the_wrapper_is_powershell() -> None:
    assert faults(WRAPPER.read_text(encoding="utf-8")) == []


def test_every_script_of_the_samples_is_powershell() -> None:
    scripts = scripts_of_the_samples()
    assert scripts
    assert {name: found for name, script in scripts.items() if (found := faults(script))} == {}


def test_every_script_of_the_guide_is_powershell() -> None:
    text = (ROOT / "docs" / "powershell.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"^```powershell\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    assert [found for block in blocks for found in faults(block)] == []


def test_what_is_no_powershell_is_found() -> None:
    assert faults("if ($a -eq { 1 }")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    runtime = runtime_for("powershell")
    assert isinstance(runtime, PowerShellRuntime)
    (tmp_path / "flow").mkdir()
    reported: list[tuple[float, str]] = []

    def run(script: str, settings: Mapping[str, Any] | None = None, **given: Any) -> Outcome:
        values: dict[str, Any] = {
            "run": RunFacts("pwsh-run", "flow", tmp_path / "flow", tmp_path, (), 5.0),
            "activation": "node#1",
            "address": "node",
            "attempt": 1,
            "type": "powershell",
            "settings": {"script": script, **(settings or {})},
            "input": {},
            "inputs": {},
            "variables": {},
            "params": {},
            "env": {},
            "idempotency_key": "key",
            "log": str(tmp_path / "logs" / "1"),
            "scratch": str(tmp_path / "work" / "1"),
            "stop": Stop(),
            "progress": lambda percent, message: reported.append((percent, message)),
        }
        return runtime.run(Work(**{**values, **given}))

    run.reported = reported  # type: ignore[attr-defined]
    yield run
    runtime.close()


REAL: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "the input as a whole and by its keys": (
        "Set-Output a $Input.a; Set-Output b (Get-Input b); Set-Output c (Get-Input c -Default 3)",
        {"input": {"a": 1, "b": "x"}},
        {"a": 1, "b": "x", "c": 3},
    ),
    "the input in functions": ("function f { (Get-Input).a }; Set-Output a (f)", {"input": {"a": 1}}, {"a": 1}),
    "the input after using and param": (
        "using namespace System.IO\nparam($Unused)\nSet-Output a $Input['a']", {"input": {"a": 1}}, {"a": 1},
    ),
    "the inputs by their source": ("Set-Output k (Get-Input k -From b)", {"inputs": {"b": {"k": 2}}}, {"k": 2}),
    "a list of one stays a list": (
        "Set-Output a $Input.l; Set-Output b (Get-Input l -NoEnumerate); Set-Output c @(Get-Input l)",
        {"input": {"l": [1]}},
        {"a": [1], "b": [1], "c": [1]},
    ),
    "what looks like a date stays text": (
        "Set-Output t $Input.t; Set-Output k $Input.t.GetType().Name",
        {"input": {"t": "2024-01-01T00:00:00Z"}},
        {"t": "2024-01-01T00:00:00Z", "k": "String"},
    ),
    "values of every kind": (
        "Set-Output v $Input.v; Set-Output n $null; Set-Output e @()",
        {"input": {"v": {"a": [1, 2.5, True, None, "ü🙂", {"b": []}]}}},
        {"v": {"a": [1, 2.5, True, None, "ü🙂", {"b": []}]}, "n": None, "e": []},
    ),
    "a mapping that is returned": ("Set-Output a 1; 'printed'; return @{ b = 2 }", {}, {"a": 1, "b": 2}),
    "parameters, scratch, ids": (
        "$Local.x = 1; Set-Output p (Get-Param p); Set-Output x $Local['x']; Set-Output r $RunId",
        {"params": {"p": "q"}},
        {"p": "q", "x": 1, "r": "pwsh-run"},
    ),
    "exit with zero": ("Set-Output a 1; exit 0", {}, {"a": 1}),
}  # fmt: skip


@pytest.mark.requires_pwsh
@pytest.mark.parametrize("name", REAL)
def test_a_script_completes_with_its_output(run: Run, name: str) -> None:
    script, given, output = REAL[name]
    assert run(script, **given) == Outcome("completed", output)


@pytest.mark.requires_pwsh
def test_writes_to_variables_are_operations_and_its_own_writes_are_seen(run: Run) -> None:
    script = "Add-Global n 2; Set-Global l @(1); Set-Output n (Get-Global n)"
    outcome = run(script, variables={"n": 1, "l": None})
    assert outcome.operations == (("add", "n", 2), ("set", "l", [1]))
    assert outcome.output == {"n": 3}


@pytest.mark.requires_pwsh
@pytest.mark.parametrize(
    ("script", "type", "message", "line"),
    [
        ("$a = 1\nthrow 'no such customer'", "RuntimeException", "no such customer", 2),
        ("\n[int]::Parse('x')", "FormatException", "The input string 'x' was not in a correct format.", 2),
        ("Get-Item /nowhere/at/all", "ItemNotFoundException", "Cannot find path '/nowhere/at/all'", 1),
        ("$undeclared + 1", "RuntimeException", "The variable '$undeclared' cannot be retrieved", 1),
        ("Get-Global nothing", "KeyNotFoundException", "the workflow declares no variable `nothing`", 1),
        ("if ($a {", "ParseException", "", 1),
    ],
)
def test_an_error_is_a_failure_with_type_message_and_line(
    run: Run, script: str, type: str, message: str, line: int
) -> None:
    failure = run(script).failure
    assert failure is not None
    assert failure.type == type
    assert failure.message.startswith(message)
    assert failure.traceback.startswith(f"<node>:{line}: ")
    assert "powershell.ps1" not in failure.traceback


@pytest.mark.requires_pwsh
def test_an_exit_code_is_a_failure_of_that_code(run: Run) -> None:
    failure = run("exit 75").failure
    assert failure is not None
    assert (failure.type, failure.exit_code) == ("ExitCode", 75)


@pytest.mark.requires_pwsh
def test_progress_is_reported_both_ways(run: Run) -> None:
    run("Write-Progress -Activity Load -Status 'half way' -PercentComplete 50")
    run("Set-NodeProgress 75.5 'nearly'")
    assert run.reported == [(50.0, "half way"), (75.5, "nearly")]  # type: ignore[attr-defined]


@pytest.mark.requires_pwsh
def test_modules_are_imported_from_beside_the_workflow(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "flow" / "modules" / "Greeting"
    folder.mkdir(parents=True)
    (folder / "Greeting.psm1").write_text("function Get-Greeting { 'hello' }\n", encoding="utf-8")
    settings = {"modules": ["Greeting"], "module_paths": ["modules"]}
    assert run("Set-Output g (Get-Greeting)", settings).output == {"g": "hello"}
