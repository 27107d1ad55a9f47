"""Every file of `samples/import/`: imported, valid, and run; those with C# where there is a .NET, always valid.

Together they hold every key of the format."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.csharp_library import library_script
from wflow.loading.foreign import read_foreign
from wflow.runtimes.csharp_dotnet import Dotnet

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "import"

Command = Callable[..., "subprocess.CompletedProcess[str]"]

DOTNET = pytest.mark.requires_dotnet
PWSH = pytest.mark.requires_pwsh

#: By sample: what its run needs, its outputs, and statuses of nodes.
EXPECTED: dict[str, tuple[tuple[pytest.MarkDecorator, ...], dict[str, Any], dict[str, str]]] = {
    "branches.yaml": (
        (),
        {"status": "timeout", "attempts": 2, "tags": ["blue", "green"], "region": "EU-West"},
        {"by-status": "completed", "again": "completed", "done": "skipped", "unknown": "skipped", "give-up": "skipped",
         "decided": "completed", "in-europe": "completed", "elsewhere": "skipped"},
    ),
    "spare-ways.yaml": (
        (),
        {},
        {"first": "completed", "second": "completed", "third": "completed", "clean": "skipped", "forgotten": "skipped",
         "switched-off": "skipped"},
    ),
    "deployment.yaml": (
        (DOTNET,),
        {"release": "7.1", "firstStatus": "7.1"},
        {"checks/network": "completed", "prepare/stop": "completed", "rehearse/discard": "completed",
         "machine/install": "completed", "announce": "completed"},
    ),
    "order-intake.yaml": (
        (DOTNET,),
        {"shippingLimit": 250, "shipped": 1, "total": 240, "note": "shipped to Ada"},
        {"ship": "completed", "hold": "skipped", "report": "completed", "complain": "skipped"},
    ),
    "files-and-loops.yaml": (
        (DOTNET,),
        {"seen": ["0:a.csv", "1:c.csv"], "counter": 5, "rounds": 5, "lastRound": 4},
        {"each-file": "completed", "count-up": "completed", "summary": "completed"},
    ),
    "computed.yaml": (
        (DOTNET,),
        {"grade": "good", "odd": 72, "large": True, "sum": 30, "left": 2},
        {"grade": "completed", "good": "completed", "is-odd": "completed", "halve": "completed", "large": "completed"},
    ),
    "older-form.json": (
        (DOTNET,),
        {"rows": None, "taken": 9, "found": 3, "when": 2},
        {"nightly": "completed", "each": "completed", "note": "completed"},
    ),
    "script-files.yaml": (
        (DOTNET, PWSH),
        {"measured": "7mm", "unit": None, "told": "it is 7 long"},
        {"measure": "completed", "tell": "completed", "phrase": "completed"},
    ),
    "called/machine.yaml": (
        (DOTNET,),
        {"wanted": "none", "installed": None},
        {"given": "completed", "install": "skipped"},
    ),
    "compiled.yaml": (
        (DOTNET,),
        {"weight": 3, "shipped": True, "note": "3 kg"},
        {"ship": "completed", "note": "completed", "late": "skipped"},
    ),
    "spellings.yaml": (
        (DOTNET,),
        {"sizes": [1, 2], "release": "7.1", "scripts": 4, "children": 9,
         "onNode": 2, "onNodeSmall": 2, "within": 2, "withinSmall": 2,
         "onNodeInstalled": "7.1", "onNodeSmallInstalled": "7.1", "withinInstalled": "7.1",
         "withinSmallInstalled": "7.1"},
        {"onNode/so": "completed", "onNodeSmall/newest": "completed", "within/clock": "completed",
         "withinSmall/each[1]/one": "completed", "once": "completed"},
    ),
}  # fmt: skip

#: What is warned of, by sample; everything else is carried without a word.
WARNED = {
    "branches.yaml": ["renamed"],
    "spare-ways.yaml": ["changed", "changed"],
    "older-form.json": ["changed"],
    "compiled.yaml": ["changed", "changed", "changed"],
}


def sample_names() -> list[str]:
    return sorted(str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*.*") if path.suffix in (".yaml", ".json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the samples, with a file for the assembly that one of them names."""
    copy = tmp_path / "samples"
    shutil.copytree(SAMPLES, copy)
    (copy / "plugins" / "Shipping.dll").touch()
    return copy


