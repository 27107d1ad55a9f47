"""`wflow show`: a node's input, output, attempts and error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.cli.show import unknown_node

FLOW = """\
name: x
parameters: {n: {type: integer, default: 21}}
nodes:
  double: {type: python, script: "output['n'] = params['n'] * 2"}
  fail: {type: shell, script: 'echo oh >&2; exit 3'}
  each: {type: foreach, items: "[1, 2]", nodes: {one: {type: noop}}}
  never: {type: noop}
  text: {type: python, script: "output['t'] = chr(27) + '[2J'"}
edges: [double -> each, fail -> never]
"""


@pytest.fixture
def ran(cli: Any, write: Callable[..., Path]) -> Any:
    cli("run", write(FLOW), "--id", "r", "--output", "quiet")
    return cli


def test_json_has_each_activation_with_what_it_got_and_gave(ran: Any) -> None:
    told = json.loads(ran("show", "r", "double", "--json").out)
    (activation,) = told.pop("activations")
    assert told == {"version": 1, "address": "double", "type": "python", "status": "completed"}
    assert activation["started_at"] <= activation["ended_at"]
    del activation["started_at"], activation["ended_at"]
    assert activation == {
        "number": 1,
        "status": "completed",
        "attempts": 1,
        "input": {"n": 21},
        "output": {"n": 42},
        "error": None,
        "log": None,
    }


def test_a_failure_has_its_error_and_its_log(ran: Any, home: Path) -> None:
    (activation,) = json.loads(ran("show", "r", "fail", "--json").out)["activations"]
    assert set(activation["error"]) == {"type", "message", "traceback"}
    assert activation["error"]["type"] == "ExitCode"
    assert activation["output"] is None
    assert Path(activation["log"]).read_text() == "oh\n"


def test_people_are_told_the_same_in_words(ran: Any) -> None:
    said = ran("show", "r", "double")
    lines = said.out.splitlines()
    assert lines[0] == "double  (python)  completed"
    assert lines[1].startswith("#1 completed, started ")
    assert '    "n": 42' in lines
    assert "error: ExitCode:" in ran("show", "r", "fail").out


def test_control_nodes_and_nodes_that_did_not_run_are_told_too(ran: Any) -> None:
    inner = json.loads(ran("show", "r", "each[1]/one", "--json").out)["activations"]
    assert [one["input"]["item"] for one in inner] == [2]
    told = json.loads(ran("show", "r", "never", "--json").out)
    assert (told["status"], told["activations"]) == ("skipped", [])


def test_an_output_cannot_act_on_the_terminal(ran: Any) -> None:
    assert "\x1b" not in ran("show", "r", "text").out
    assert "\x1b" not in ran("show", "r", "text", "--json").out


def test_an_unknown_address_is_told_with_the_nearest(ran: Any) -> None:
    said = ran("show", "r", "duoble")
    assert said.code == 2
    assert "did you mean `double`?" in said.err


def test_a_node_of_a_loop_without_its_iteration_is_told_with_one() -> None:
    error = unknown_node("r", "each/one", ["each", "each[0]/one"])
    assert error.cure == "it runs once for each iteration: name one, such as `each[0]/one`"


def test_a_node_of_a_damaged_run_is_told_as_far_as_it_goes(ran: Any, home: Path) -> None:
    journal = home / "runs" / "r" / "journal"
    journal.write_bytes(journal.read_bytes() + b"{rubbish}\n")
    said = ran("show", "r", "double", "--json")
    assert said.code == 8
    assert json.loads(said.out)["status"] == "completed"
