"""`wflow edge` switches an edge of a run that a process runs, or that nobody runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLOW = """\
name: slow
nodes:
  a: {type: shell, script: 'touch started; while [ ! -e go ]; do sleep 0.02; done'}
  b: {type: shell, script: 'true'}
  load:
    type: foreach
    items: range(3)
    nodes: {x: {type: noop}, y: {type: noop}}
    edges: [x -> y]
edges: [a -> b, a -> load]
"""


def statuses(cli: Any) -> dict[str, str]:
    return {node["address"]: node["status"] for node in json.loads(cli("status", "r", "--json").out)["nodes"]}


def test_a_run_that_is_alive_obeys_and_shows_it(cli: Any, live: Any, tmp_path: Path) -> None:
    process = live(FLOW)
    assert cli("edge", "r", "disable", "a  ->  b") == (0, "run r: the edge a -> b is disabled\n", "")
    assert cli("edge", "r", "disable", "load/x -> y").code == 0
    assert "disabled → b" in cli("graph", "r").out
    assert cli("graph", "r", "--format", "mermaid").out.count("-.->|") == 2
    assert cli("graph", "r", "--format", "dot").out.count("style=dashed") == 2
    assert cli("edge", "last", "enable", "load[1]/x -> load[1]/y").code == 0
    (tmp_path / "go").touch()
    process.communicate(timeout=20)
    assert process.returncode == 0
    told = statuses(cli)
    assert (told["b"], told["load[0]/y"], told["load[1]/y"]) == ("skipped", "skipped", "completed")


def test_a_run_that_was_interrupted_knows_it_when_it_is_resumed(
    cli: Any, live: Any, leave: Any, tmp_path: Path
) -> None:
    leave(live(FLOW), "interrupted")
    assert cli("edge", "r", "disable", "a -> b") == (0, "run r: the edge a -> b is disabled\n", "")
    assert cli("status", "r").out.startswith(f"run r of {tmp_path}/flow.yaml: interrupted\n")
    (tmp_path / "go").touch()
    assert cli("resume", "r", "--output", "quiet").code == 0
    assert statuses(cli)["b"] == "skipped"


def test_a_run_that_is_paused_knows_it_when_it_is_resumed(cli: Any, live: Any, leave: Any, tmp_path: Path) -> None:
    leave(live(FLOW), "paused")
    assert cli("edge", "r", "disable", "load/x -> y") == (0, "run r: the edge load/x -> y is disabled\n", "")
    assert cli("status", "r").out.startswith(f"run r of {tmp_path}/flow.yaml: paused\n")
    assert cli("resume", "r", "--output", "quiet").code == 0
    told = statuses(cli)
    assert {told[f"load[{index}]/y"] for index in range(3)} == {"skipped"}
    assert told["b"] == "completed"


def test_what_cannot_be_switched_is_misuse_and_leaves_no_record(
    cli: Any, live: Any, home: Path, tmp_path: Path
) -> None:
    process = live(FLOW)
    before = (home / "runs/r/journal").read_bytes()
    for text, why in (
        ("a -> c", "run r has no node `c`"),
        ("b -> a", "run r has no edge `b -> a`"),
        ("a -> b -> load", "it names several edges"),
        ("a \x1b[2J-> b", "is no edge"),
        ("b[1]/x -> y", "`b` in run r is no loop and has no iteration `1`"),
    ):
        said = cli("edge", "r", "disable", text)
        assert said.code == 2
        assert why in said.err
        assert "\x1b" not in said.err
    assert cli("edge", "r", "disable", "a -> b", "--trigger", "fail").code == 2
    assert cli("edge", "r", "toggle", "a -> b").code == 2
    assert cli("edge", "nosuch", "disable", "a -> b").code == 2
    assert (home / "runs/r/journal").read_bytes() == before
    (tmp_path / "go").touch()
    process.communicate(timeout=20)
    said = cli("edge", "r", "disable", "a -> b")
    assert (said.code, said.err) == (2, "wflow: error: run r is completed: its edges have closed\n")


def test_a_run_that_is_damaged_is_told(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write("name: x\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]\n"), "--id", "r")
    journal = home / "runs/r/journal"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(bytes(data))
    assert cli("edge", "r", "disable", "a -> b").code == 8
