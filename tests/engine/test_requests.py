"""`wflow.engine.requests`: what an operator asks of a run."""

from __future__ import annotations

from collections.abc import Callable

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
