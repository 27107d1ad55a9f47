"""`wflow amend` adds to a run that a process runs, or that nobody runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.events import Event, RunAmended
from wflow.runner.amend import read_patch
from wflow.runner.inspect import read_run
from wflow.store.disk import DiskStore

FLOW = """\
name: slow
nodes:
  first: {type: python, script: 'output["x"] = 7'}
  a: {type: shell, script: 'touch started; while [ ! -e go ]; do sleep 0.02; done'}
  b: {type: shell, script: 'echo b'}
edges: [a -> b]
outputs: {b: nodes.b.output.stdout}
"""

PATCH = """\
variables: {got: 0}
nodes:
  late: {type: python, file: late.py}
  more: {type: shell, script: echo more}
edges: [first -> late -> b, a -> more]
"""

Write = Callable[..., Path]


@pytest.fixture
def patch(write: Write) -> Path:
    """A sound patch for FLOW, with the script it names."""
    write('variables.set("got", input["x"])\n', "late.py")
    return write(PATCH, "patch.yaml")


def told(cli: Any) -> dict[str, Any]:
    """How run ``r`` stands, its nodes by address."""
    status: dict[str, Any] = json.loads(cli("status", "r", "--json").out)
    return {**status, "nodes": {node["address"]: node["status"] for node in status["nodes"]}}


def test_a_run_that_is_alive_does_what_it_gets(cli: Any, live: Any, patch: Path, tmp_path: Path) -> None:
    process = live(FLOW)
    said = cli("amend", "r", patch)
    assert said == (0, "added to run r: 2 nodes, 3 edges and 1 variable\n", "")
    assert "late  (python)  → b" in cli("graph", "r").out
    assert set(told(cli)["nodes"]) == {"first", "a", "b", "late", "more"}
    (tmp_path / "go").touch()
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "slow amended, 2 nodes and 3 edges added: late, more" in out
    assert out.index("late completed") < out.index("b started")
    run = told(cli)
    assert (run["status"], run["variables"]) == ("completed", {"got": 7})
    assert set(run["nodes"].values()) == {"completed"}
    assert "echo more" not in cli("show", "r", "more").out
    assert cli("logs", "r", "more").out.endswith("more\n")


@pytest.mark.parametrize("how", ["paused", "interrupted"])
def test_a_run_that_nobody_runs_does_it_when_it_is_resumed(
    how: str, cli: Any, live: Any, leave: Any, patch: Path, tmp_path: Path, wflow: Any
) -> None:
    leave(live(FLOW), how)
    assert cli("amend", "r", patch).out == "added to run r: 2 nodes, 3 edges and 1 variable\n"
    run = told(cli)
    assert (run["status"], run["nodes"]["late"], run["variables"]) == (how, "pending", {"got": 0})
    (tmp_path / "go").touch()
    assert wflow("resume", "r", "--output", "quiet").returncode == 0
    run = told(cli)
    assert run["variables"] == {"got": 7}
    assert set(run["nodes"].values()) == {"completed"}


def test_a_resume_looks_at_the_script_files_of_what_was_added(
    cli: Any, live: Any, leave: Any, patch: Path, tmp_path: Path
) -> None:
    process = live(FLOW)
    cli("amend", "r", patch)
    leave(process, "interrupted")
    (tmp_path / "late.py").write_text("pass\n")
    said = cli("resume", "r", "--output", "quiet")
    assert said.code == 2
    assert "late.py changed since run r started" in said.err


def test_what_was_added_is_known_to_a_snapshot(
    cli: Any, live: Any, leave: Any, patch: Path, tmp_path: Path, home: Path, wflow: Any
) -> None:
    process = live(FLOW)
    cli("amend", "r", patch)
    cli("checkpoint", "r")
    kept = None
    while kept is None:
        store = DiskStore(home)
        kept = store.open("r").snapshot()
        store.close()
    assert json.loads(kept[1])["redefined"]["files"].keys() == {"late.py"}
    leave(process, "interrupted")
    (tmp_path / "go").touch()
    assert wflow("resume", "r", "--output", "quiet").returncode == 0
    assert set(told(cli)["nodes"].values()) == {"completed"}


def test_events_as_json_and_those_who_follow_the_run_are_told(
    cli: Any, live: Any, patch: Path, tmp_path: Path, home: Path
) -> None:
    process = live(FLOW, "json")
    store = DiskStore(home)
    reading = read_run(store, "r")
    assert cli("amend", "r", patch).code == 0
    followed: list[Event] = []
    while not any(isinstance(event, RunAmended) for event in followed):
        reading.follow(followed.append)
    assert reading.view is not None
    assert list(reading.view.rows) == ["", "first", "a", "b", "late", "more"]
    store.close()
    (tmp_path / "go").touch()
    out, _ = process.communicate(timeout=20)
    events = [json.loads(line) for line in out.splitlines()]
    amended = next(event for event in events if event["event"] == "run_amended")
    assert (amended["nodes"], amended["edges"]) == (["late", "more"], ["first -> late", "late -> b", "a -> more"])


def test_a_dry_run_says_what_would_be_added_and_changes_nothing(
    cli: Any, live: Any, write: Write, home: Path, patch: Path
) -> None:
    live(FLOW)
    before = (home / "runs/r/journal").read_bytes()
    said = cli("amend", "r", patch, "--dry-run")
    assert said.out == (
        "run r would get\n  node late (python)\n  node more (shell)\n  edge first -> late\n  edge late -> b\n"
        "  edge a -> more\n  variable got = 0\nnothing was changed\n"
    )
    odd = write("pools: {p: 2}\nedges: [{from: a, to: b, trigger: fail, condition: 'variables == 1'}]\n", "odd.yaml")
    assert cli("amend", "r", odd, "--dry-run").out.splitlines()[1:3] == [
        "  edge a -> b (fail, if variables == 1)",
        "  pool p of 2",
    ]
    assert (home / "runs/r/journal").read_bytes() == before
    assert not list((home / "runs/r/control").iterdir())


def test_a_patch_that_is_not_valid_is_told_and_changes_nothing(cli: Any, live: Any, write: Write, home: Path) -> None:
    live(FLOW)
    before = (home / "runs/r/journal").read_bytes()
    bad = write(
        'nodes:\n  b: {type: noop}\n  c: {type: python, scirpt: pass}\nedges: [c -> a, "\\u001b[2J -> b"]\n', "bad.yaml"
    )
    said = cli("amend", "r", bad)
    assert (said.code, said.out) == (3, "")
    assert "bad.yaml:2:3: error: the run has a node `b` already [already-there]" in said.err
    assert "`scirpt` is no key of a `python` node" in said.err
    assert "`a` has started: what the edge brings would be dropped [too-late]" in said.err
    assert "\x1b" not in said.err
    assert cli("amend", "r", "nowhere.yaml").code == 2
    assert cli("amend", "nosuch", bad).code == 2
    assert (home / "runs/r/journal").read_bytes() == before


def test_a_run_that_has_ended_takes_nothing(cli: Any, write: Write) -> None:
    patch = write("nodes: {c: {type: noop}}\n", "patch.yaml")
    cli("run", write("name: x\nnodes: {a: {type: noop}}\n"), "--id", "r", "--output", "quiet")
    said = cli("amend", "r", patch)
    assert (said.code, said.err) == (2, "wflow: error: nothing can be added to run r: it has completed\n")
    cli("run", write("name: x\nnodes: {a: {type: shell, script: exit 1}}\n"), "--id", "s", "--output", "quiet")
    said = cli("amend", "s", patch)
    assert said.code == 2
    assert "it has failed\n  = `wflow resume s --updated FILE` goes on with another definition" in said.err


def test_a_request_that_was_made_for_what_the_run_was_before_is_refused_with_a_warning(
    cli: Any, live: Any, write: Write, home: Path, tmp_path: Path
) -> None:
    process = live(FLOW)
    store = DiskStore(home)
    ours = read_patch(write("nodes: {ours: {type: noop}}\n", "ours.yaml"), read_run(store, "r").state)
    assert cli("amend", "r", write("nodes: {theirs: {type: noop}}\n", "theirs.yaml")).code == 0
    store.open("r").post(ours.request)
    while b'"what":"refused"' not in (home / "runs/r/journal").read_bytes():
        time.sleep(0.01)
    (tmp_path / "go").touch()
    _, err = process.communicate(timeout=20)
    store.close()
    assert process.returncode == 0
    assert "a request to add to the run was refused: its definition has been changed since the request was made" in err
    assert "ours" not in told(cli)["nodes"]


def test_a_letter_that_makes_no_sense_is_refused_and_the_run_goes_on(
    cli: Any, live: Any, home: Path, tmp_path: Path
) -> None:
    process = live(FLOW)
    store = DiskStore(home)
    run = store.open("r")
    for letter in ({}, {"base": 3}, {"base": "x", "definition": [1]}):
        run.post({"what": "amend", **letter})
    run.post({"what": "edge", "way": 3})
    while (home / "runs/r/journal").read_bytes().count(b'"event":"request"') < 4:
        time.sleep(0.01)
    store.close()
    (tmp_path / "go").touch()
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert told(cli)["status"] == "completed"
