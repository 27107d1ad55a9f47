"""`wflow.engine.routing`: ports, conditions, priorities, what messages carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))
PAIR = """
    variables: {limit: 3}
    nodes:
      a: {type: python, script: pass}
      t: {type: python, script: pass}
    edges: [{from: a, to: t, condition: "CONDITION"}]
"""


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("true", "completed"),
        ("false", "skipped"),
        ("output.x == 5", "completed"),
        ("output.x < variables.limit", "skipped"),
        ("error == null", "completed"),
    ],
)
def test_a_condition_decides_whether_the_message_is_delivered(simulate: Works, condition: str, status: str) -> None:
    run = simulate(PAIR.replace("CONDITION", condition), a={"x": 5})
    run.run()
    assert run.statuses()["t"] == status
    assert run.state.status == "completed"


@pytest.mark.parametrize(("condition", "reason"), [("output.nowhere > 1", "nowhere"), ("output.x", "true or false")])
@pytest.mark.parametrize("join", ["all", "any", "each"])
def test_a_condition_that_cannot_be_told_fails_the_target_and_never_counts_as_false(
    simulate: Works, join: str, condition: str, reason: str
) -> None:
    text = PAIR.replace("CONDITION", condition).replace("t: {type: python,", f"t: {{type: python, join: {join},")
    run = simulate(text, a={"x": 5})
    run.run()
    assert run.statuses() == {"a": "completed", "t": "failed"}
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert (run.state.error.address, run.state.error.type) == ("t", "ExpressionError")
    assert "edge a -> t" in run.state.error.message
    assert reason in run.state.error.message


def test_a_target_failed_by_a_condition_can_have_a_handler(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          t: {type: python, script: pass}
          handler: {type: python, script: pass}
        edges:
          - {from: a, to: t, condition: output.nowhere}
          - {from: t, to: handler, trigger: fail}
        """
    run = simulate(text)
    run.run()
    assert run.state.status == "completed"
    assert run.inputs["handler#1"]["error_node"] == "t"


@pytest.mark.parametrize(("priorities", "order"), [((0, 0, 0), "xyz"), ((1, 2, 3), "zyx"), ((5, -1, 5), "xzy")])
def test_edges_of_one_source_are_looked_at_from_high_priority_to_low(
    simulate: Works, priorities: tuple[int, int, int], order: str
) -> None:
    nodes = "".join(f"  {name}: {{type: python, script: pass}}\n" for name in "axyz")
    edges = "".join(f"  - {{from: a, to: {n}, priority: {p}}}\n" for n, p in zip("xyz", priorities, strict=True))
    run = simulate(f"nodes:\n{nodes}edges:\n{edges}", workers=1)
    run.run()
    assert run.order() == ["a", *order]


def test_a_fail_message_says_what_went_wrong_and_how_often_it_was_tried(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, retry: {max_attempts: 2}}
          handler: {type: python, script: pass}
          later: {type: python, script: pass}
        edges:
          - {from: a, to: handler, trigger: fail}
          - {from: a, to: later, trigger: always}
        """
    run = simulate(text, a=FAILS)
    run.run()
    expected = {
        "error_message": "broken",
        "error_type": "ValueError",
        "error_node": "a",
        "error_traceback": "",
        "attempts": 2,
    }
    assert run.inputs["handler#1"] == expected
    assert run.inputs["later#1"] == {**expected, "status": "failed"}


@pytest.mark.parametrize(("a", "status"), [({"x": 1}, "completed"), (Did("cancelled"), "cancelled")])
def test_an_always_message_says_the_status(simulate: Works, a: Any, status: str) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, t: {type: python, script: pass}}
        edges: [{from: a, to: t, trigger: always}]
        """
    run = simulate(text, a=a)
    run.run()
    assert run.inputs["t#1"] == ({"x": 1} if status == "completed" else {}) | {"status": status}


def test_a_fail_condition_sees_the_error_and_chooses_the_handler(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          one: {type: python, script: pass}
          other: {type: python, script: pass}
        edges:
          - {from: a, to: one, trigger: fail, condition: error.type == "ValueError"}
          - {from: a, to: other, trigger: fail, condition: error.type == "OSError"}
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert run.order() == ["one"]
    assert run.state.status == "completed"


def test_a_fail_edge_whose_condition_is_false_handles_nothing(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, t: {type: python, script: pass}}
        edges: [{from: a, to: t, trigger: fail, condition: "false"}]
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert run.state.status == "failed"
