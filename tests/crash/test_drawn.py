"""Drawn workflows on real threads and in the one-step simulation: one engine, the same statuses and outputs.

With a crash too: the journal of a real run is cut off at a drawn record, as a kill would leave it, and resumed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

import pytest

from tests.engine.test_simulate import Orderless, Workflows
from wflow.engine.events import Event, NodeCancelled, NodeCompleted, NodeFailed, NodeSkipped
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.loading import Loaded
from wflow.model.definition import from_definition, to_definition
from wflow.progress import View
from wflow.runner.definitions import read
from wflow.runner.run import Options, resume_run, start_run
from wflow.store.disk import DiskStore

#: What each Python node does, as `does` below: what follows from its name, its attempt and what it got, less the
#: wording of errors, which no simulation can know.
SCRIPT = """
import json, zlib
def told(value):
    if isinstance(value, dict):
        return {key: told(inner) for key, inner in value.items() if "error" not in key}
    return [told(inner) for inner in value] if isinstance(value, list) else value
drawn = zlib.crc32(f"{run.node}/{run.attempt}".encode())
if drawn % 8 == 0:
    raise (ValueError if drawn % 16 else OSError)("drawn")
variables.add("count", 1)
return {"v": drawn % 10, "seen": zlib.crc32(json.dumps(told(input), sort_keys=True).encode()) % 1000}
"""

BELOW = f"""
name: below
variables: {{count: 0}}
nodes:
  first: {{type: python, script: {json.dumps(SCRIPT)}}}
  second: {{type: python, script: {json.dumps(SCRIPT)}}}
edges: [first -> second]
outputs: {{v: nodes.second.output.v}}
"""


def told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: told(inner) for key, inner in value.items() if "error" not in key}
    return [told(inner) for inner in value] if isinstance(value, list) else value


def does(activation: Activation, given: dict[str, Any]) -> Did:
    drawn = crc32(f"{activation.address}/{activation.attempt}".encode())
    if drawn % 8 == 0:
        return Did("failed", failure=("ValueError" if drawn % 16 else "OSError", "drawn"))
    seen = crc32(json.dumps(told(given), sort_keys=True).encode()) % 1000
    return Did(output={"v": drawn % 10, "seen": seen}, operations=(("add", "count", 1),))


def real(graph: dict[str, Any]) -> None:
    """Give Python nodes their script, and have nothing wait longer than a test may."""
    for node in graph["nodes"].values():
        if node["type"] == "python":
            node["settings"] = {"script": SCRIPT}
        if node["type"] == "wait":
            node["settings"] = {"for": 0.01}
        if "retry" in node:
            node["retry"]["initial_delay"] = 0.01
        node.pop("rate", None)
        if "graph" in node:
            real(node["graph"])


class Told:
    """Keeps the last status of each address."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}

    def start(self, view: View) -> None:
        """Nothing to keep."""

    def event(self, event: Event, view: View) -> None:
        names = {NodeCompleted: "completed", NodeFailed: "failed", NodeSkipped: "skipped", NodeCancelled: "cancelled"}
        status = names.get(type(event))
        if status is not None:
            self.statuses[event.address] = status  # type: ignore[union-attr]

    def tick(self, view: View, now: float) -> None:
        """Nothing to keep."""

    def finish(self, view: View) -> None:
        """Nothing to keep."""


@pytest.mark.parametrize("block", range(20))
def test_threads_and_simulation_agree_and_so_does_a_resume(block: int, tmp_path: Path) -> None:
    (tmp_path / "below.yaml").write_text(BELOW)
    below = read(tmp_path / "below.yaml").workflow
    assert below is not None
    below_definition = to_definition(below)
    store = DiskStore(tmp_path / "home")
    for seed in range(block * 10, block * 10 + 10):
        definition = Orderless(seed).workflow()
        real(definition)
        simulation = Simulation(definition, work=does, subflows={"below.yaml": below_definition}.__getitem__)
        expected = simulation.run()
        wanted = (expected.status, simulation.statuses(), expected.outputs)

        followed = Told()
        loaded = Loaded(workflow=from_definition(definition), problems=(), digest="")
        file = tmp_path / "drawn.yaml"
        result = start_run(file, loaded, {}, store, Options(run_id=f"r{seed}", workers=4, watchers=(followed,)))
        assert (result.status, followed.statuses, result.outputs) == wanted, f"seed {seed}"

        _cut(tmp_path / "home" / "runs", seed)
        store.close()
        store = DiskStore(tmp_path / "home")
        resumed = resume_run(f"c{seed}", store, Options(workers=4))
        assert (resumed.status, resumed.outputs) == (wanted[0], wanted[2]), f"seed {seed}, resumed"
    store.close()


def in_one_order(graph: dict[str, Any]) -> None:
    """Leave out what happens at a time of its own: with one worker all the rest has one order."""
    for node in graph["nodes"].values():
        if node["type"] in ("wait", "subflow"):
            node["type"] = "noop"
            node.pop("settings", None)
        node.pop("retry", None)
        if node["type"] != "python":  # a scope's breaker is asked while the worker works
            node.pop("breaker", None)
        if "graph" in node:
            in_one_order(node["graph"])


@pytest.mark.parametrize("block", range(10))
def test_every_join_and_trigger_agrees_where_one_worker_gives_one_order(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wflow.runner.loop.SYNC_TIME", 0.0)  # nothing is handed out ahead of the one worker
    store = DiskStore(tmp_path / "home")
    for seed in range(block * 10, block * 10 + 10):
        definition = Workflows(seed).workflow()
        in_one_order(definition)
        real(definition)
        simulation = Simulation(definition, work=does, workers=1)
        expected = simulation.run()
        followed = Told()
        loaded = Loaded(workflow=from_definition(definition), problems=(), digest="")
        options = Options(run_id=f"r{seed}", workers=1, watchers=(followed,))
        result = start_run(tmp_path / "drawn.yaml", loaded, {}, store, options)
        wanted = (expected.status, simulation.statuses(), expected.outputs)
        assert (result.status, followed.statuses, result.outputs) == wanted, f"seed {seed}"
    store.close()


def _cut(runs: Path, seed: int) -> None:
    """A second run with the journal of the first up to a drawn record, as a kill at that moment would have left it."""
    shutil.copytree(runs / f"r{seed}", runs / f"c{seed}")
    journal = runs / f"c{seed}" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: Random(seed).randint(1, max(1, len(lines) - 2))]))
