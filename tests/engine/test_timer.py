"""`wflow.engine.timer`: it asks, and goes on with the answer; it never waits for a due time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.commands import AskTimer
from wflow.engine.events import NodeFailed, NodeStarted
from wflow.engine.simulate import Simulation
from wflow.engine.stimuli import Answered, Requested

Works = Callable[..., Simulation]

TIMER = """
parameters: {when: {type: string}}
nodes:
  tick: {type: timer, schedule: "${{ params.when }}", timezone: Europe/Berlin, catch_up: latest, window: 2h}
  due: {type: if, condition: input.triggered}
  work: {type: python, script: pass}
  idle: {type: noop}
edges: [tick -> due, due.true -> work, due.false -> idle]
"""

PLAIN = "nodes: {tick: {type: timer, schedule: '0 6 * * *'}, after: {type: noop}}\nedges: [tick -> after]"


def triggered(yes: bool) -> Callable[[AskTimer], dict[str, Any]]:
    return lambda command: {"triggered": yes, "trigger_time": None, "schedule": command.settings["schedule"]}


@pytest.mark.parametrize(("yes", "ran", "skipped"), [(True, "work", "idle"), (False, "idle", "work")])
def test_a_timer_completes_with_what_was_looked_up(simulate: Works, yes: bool, ran: str, skipped: str) -> None:
    run = simulate(TIMER, timers=triggered(yes), parameters={"when": "30 7 * * *"})
    run.run()
    assert run.state.status == "completed"
    assert run.output("tick") == {"triggered": yes, "trigger_time": None, "schedule": "30 7 * * *"}
    assert (run.statuses()[ran], run.statuses()[skipped]) == ("completed", "skipped")


def test_the_question_has_the_settings_evaluated_and_says_which_timer_it_is(simulate: Works) -> None:
    asked: list[AskTimer] = []

    def note(command: AskTimer) -> dict[str, Any]:
        asked.append(command)
        return {"triggered": False}

    simulate(TIMER, timers=note, parameters={"when": "1 2 3 4 *"}).run()
    (command,) = asked
    assert (command.activation, command.address) == ("tick#1", "tick")
    assert command.settings == {
        "schedule": "1 2 3 4 *",
        "timezone": "Europe/Berlin",
        "catch_up": "latest",
        "window": 7200.0,
    }


def test_a_timer_of_a_subflow_is_told_apart_by_where_the_subflow_stands(simulate: Works) -> None:
    asked: list[AskTimer] = []

    def note(command: AskTimer) -> dict[str, Any]:
        asked.append(command)
        return {"triggered": False}

    below = "nodes: {tick: {type: timer, schedule: '* * * * *'}}"
    above = "nodes: {one: {type: subflow, file: below.yaml}, two: {type: subflow, file: below.yaml}}"
    run = simulate(above, subflows={"below.yaml": below}, timers=note)
    run.run()
    assert run.state.status == "completed"
    assert [command.address for command in asked] == ["one/tick", "two/tick"]
    assert {command.file for command in asked} == {run.state.worlds[0].file}


def test_a_timer_that_cannot_be_looked_up_fails_and_its_fail_edge_is_taken(simulate: Works) -> None:
    text = """
    nodes: {tick: {type: timer, schedule: "* * * * *"}, mend: {type: noop}}
    edges: [{from: tick, to: mend, trigger: fail}]
    """
    run = simulate(text)
    run.run()
    (failed,) = [event for event in run.events if isinstance(event, NodeFailed)]
    assert (failed.error.type, failed.error.message) == ("TimerError", "nobody looks after the timer `tick`")
    assert failed.handled
    assert (run.state.status, run.statuses()["mend"]) == ("completed", "completed")


def test_a_setting_that_cannot_be_evaluated_fails_the_timer(simulate: Works) -> None:
    text = """
    nodes:
      before: {type: python, script: pass}
      tick: {type: timer, schedule: "${{ input.nothing.such }}"}
    edges: [before -> tick]
    """
    run = simulate(text, timers=triggered(True), before={"something": 1})
    run.run()
    assert (run.state.status, run.statuses()["tick"]) == ("failed", "failed")
    assert run.state.error is not None
    assert run.state.error.type == "ExpressionError"


def test_a_timer_in_flight_when_the_engine_died_is_asked_about_again(simulate: Works) -> None:
    asked: list[str] = []

    def note(command: AskTimer) -> dict[str, Any]:
        asked.append(command.activation)
        return {"triggered": True}

    run = simulate(PLAIN, timers=note)
    assert [event.address for event in run.events if isinstance(event, NodeStarted)] == ["tick"]
    run.crash()
    run.crash()
    assert asked == []
    run.run()
    assert (run.state.status, asked) == ("completed", ["tick#1"])


def test_an_answer_that_was_recorded_is_not_asked_for_again(simulate: Works) -> None:
    asked: list[str] = []

    def note(command: AskTimer) -> dict[str, Any]:
        asked.append(command.activation)
        return {"triggered": True}

    run = simulate(PLAIN, timers=note)
    run.step()
    run.crash()
    run.run()
    assert (run.state.status, len(asked)) == ("completed", 1)
    assert run.output("tick") == {"triggered": True}


def test_a_timer_that_was_cancelled_before_its_answer_came_stays_cancelled(simulate: Works) -> None:
    run = simulate(PLAIN, timers=triggered(True))
    run.feed(Requested(run.state.now, "cancel", {}))
    run.feed(Answered(run.state.now, "tick#1", {"triggered": True}, ""))
    assert run.state.status == "cancelled"
    assert run.statuses()["tick"] == "cancelled"


def test_an_answer_that_comes_twice_counts_once(simulate: Works) -> None:
    run = simulate(PLAIN)
    for yes in (True, False):
        run.feed(Answered(run.state.now, "tick#1", {"triggered": yes}, ""))
    run.run()
    assert run.output("tick") == {"triggered": True}