def build(library: Path, wflow: Command, dotnet: Dotnet) -> None:
    """Compile the source beside the library, by a workflow."""
    source = library.with_suffix(".cs").read_text(encoding="utf-8")
    given = {"output": str(library), "source": source, "references": []}
    flow = {
        "name": "build",
        "parameters": {name: {"default": value} for name, value in given.items()},
        "nodes": {"build": {"type": "csharp", "script": library_script(dotnet.roslyn)}},
        "outputs": {"errors": "nodes.build.output.result"},
    }
    file = library.with_name("build.json")
    file.write_text(json.dumps(flow), encoding="utf-8")
    ran = wflow("run", file, "--id", "build", "--output", "plain", timeout=300)
    assert json.loads(wflow("status", "build", "--json").stdout)["outputs"] == {"errors": ""}, ran.stdout + ran.stderr


def test_every_sample_is_expected_to_do_something() -> None:
    assert sample_names() == sorted(EXPECTED)


@pytest.mark.parametrize("name", sample_names())
def test_a_sample_is_imported_and_valid(name: str, folder: Path, wflow: Command) -> None:
    out = folder / "ours" / "flow.yaml"
    out.parent.mkdir()
    made = wflow("import", folder / name, "-o", out)
    assert made.returncode == 0, made.stderr
    codes = [line.rpartition("[")[2].rstrip("]") for line in made.stderr.splitlines() if ": warning: " in line]
    assert codes == WARNED.get(name, [])
    assert ": error: " not in made.stderr
    judged = wflow("validate", out, "--format", "json", cwd=folder)
    assert judged.returncode == 0, judged.stdout
    assert {problem["severity"] for problem in json.loads(judged.stdout)["problems"]} <= {"warning"}
    comments = [
        line.split("#", 1)[1] for line in (folder / name).read_text(encoding="utf-8").splitlines() if " # " in line
    ]
    assert [comment for comment in comments if comment not in out.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", [pytest.param(name, marks=EXPECTED[name][0]) for name in sample_names()])
def test_an_imported_sample_runs(name: str, folder: Path, wflow: Command, request: pytest.FixtureRequest) -> None:
    needs, outputs, statuses = EXPECTED[name]
    if DOTNET in needs:
        request.getfixturevalue("csharp_home")
    if name == "compiled.yaml":
        build(folder / "plugins" / "Shipping.dll", wflow, request.getfixturevalue("dotnet"))
    out = folder / "ours.yaml"
    assert wflow("import", folder / name, "-o", out).returncode == 0
    ident = Path(name).stem
    ran = wflow("run", out, "--id", ident, "--output", "plain", timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    status = json.loads(wflow("status", ident, "--json").stdout)
    assert status["outputs"] == outputs
    nodes = {node["address"]: node["status"] for node in status["nodes"]}
    assert {address: nodes[address] for address in statuses} == statuses


def said(name: str) -> Iterator[str]:
    """What a sample says: ``place key`` for every key, and ``place key=value`` where there are only so many values."""
    tree = read_foreign(SAMPLES / name).tree
    yield from (f"workflow {key}" for key in tree)
    yield from said_in_graph(tree["nodes"], tree.get("connections", ()), "connection")
    yield from said_in_graph((), tree.get("edges", ()), "edge")


def said_in_graph(nodes: Any, edges: Any, kind: str) -> Iterator[str]:
    for node in nodes:
        for place, part in (("node", node), ("configuration", node.get("configuration", {}))):
            yield from said_in(place, part)
            children = {key.lower(): value for key, value in part.items()}
            yield from said_in_graph(children.get("childnodes", ()), children.get("childconnections", ()), "connection")
        for policy in ("retryPolicy", "circuitBreakerPolicy"):
            yield from said_in(policy, node.get(policy, {}))
    for edge in edges:
        yield from said_in(kind, edge)


def said_in(place: str, part: dict[str, Any]) -> Iterator[str]:
    for key, value in part.items():
        yield f"{place} {key}"
        if isinstance(value, str):
            yield f"{place} {key}={value}"


#: Keys of types of node, which may stand on the node or in its configuration, in either case.
EITHER = (
    *("Condition", "Expression", "Cases", "CollectionExpression", "ItemVariableName", "MaxIterations"),
    *("MaxConcurrency", "WorkflowFilePath", "InputMappings", "OutputMappings", "Schedule", "TriggerOnStart"),
    *("Script", "ExecutionMode"),
)

#: Which sample has what of the format: by sample, the places, and what is said there.
HELD = {
    "order-intake.yaml": {
        "workflow": "workflowId workflowName description version entryPointNodeId maxConcurrency timeoutSeconds "
        "allowPause defaultVariables metadata nodes connections",
        "node": "nodeId nodeName runtimeType scriptContent configuration priority maxConcurrentExecutions retryPolicy "
        "circuitBreakerPolicy runtimeType=CSharpScript runtimeType=CSharpTask runtimeType=IfElse runtimeType=Noop",
        "retryPolicy": "Strategy MaxAttempts InitialDelay MaxDelay Multiplier Strategy=Exponential",
        "circuitBreakerPolicy": "FailureThreshold MinimumThroughput OpenDuration HalfOpenSuccesses",
        "connection": "sourceNodeId targetNodeId triggerMessageType sourcePort isEnabled priority "
        "triggerMessageType=Complete triggerMessageType=Fail sourcePort=TrueBranch sourcePort=FalseBranch",
    },
    "branches.yaml": {
        "node": "runtimeType=Switch joinType joinType=All",
        "connection": "condition sourcePort=Default sourcePort=DonePort",
    },
    "spare-ways.yaml": {
        "node": "compensationNodeId fallbackNodeId joinType=Any priority=Low",
        "connection": "triggerMessageType=Cancel",
    },
    "files-and-loops.yaml": {
        "node": "runtimeType=ForEach runtimeType=While",
        "connection": "triggerMessageType=Next sourcePort=LoopBody",
    },
    "deployment.yaml": {
        "node": "runtimeType=Container runtimeType=Subflow ChildNodes ChildConnections ExecutionMode=Parallel",
        "configuration": "ChildNodes ChildConnections ExecutionMode=Sequential Timeout",
    },
    "script-files.yaml": {
        "node": "scriptPath requiredModules modulePaths runtimeType=PowerShell runtimeType=PowerShellTask",
    },
    "compiled.yaml": {
        "node": "assemblyPath typeName runtimeType=CSharp",
        "retryPolicy": "Strategy=Fixed RetryOn",
    },
    "older-form.json": {
        "workflow": "graphId name edges",
        "node": "type type=Task language type=Timer type=ForEach",
        "configuration": "language",
        "edge": "edgeId sourceNodeId targetNodeId condition type=OnComplete type=OnFail type=LoopBody "
        "messageType=OnComplete messageType=OnNext maxRetries visibilityTimeout",
    },
    "spellings.yaml": {
        "node": " ".join(["runtimeType=Timer", "metadata", *EITHER, *(key[0].lower() + key[1:] for key in EITHER)]),
        "configuration": " ".join([*EITHER, *(key[0].lower() + key[1:] for key in EITHER)]),
        "retryPolicy": "Strategy=Linear Strategy=None",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_every_key_of_the_format_is_in_a_sample(name: str) -> None:
    wanted = [f"{place} {key}" for place, keys in HELD[name].items() for key in keys.split()]
    held = set(said(name))
    assert [one for one in wanted if one not in held] == []
