"""`wflow.engine.requests`: what an operator asks of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Requested

Works = Callable[..., Simulation]

TEXT = """
    nodes:
      a: {type: wait, signal: go}
      b: {type: python, script: pass}
    edges: [a -> b]
    """


def test_a_pause_holds_what_is_ready_until_it_is_told_to_continue(simulate: Works) -> None:
    run = simulate(TEXT)
    run.feed(Requested(run.state.now, "pause", {}))
    run.feed(Requested(run.state.now, "signal", {"name": "go", "data": {"x": 1}}))
    run.run()
    assert "b#1" not in run.inputs
    run.feed(Requested(run.state.now, "continue", {}))
    run.run()
    assert run.inputs["b#1"] == {"x": 1}
    assert run.state.status == "completed"


def test_a_cancel_ends_a_paused_run(simulate: Works) -> None:
    run = simulate(TEXT)
    run.feed(Requested(run.state.now, "pause", {}))
    run.feed(Requested(run.state.now, "cancel", {}))
    run.run()
    assert run.state.status == "cancelled"


def test_a_cancel_stops_no_compensation(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, compensate: undo}
          b: {type: python, script: pass}
          undo: {type: python, script: pass}
        edges: [a -> b]
        """
    run = simulate(text, b=Did("failed"))
    while run.state.undoing is None:
        assert run.step()
    run.feed(Requested(run.state.now, "cancel", {}))
    run.run()
    assert run.state.status == "failed"
    assert run.statuses()["undo"] == "completed"


def test_a_run_that_has_finished_takes_no_pause(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: noop}}")
    run.run()
    run.feed(Requested(run.state.now, "pause", {}))
    assert (run.state.status, run.state.paused) == ("completed", False)


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("set", {"address": "b", "output": [1]}),
        ("set", {}),
        ("retry", {}),
        ("requeue", {"letters": "all"}),
        ("requeue", {"letters": [None, "1", 7]}),
        ("drop", {"letters": 3}),
        ("edge", {"way": 7}),
        ("amend", {}),
        ("signal", {}),
        ("nonsense", {"x": 1}),
    ],
)
def test_what_no_sense_can_be_made_of_is_passed_over(simulate: Works, what: str, arguments: dict[str, Any]) -> None:
    run = simulate(TEXT)
    run.feed(Requested(run.state.now, what, arguments))
    run.feed(Requested(run.state.now, "signal", {"name": "go"}))
    run.run()
    assert run.state.status == "completed"
    run.feed(Requested(run.state.now, what, arguments))
    assert run.state.status == "completed"
