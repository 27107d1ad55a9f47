"""`wflow.engine.decide`: stimuli in, commands and events out, and the same again when the journal is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.commands import StopActivation
from wflow.engine.decide import begin, decide, next_due
from wflow.engine.events import NodeProgress, RunFinished, RunPaused, RunResumed, RunStarted
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Began, Due, Ended, Paused, Progressed, Released, Requested, Resumed, Started

Works = Callable[..., Simulation]

TWO = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"


def test_a_run_begins_with_its_event_and_its_entry_nodes_ready(simulate: Works) -> None:
    run = simulate(TWO)
    assert run.events == [RunStarted(1000.0, "simulated", "simulated")]
    assert [entry[2].id for entry in run.state.ready] == ["a#1"]


def test_the_parameters_are_the_input_of_the_entry_nodes(simulate: Works) -> None:
    run = simulate("parameters: {x: {default: 1}}\n" + TWO, parameters={"x": 5})
    run.run()
    assert run.inputs == {"a#1": {"x": 5}, "b#1": {}}


def test_a_run_ends_with_its_outputs_and_null_for_what_cannot_be_told(simulate: Works) -> None:
    run = simulate(TWO + "\noutputs: {x: nodes.a.output.x, y: nodes.b.output.y, z: nodes.b.status}", a={"x": 1})
    run.run()
    finished = run.events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.outputs == {"x": 1, "y": None, "z": "completed"}


def test_outputs_are_evaluated_however_the_run_ended(simulate: Works) -> None:
    run = simulate(TWO + "\noutputs: {x: nodes.a.output.x, y: nodes.b.output}", a={"x": 1}, b=Did("failed"))
    run.run()
    assert (run.state.status, run.state.outputs) == ("failed", {"x": 1, "y": None})


@pytest.mark.parametrize(
    "stimulus",
    [
        Ended(1001.0, "a#1", 2, "completed", {}, (), None, 1000.0),
        Ended(1001.0, "nowhere#1", 1, "completed", {}, (), None, 1000.0),
        Ended(1001.0, "b#1", 1, "completed", {}, (), None, 1000.0),
        Started(1001.0, ("nowhere#1",)),
        Released(1001.0, ("nowhere#1",)),
        Progressed(1001.0, "nowhere#1", 50.0, ""),
        Requested(1001.0, "dance", {}),
        Due(1001.0),
    ],
)
def test_what_fits_nothing_that_runs_changes_nothing(simulate: Works, stimulus: Any) -> None:
    run = simulate(TWO)
    run.hand_out()
    told = len(run.events)
    run.feed(stimulus)
    assert len(run.events) == told
    assert [(act.id, act.status) for act in run.state.activations.values()] == [("a#1", "running")]


def test_a_released_activation_is_handed_out_again_without_spending_an_attempt(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    (activation,) = run.running
    run.running.clear()
    run.feed(Released(1000.5, ("a#1",)))
    assert (activation.status, activation.attempt, run.state.running) == ("ready", 0, 0)
    run.run()
    assert run.order() == ["a", "b"]


def test_progress_is_told(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    run.feed(Progressed(1000.2, "a#1", 40.0, "half"))
    assert run.events[-1] == NodeProgress(1000.2, "a", 40.0, "half")


def test_a_pause_and_a_resume_are_told_and_what_waited_goes_on(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    run.feed(Requested(1000.0, "pause", {}))
    run.run()
    run.feed(Paused(1001.0))
    assert (run.events[-1], run.state.status) == (RunPaused(1001.0, "simulated"), "paused")
    run.feed(Resumed(2000.0, crashed=False, options={"left_at": 1001.0}))
    assert isinstance(run.events[-1], RunResumed)
    run.run()
    assert run.state.status == "completed"


def test_the_time_that_nobody_ran_it_counts_against_no_time_out(simulate: Works) -> None:
    run = simulate(
        """
        timeout: 100s
        nodes:
          a: {type: wait, for: 50s}
          box: {type: container, timeout: 60s, nodes: {b: {type: wait, signal: x}}}
        """
    )
    run.feed(Paused(1010.0))
    run.feed(Resumed(5010.0, crashed=False, options={"left_at": 1010.0}))
    assert sorted((kind, at) for at, _, kind, _, _ in run.state.deadlines) == [
        ("run", 5100.0),
        ("timeout", 5060.0),
        ("wait", 1050.0),
    ]


CLEANED_UP = """
    cancel_grace: 20s
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      decides: {type: if, condition: "true"}
      c: {type: python, script: pass}
      tidy: {type: python, script: pass}
    edges:
      - a -> b -> decides
      - decides.true -> c
      - {from: b, to: tidy, trigger: cancel}
    """


def interrupted(simulate: Works) -> Simulation:
    """A run of `CLEANED_UP` whose engine died while ``b`` was out."""
    run = simulate(CLEANED_UP)
    run.run(1)
    run.hand_out()
    run.running.clear()
    return run


def test_a_cancel_that_nobody_ran_the_run_to_hear_comes_before_all_else_when_it_is_taken_up(simulate: Works) -> None:
    run = interrupted(simulate)
    told = len(run.events)
    run.feed(Requested(1001.0, "cancel", {"heard_at": 5000.0}))
    assert (len(run.events), run.state.status) == (told, "running")
    run.feed(Resumed(5000.0, crashed=True, options={"left_at": 1001.0}))
    assert run.statuses()["b"] == "cancelled"
    assert [at for at, _, kind, _, _ in run.state.deadlines if kind == "grace"] == [5020.0]
    run.run()
    assert run.order() == ["a", "tidy"]
    assert (run.state.status, run.statuses()["c"]) == ("cancelled", "skipped")


def test_a_cancel_of_a_paused_run_with_nothing_to_clean_up_ends_it_when_it_is_taken_up(simulate: Works) -> None:
    run = simulate(TWO)
    run.feed(Requested(1001.0, "pause", {}))
    run.feed(Paused(1001.0))
    run.feed(Requested(1001.0, "cancel", {"heard_at": 2000.0}))
    assert not run.state.finished
    run.feed(Resumed(3000.0, crashed=False, options={"left_at": 1001.0}))
    finished = run.events[-1]
    assert isinstance(finished, RunFinished)
    assert (finished.at, finished.status, run.order()) == (3000.0, "cancelled", [])


def test_what_nobody_runs_starts_nothing_however_ready_it_is(simulate: Works) -> None:
    run = simulate(
        """
        nodes: {w: {type: wait, signal: go}, i: {type: if, condition: "true"}, a: {type: noop}}
        edges: [w -> i, i.true -> a]
        """
    )
    run.feed(Requested(1001.0, "signal", {"name": "go", "heard_at": 2000.0}))
    assert run.order() == ["w"]
    run.feed(Resumed(3000.0, crashed=True, options={"left_at": 1001.0}))
    assert run.order() == ["w", "i", "a"]


def test_a_signal_to_a_run_that_has_ended_is_kept_for_its_retry(simulate: Works) -> None:
    text = "nodes: {w: {type: wait, signal: go}, a: {type: python, script: pass}}\nedges: [a -> w]"
    run = simulate(text, a=lambda activation, given: Did("completed" if activation.number > 1 else "failed"))
    run.run()
    assert run.state.status == "failed"
    for what in ("cancel", "pause", "continue", "dance"):
        run.feed(Requested(1001.0, what, {"heard_at": 2000.0}))
    assert run.state.status == "failed"
    run.feed(Requested(1001.0, "signal", {"name": "go", "heard_at": 2000.0}))
    run.feed(Resumed(3000.0, crashed=False, options={}))
    run.run()
    assert (run.state.status, run.order()) == ("completed", ["a", "w"])


def test_a_stop_is_commanded_for_what_runs(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    commands, _ = decide(run.state, Requested(1001.0, "cancel", {}))
    assert commands == [StopActivation("a#1", "cancel")]


def test_the_next_deadline_is_told_and_those_of_what_is_over_are_forgotten(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass, timeout: 5s}, b: {type: wait, for: 60s}}")
    run.hand_out()
    assert next_due(run.state) == 1005.0
    run.end(run.running[0])
    assert next_due(run.state) == 1060.0


def test_the_same_stimuli_give_the_same_events_whenever_they_are_read(simulate: Works) -> None:
    text = """
        variables: {n: 0}
        nodes:
          a: {type: python, script: pass, retry: {max_attempts: 3}}
          loop: {type: foreach, items: range(3), collect: item, nodes: {b: {type: python, script: pass}}}
          c: {type: wait, for: 5s}
        edges: [a -> loop -> c]
        """
    run = simulate(text, a=lambda activation, given: Did("failed" if activation.attempt < 3 else "completed"))
    run.run()
    first, *rest = run.stimuli
    assert isinstance(first, Began)
    state, decision = begin(first)
    events = list(decision.events)
    for stimulus in rest:
        events += decide(state, stimulus).events
    assert events == run.events


def test_counters_added_to_at_once_lose_nothing(simulate: Works) -> None:
    body = "nodes: {b: {type: python, script: pass}}"
    run = simulate(
        f"variables: {{n: 0}}\nnodes: {{a: {{type: foreach, items: range(20), max_concurrent: 20, {body}}}}}",
        b=Did(operations=(("add", "n", 1),)),
        workers=20,
    )
    run.run(7)
    run.crash()
    run.run()
    assert run.state.worlds[0].variables == {"n": 20}


def test_a_chain_of_ten_thousand_control_nodes_is_decided_without_deepening_the_stack(simulate: Works) -> None:
    names = [f"n{number}" for number in range(10_000)]
    nodes = "".join(f"  {name}: {{type: noop}}\n" for name in names)
    run = simulate(f"nodes:\n{nodes}edges: ['{' -> '.join(names)}']")
    assert run.state.status == "completed"
