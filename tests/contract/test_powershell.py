"""That the wrapper of PowerShell nodes, the samples and the guide are PowerShell and agree, by grammar alone.

What they do is held by `test_powershell_real.py`, where there is a PowerShell.
"""

from __future__ import annotations

import re
from pathlib import Path

import tree_sitter
import tree_sitter_powershell

from wflow.loading import load
from wflow.model.walk import all_nodes
from wflow.runtimes.powershell import WRAPPER

ROOT = Path(__file__).resolve().parents[2]

GUIDE = ROOT / "docs" / "powershell.md"


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
    blocks: list[str] = re.findall(r"^```powershell\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    assert [found for block in blocks for found in faults(block)] == []


def test_what_is_no_powershell_is_found() -> None:
    assert faults("if ($a -eq { 1 }")


#: What a script calls, with its parameters: those of `format.md` and of the guide.
COMMANDS = {
    "Get-Input": ["Name", "From", "Default", "NoEnumerate"],
    "Set-Output": ["Name", "Value"],
    "Get-Global": ["Name", "NoEnumerate"],
    "Set-Global": ["Name", "Value"],
    "Add-Global": ["Name", "Amount"],
    "Get-Param": ["Name", "NoEnumerate"],
    "Set-NodeProgress": ["Percent", "Message"],
    "Write-Progress": [
        "Activity", "Status", "Id", "PercentComplete", "SecondsRemaining", "CurrentOperation", "ParentId", "Completed",
        "SourceId",
    ],
}  # fmt: skip


def functions(source: str) -> dict[str, tuple[list[str], str]]:
    """The functions of a script at its top, each with its parameters in order and its text."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    found = {}
    for statement in parser.parse(source.encode()).root_node.children[-1].children:
        if statement.type != "function_statement":
            continue
        text = (statement.text or b"").decode()
        name = re.match(r"function ([\w-]+)", text)
        assert name is not None
        head = text[: text.index("\n    )\n") if "\n    )\n" in text else text.index(")\n")]
        found[name[1]] = (re.findall(r"\] \$(\w+)", head), text)
    return found


def test_the_wrapper_has_every_command_with_the_parameters_that_are_promised() -> None:
    defined = functions(WRAPPER.read_text(encoding="utf-8"))
    assert {name: parameters for name, (parameters, _) in defined.items() if name in COMMANDS} == COMMANDS


def test_every_function_of_the_wrapper_is_a_command_or_has_a_name_of_its_own() -> None:
    names = set(functions(WRAPPER.read_text(encoding="utf-8"))) - set(COMMANDS)
    assert [name for name in names if "Wflow" not in name] == []


def test_the_guide_tells_of_every_command_and_of_no_other() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    table = text[text.index("## What a script calls") :]
    rows = "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| "))
    assert set(re.findall(r"[A-Z][a-z]+-[A-Z]\w+", rows)) == set(COMMANDS)


def test_the_variables_that_a_script_sees_are_set() -> None:
    text = WRAPPER.read_text(encoding="utf-8")
    for name in ("Local", "Output", "RunId"):
        assert re.search(rf"^ *\${name} = ", text, re.MULTILINE), name
    assert "$Input = Get-Input" in text


def test_the_state_of_the_wrapper_is_found_from_wherever_a_command_is_called() -> None:
    """`$script:` is the scope of whichever script file calls."""
    assert "$script:WflowNode" not in WRAPPER.read_text(encoding="utf-8")
