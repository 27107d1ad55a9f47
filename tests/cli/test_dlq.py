"""`wflow dlq`: dead letters listed, shown, delivered again, dropped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FLOW = """\
name: lettered
nodes:
  each:
    type: foreach
    items: range(4)
    max_concurrent: 1
    nodes:
      x:
        type: python
        retry: {max_attempts: 2, initial_delay: 1ms}
        script: |
          import os
          if input["item"] % 2 and not os.path.exists("fixed"):
              raise ValueError("odd")
          output["item"] = input["item"]
"""


@pytest.fixture
def failed(cli: Any, write: Callable[..., Path]) -> Callable[..., None]:
    """Run the workflow, which fails, as run ``r`` or another."""

    def go(run_id: str = "r") -> None:
        assert cli("run", write(FLOW), "--id", run_id, "--output", "quiet").code == 1

    return go


def numbers(cli: Any, *arguments: str) -> list[int]:
    said = cli("dlq", "list", *arguments, "--json")
    assert said.code == 0, said.err
    return [one["number"] for one in json.loads(said.out)["letters"]]


def test_without_any_it_says_so(cli: Any) -> None:
    assert cli("dlq").out == "no dead letters\n"
    assert json.loads(cli("dlq", "list", "--json").out) == {"version": 1, "letters": [], "spent": []}


def test_they_are_listed_over_runs_and_of_one(cli: Any, failed: Callable[..., None]) -> None:
    failed("r")
    failed("s")
    assert numbers(cli) == [1, 2, 1, 2]
    assert numbers(cli, "s") == [1, 2]
    assert [line.split()[:3] for line in cli("dlq").out.splitlines()[1:3]] == [
        ["r", "1", "each[1]/x"],
        ["r", "2", "each[3]/x"],
    ]


def test_one_is_shown_with_its_input_and_traceback(cli: Any, failed: Callable[..., None]) -> None:
    failed()
    (letter,) = json.loads(cli("dlq", "show", "r", "2", "--json").out)["letters"]
    assert letter["input"] == {"item": 3, "item_index": 3}
    assert 'raise ValueError("odd")' in letter["error"]["traceback"]
    assert "dead letter 2 of run r: each[3]/x" in cli("dlq", "show", "r", "2").out


def test_a_requeue_continues_the_run_for_just_that_message(
    cli: Any, failed: Callable[..., None], tmp_path: Path
) -> None:
    failed()
    (tmp_path / "fixed").touch()
    said = cli("dlq", "requeue", "r", "2", "--output", "plain")
    assert said.code == 1
    assert "each[3]/x completed" in said.out
    assert "each[1]/x started" not in said.out
    assert numbers(cli) == [1]
    assert cli("dlq", "requeue", "r", "--output", "quiet").code == 0
    assert numbers(cli) == []
    assert json.loads(cli("status", "r", "--json").out)["status"] == "completed"


def test_one_that_fails_again_is_a_dead_letter_again(cli: Any, failed: Callable[..., None]) -> None:
    failed()
    assert cli("dlq", "requeue", "r", "1", "--output", "quiet").code == 1
    assert numbers(cli) == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show",), "`wflow dlq show` needs the run"),
        (("requeue", "r", "9"), "run r has no dead letter 9"),
        (("show", "r", "x"), "Invalid value"),
        (("drop", "nowhere"), "no run"),
        (("burn", "r"), "`burn` is not one of"),
    ],
)
def test_what_is_not_there_is_misuse(
    cli: Any, failed: Callable[..., None], arguments: tuple[str, ...], message: str
) -> None:
    failed()
    said = cli("dlq", *arguments)
    assert said.code == 2
    assert message in said.err
    assert numbers(cli) == [1, 2]


def test_one_that_is_dropped_is_gone_at_once_and_its_node_stays_failed(cli: Any, failed: Callable[..., None]) -> None:
    failed()
    assert cli("dlq", "drop", "r", "1").code == 0
    assert numbers(cli) == [2]
    assert cli("dlq", "drop", "r").code == 0
    assert cli("dlq").out == "no dead letters\n"
    assert json.loads(cli("status", "r", "--json").out)["status"] == "failed"
