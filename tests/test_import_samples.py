"""Every file of `samples/import/`: imported, valid, and run; those with C# where there is a .NET, always valid."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    "compiled.yaml": ((), {}, {}),
}  # fmt: skip

#: What is warned of, by sample; everything else is carried without a word.
WARNED = {
    "branches.yaml": ["renamed"],
    "spare-ways.yaml": ["changed", "changed"],
    "older-form.json": ["changed"],
    "compiled.yaml": ["changed"],
}

#: A class of its own assembly, which is not among the samples: imported and judged, not run.
NOT_RUN = {"compiled.yaml"}


def sample_names() -> list[str]:
    return sorted(str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*.*") if path.suffix in (".yaml", ".json"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the samples, with the assembly that one of them names."""
    copy = tmp_path / "samples"
    shutil.copytree(SAMPLES, copy)
    (copy / "plugins").mkdir()
    (copy / "plugins" / "Shipping.dll").touch()
    return copy


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


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=EXPECTED[name][0]) for name in sample_names() if name not in NOT_RUN]
)
def test_an_imported_sample_runs(name: str, folder: Path, wflow: Command, request: pytest.FixtureRequest) -> None:
    needs, outputs, statuses = EXPECTED[name]
    if DOTNET in needs:
        request.getfixturevalue("csharp_home")
    out = folder / "ours.yaml"
    assert wflow("import", folder / name, "-o", out).returncode == 0
    ident = Path(name).stem
    ran = wflow("run", out, "--id", ident, "--output", "plain", timeout=300)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    status = json.loads(wflow("status", ident, "--json").stdout)
    assert status["outputs"] == outputs
    nodes = {node["address"]: node["status"] for node in status["nodes"]}
    assert {address: nodes[address] for address in statuses} == statuses
