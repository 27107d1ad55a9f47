"""`wflow run`: what it does with each of its options, and what it leaves undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.run import chosen_nodes, read_checkpoint
from wflow.errors import UsageError
from wflow.model import Checkpoint, Edge, Graph, Node, Workflow

HELLO = """\
name: hello
parameters: {who: {type: string, default: world}}
nodes:
  greet: {type: python, script: "output['text'] = 'hello, ' + params['who']"}
  again: {type: noop}
edges: [greet -> again]
outputs: {text: nodes.greet.output.text}
"""
FAILING = "name: bad\nnodes:\n  a: {type: python, script: 'raise ValueError(\"no\")'}\n"
TOLERATED = """\
name: some
nodes:
  each: {type: foreach, items: "[1, 2]", tolerate: 1, nodes: {a: {type: python, script: "1 / (input['item'] - 1)"}}}
"""


def test_a_run_prints_a_line_for_each_event_where_there_is_no_terminal(cli: Any, write: Callable[..., Path]) -> None:
    said = cli("run", write(HELLO), "-p", "who=you", "--id", "r")
    assert said.code == 0
    told = [line.split(" ", 2)[2] for line in said.out.splitlines()]
    assert told[0] == "hello started as r"
    assert told[-1].startswith("hello completed")
    assert said.err == ""


def test_a_run_prints_events_as_json(cli: Any, write: Callable[..., Path]) -> None:
    said = cli("run", write(HELLO), "--output", "json")
    events = [json.loads(line) for line in said.out.splitlines()]
    assert [event["event"] for event in (events[0], events[-1])] == ["run_started", "run_finished"]
    assert events[-1]["outputs"] == {"text": "hello, world"}


def test_a_quiet_run_that_completes_prints_nothing(cli: Any, write: Callable[..., Path]) -> None:
    assert cli("run", write(HELLO), "--output", "quiet") == (0, "", "")


def test_a_failed_run_names_what_failed_and_the_command_that_continues(cli: Any, write: Callable[..., Path]) -> None:
    said = cli("run", write(FAILING), "--output", "quiet", "--id", "r")
    assert said.code == 1
    assert said.out == ""
    assert "a: ValueError: no" in said.err
    assert "wflow resume r" in said.err


def test_a_failed_run_names_the_log_of_what_failed(cli: Any, write: Callable[..., Path], home: Path) -> None:
    file = write("name: x\nnodes:\n  a: {type: shell, script: 'echo oh >&2; exit 3'}\n")
    said = cli("run", file, "--output", "quiet", "--id", "r")
    assert f"its log: {home}/runs/r/logs/a#1.1.err" in said.err


def test_an_invalid_file_is_told_as_validate_does_and_nothing_is_made(
    cli: Any, write: Callable[..., Path], home: Path
) -> None:
    said = cli("run", write("name: x\nnodes: {a: {type: nop}}\n"))
    assert said.code == 3
    assert said.out == ""
    assert "flow.yaml:2:" in said.err
    assert "1 error, 0 warnings" in said.err
    assert not (home / "runs").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "who"],
        ["-p", "whom=x"],
        ["--params", "nowhere.yaml"],
        ["--cwd", "nowhere"],
        ["--until", "nosuch"],
        ["--only", "nosuch"],
        ["--until", "greet", "--only", "greet"],
        ["--checkpoint", "often"],
        ["--id", "../x"],
        ["--id", "last"],
    ],
)
def test_a_wrong_option_is_misuse_and_leaves_no_run(
    arguments: list[str], cli: Any, write: Callable[..., Path], home: Path
) -> None:
    said = cli("run", write(HELLO), *arguments)
    assert said.code == 2
    assert said.err.startswith("wflow: error: ")
    assert not (home / "runs").exists() or not list((home / "runs").iterdir())


def test_an_id_is_used_once(cli: Any, write: Callable[..., Path]) -> None:
    file = write(HELLO)
    assert cli("run", file, "--id", "r", "--output", "quiet").code == 0
    said = cli("run", file, "--id", "r", "--output", "quiet")
    assert said.code == 7
    assert "`r`" in said.err


def test_tolerated_failures_have_a_code_of_their_own_only_when_it_is_strict(
    cli: Any, write: Callable[..., Path]
) -> None:
    file = write(TOLERATED)
    assert cli("run", file, "--output", "quiet").code == 0
    assert cli("run", file, "--output", "quiet", "--strict").code == 6


def test_until_runs_a_node_and_what_leads_to_it_and_only_it_alone(cli: Any, write: Callable[..., Path]) -> None:
    text = "name: x\nnodes: {a: {type: noop}, b: {type: noop}, c: {type: noop}}\nedges: [a -> b -> c]\n"
    file = write(text)
    cli("run", file, "--until", "b", "--id", "until", "--output", "quiet")
    cli("run", file, "--only", "b", "--id", "only", "--output", "quiet")
    ran = {
        name: [node["address"] for node in json.loads(cli("status", name, "--json").out)["nodes"]]
        for name in ("until", "only")
    }
    assert ran == {"until": ["a", "b"], "only": ["b"]}


def test_cwd_is_where_nodes_work(cli: Any, write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    file = write("name: x\nnodes:\n  a: {type: shell, script: pwd}\noutputs: {where: nodes.a.output.stdout}\n")
    cli("run", file, "--cwd", "elsewhere", "--id", "r", "--output", "quiet")
    assert json.loads(cli("status", "r", "--json").out)["outputs"] == {"where": f"{tmp_path}/elsewhere\n"}


def test_a_dry_run_says_what_would_run_and_leaves_nothing_behind(
    cli: Any, write: Callable[..., Path], home: Path, tmp_path: Path
) -> None:
    file = write(HELLO)
    before = sorted(tmp_path.iterdir())
    said = cli("run", file, "--dry-run", "-p", "who=you")
    assert said.code == 0
    assert 'who = "you"' in said.out
    assert "1  greet (python)" in said.out
    assert said.out.endswith("nothing was run\n")
    assert not home.exists()
    assert sorted(tmp_path.iterdir()) == before


def test_a_dry_run_of_an_invalid_file_is_invalid_too(cli: Any, write: Callable[..., Path]) -> None:
    assert cli("run", write("name: x\nnodes: []\n"), "--dry-run").code == 3
    assert cli("run", write(HELLO), "--dry-run", "-p", "x=1").code == 2


def test_warnings_are_told_and_the_run_goes_on_but_not_when_it_is_to_be_quiet(
    cli: Any, write: Callable[..., Path]
) -> None:
    file = write(
        "name: x\nvariables: {n: 0}\nnodes:\n  l: {type: while, condition: variables.n > 0, nodes: {a: {type: noop}}}\n"
    )
    said = cli("run", file, "--output", "errors")
    assert said.code == 0
    assert "warning" in said.err
    assert cli("run", file, "--output", "quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node", Checkpoint(policy="node")),
        ("manual", Checkpoint(policy="manual")),
        ("nodes=20", Checkpoint(policy="nodes", nodes=20)),
        ("every=10s", Checkpoint(policy="every", every=10.0)),
        ("every=0.5", Checkpoint(policy="every", every=0.5)),
    ],
)
def test_a_checkpoint_policy_is_read(text: str, expected: Checkpoint) -> None:
    assert read_checkpoint(text) == expected


@pytest.mark.parametrize("text", ["", "nodes", "nodes=0", "nodes=x", "every=", "every=soon", "node=1", "never"])
def test_no_other_checkpoint_policy_is_taken(text: str) -> None:
    with pytest.raises(UsageError, match="no checkpoint policy"):
        read_checkpoint(text)


def test_the_nodes_that_take_part_are_those_of_the_top() -> None:
    nodes = tuple(Node(id=name, type="noop") for name in "abcd")
    edges = (Edge(source="a", target="b"), Edge(source="b", target="c"), Edge(source="d", target="c"))
    workflow = Workflow(name="x", graph=Graph(nodes=nodes, edges=edges))
    assert chosen_nodes(workflow, None, None) is None
    assert chosen_nodes(workflow, "b", None) == frozenset("ab")
    assert chosen_nodes(workflow, "c", None) == frozenset("abcd")
    assert chosen_nodes(workflow, None, "c") == frozenset("c")
