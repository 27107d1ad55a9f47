"""`wflow.engine.resume`: a run is taken up again. What of it runs then is held by `test_rerun` and `test_simulate`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine.events import RunResumed
from wflow.engine.simulate import Simulation
from wflow.engine.stimuli import Released, Resumed

Works = Callable[..., Simulation]


@pytest.mark.parametrize(("crashed", "crashes"), [(True, 1), (False, 0)])
def test_what_was_in_flight_is_ready_again_and_a_crash_is_counted(simulate: Works, crashed: bool, crashes: int) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}")
    run.hand_out()
    (activation,) = run.running
    run.running.clear()
    run.feed(Resumed(run.state.now, crashed=crashed, options={}))
    assert (activation.status, activation.attempt, activation.crashes) == ("ready", 0, crashes)
    run.run()
    assert run.state.status == "completed"


def test_time_that_nobody_ran_it_does_not_count_against_a_timeout(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass, timeout: 10}}")
    run.hand_out()
    before = run.state.deadlines[0][0]
    run.feed(Resumed(run.state.now + 100, crashed=False, options={"left_at": run.state.now}))
    assert run.state.deadlines[0][0] == pytest.approx(before + 100)
    assert [event.resumes for event in run.events if isinstance(event, RunResumed)] == [1]


def test_what_is_given_back_is_no_attempt(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}")
    run.hand_out()
    (activation,) = run.running
    run.running.clear()
    run.feed(Released(run.state.now, (activation.id,)))
    assert (activation.status, activation.attempt) == ("ready", 0)
