"""`wflow.runner.result`: how a run came out, and the exit code that says so."""

from __future__ import annotations

from typing import Any

import pytest

from wflow.engine.simulate import Simulation
from wflow.model import Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.runner.result import RunResult, result_of


@pytest.mark.parametrize(
    ("keys", "strict", "code"),
    [
        ({}, False, 0),
        ({}, True, 0),
        ({"tolerated": 2}, False, 0),
        ({"tolerated": 2}, True, 6),
        ({"status": "failed"}, False, 1),
        ({"status": "cancelled"}, False, 4),
        ({"status": "paused"}, False, 5),
        ({"status": "failed", "timed_out": True}, False, 124),
        ({"status": "paused", "signal": 15}, False, 143),
        ({"status": "paused", "signal": 1}, False, 129),
        ({"status": "paused", "signal": 2}, False, 130),
    ],
)
def test_every_end_has_its_exit_code(keys: dict[str, Any], strict: bool, code: int) -> None:
    given: dict[str, Any] = {
        "run_id": "r",
        "status": "completed",
        "outputs": {},
        "error": None,
        "timed_out": False,
        "tolerated": 0,
        **keys,
    }
    assert RunResult(**given).exit_code(strict=strict) == code


def test_a_result_is_read_off_a_state_at_rest() -> None:
    workflow = Workflow(name="w", graph=Graph(nodes=(Node(id="a", type="noop"),)), outputs={"x": "1 + 1"})
    state = Simulation(to_definition(workflow)).run()
    assert result_of(state, 15) == RunResult("simulated", "completed", {"x": 2}, None, False, 0, 15)
