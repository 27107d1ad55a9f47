"""`wflow explain`: why a node ran, waits or was skipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
name: x
nodes:
  load: {type: shell, script: echo 5}
  check: {type: if, condition: "false"}
  many: {type: noop}
  few: {type: noop}
  gate:
    type: wait
    signal: "go\\e[2J"
  late: {type: noop}
  mark: {type: shell, script: touch started}
edges: [load -> check, check.true -> many, check.false -> few, load -> gate -> late, load -> mark]
"""


@pytest.fixture
def left(cli: Any, write: Callable[..., Path]) -> Any:
    """The command line, and the run `over`."""
    cli("run", write(FLOW.replace('signal: "go\\e[2J"', "for: 1ms")), "--id", "over", "--output", "quiet")
    return cli


def test_it_says_what_came_on_which_edge(left: Any) -> None:
    assert left("explain", "over", "many").out.splitlines() == [
        "many  (noop)  skipped",
        "  no message came on any edge to it",
        "  closed  check.true -> many: `check` has taken the way `false`",
    ]


def test_json_has_the_same(left: Any) -> None:
    assert json.loads(left("explain", "over", "few", "--json").out) == {
        "version": 1,
        "address": "few",
        "type": "noop",
        "status": "completed",
        "why": "all edges to it are done, and a message has come on `check.false -> few`",
        "now": None,
        "until": None,
        "edges": [{"edge": "check.false -> few", "state": "message", "why": "`check` has sent a message"}],
    }


def test_what_a_node_waits_for_is_told_without_control_characters(live: Any, cli: Any) -> None:
    live(FLOW)
    told = cli("explain", "last", "gate").out.splitlines()
    assert told[0] == "gate  (wait)  waiting"
    assert told[-1] == "  now: it waits for the signal `go`"
    assert cli("explain", "last", "late").out.splitlines() == [
        "late  (noop)  pending",
        "  it waits for `gate -> late`",
        "  open  gate -> late: `gate` is not done",
    ]


def test_a_node_that_is_not_there_is_misuse(left: Any) -> None:
    said = left("explain", "over", "mani")
    assert said.code == 2
    assert said.err == "wflow: error: run over has no node `mani`\n  = did you mean `many`?\n"
    assert left("explain", "nothing", "many").code == 2


def test_a_damaged_run_is_told_as_far_as_it_is_sound(left: Any, home: Path) -> None:
    journal = home / "runs" / "over" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{}\n")
    said = left("explain", "over", "few")
    assert said.code == 8
    assert said.out.startswith("few  (noop)  completed\n")
    assert "journal" in said.err
