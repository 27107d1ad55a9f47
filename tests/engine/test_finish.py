"""`wflow.engine.finish`: the end of a run, after compensation where there is any."""

from __future__ import annotations

from collections.abc import Callable

from wflow.engine.events import RunFinished
from wflow.engine.simulate import Did, Simulation

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def test_outputs_are_evaluated_after_compensation_and_the_run_ends_once(simulate: Works) -> None:
    text = """
        variables: {left: 0}
        nodes:
          a: {type: python, script: pass, compensate: undo}
          b: {type: python, script: pass}
          undo: {type: python, script: pass}
        edges: [a -> b]
        outputs: {left: variables.left, b: nodes.b.output.x}
        """
    run = simulate(
        text,
        a=Did(operations=(("add", "left", 5),)),
        b=FAILS,
        undo=Did(operations=(("add", "left", -3),)),
    )
    run.run()
    (ended,) = [event for event in run.events if isinstance(event, RunFinished)]
    assert ended.outputs == {"left": 2, "b": None}
    assert run.events[-1] is ended


def test_without_anything_to_undo_a_failed_run_ends_at_once(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}", a=FAILS)
    run.run()
    assert (run.state.status, run.state.undoing) == ("failed", None)
