"""`wflow.runner.history`: which results of a run stay, read from its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import definition_of
from wflow.engine.decide import begin, decide
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Answered, Began, Due, Loaded, Recalled, Requested
from wflow.runner.history import History
from wflow.runner.library import resume
from wflow.runner.redefine import Revision
from wflow.runner.revising import prepare
from wflow.store.disk import DiskStore

Ran = Callable[[str], None]
RunOf = Callable[..., Simulation]

FAILED = Did("failed", failure=("OSError", "gone"))

FAILS = """\
name: x
nodes:
  a: {type: python, script: 'output["n"] = 1'}
  b: {type: python, script: 'raise ValueError(1)'}
  c: {type: noop}
edges: [a -> b, b -> c]
"""


def recorded(store: DiskStore) -> History:
    run = store.open("r")
    try:
        return prepare(run, Revision(again=("a",)), {}, 2000.0).what.history
    finally:
        run.close()


def results(history: History, *, kept: bool = True) -> list[tuple[str, str]]:
    return [
        (item.stimulus.activation, item.stimulus.status)
        for item in history.items
        if isinstance(item.stimulus, Recalled) and item.kept == kept
    ]


def history_of(simulation: Simulation) -> History:
    """What the simulation's journal says, read again."""
    history = History()
    began, *rest = simulation.stimuli
    assert isinstance(began, Began)
    state, first = begin(began, activations=history.seen)
    history.observe(began, first)
    for stimulus in rest:
        history.observe(stimulus, decide(state, stimulus))
    history.close(state)
    return history


@pytest.fixture
def run_of(tmp_path: Path) -> RunOf:
    """``run_of("nodes: …", a=Did("failed"))``: the simulation, run to its end."""

    def make(text: str, **does: Any) -> Simulation:
        def work(activation: Activation, given: dict[str, Any]) -> Did:
            found: Did = does.get(activation.node.plan.id, Did())
            return found

        simulation = Simulation(definition_of(text, tmp_path), work=work)
        simulation.run()
        return simulation

    return make


def test_what_completed_stays_and_what_the_run_failed_with_does_not(ran: Ran, store: DiskStore) -> None:
    ran(FAILS)
    history = recorded(store)
    assert results(history) == [("a#1", "completed")]
    assert results(history, kept=False) == [("b#1", "failed")]
    assert [(name, one.status, one.finished) for name, one in history.finals.items()] == [
        ("a", "completed", True),
        ("b", "failed", False),
    ]


def test_a_failure_that_an_edge_took_is_a_result_like_any_other(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("b -> c]", "{from: b, to: c, trigger: fail}]"))
    history = recorded(store)
    assert results(history) == [("a#1", "completed"), ("b#1", "failed")]
    assert history.finals["b"].finished


def test_a_failure_that_was_only_told_of_is_none(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("b -> c]", "{from: b, to: c, trigger: fail, handles: false}]"))
    history = recorded(store)
    assert results(history) == [("a#1", "completed")]
    assert not history.finals["b"].finished


def test_a_failure_that_was_run_again_is_superseded(ran: Ran, store: DiskStore) -> None:
    ran(FAILS)
    resume("r", home=store.home)
    history = recorded(store)
    assert results(history) == [("a#1", "completed")]
    assert [one.superseded for one in history.items if one.address == "b"] == [True, False]
    assert history.highest["b"] == 2


def test_after_a_revision_only_what_it_kept_and_what_came_since_counts(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("raise ValueError(1)", "pass"))
    resume("r", home=store.home, from_="b")
    history = recorded(store)
    assert results(history) == [("a#1", "completed"), ("b#2", "completed")]
    assert history.highest == {"a": 1, "b": 2, "c": 2}


def test_items_are_in_the_order_in_which_they_happened(ran: Ran, store: DiskStore) -> None:
    ran(
        "name: x\nnodes: {a: {type: foreach, items: '[1, 2, 3]', max_concurrent: 1, "
        "nodes: {do: {type: python, script: pass}}}}\n"
    )
    history = recorded(store)
    assert [name for name, _ in results(history)] == ["a[0]/do#1", "a[1]/do#1", "a[2]/do#1"]
    assert [one.order for one in history.items] == sorted(one.order for one in history.items)


def test_only_the_last_attempt_of_an_activation_counts(run_of: RunOf) -> None:
    text = "nodes: {a: {type: python, script: pass, retry: {max_attempts: 3, initial_delay: 1s}}}"
    (result,) = [item.stimulus for item in history_of(run_of(text, a=FAILED)).items if item.address == "a"]
    assert isinstance(result, Recalled)
    assert (result.attempt, result.status) == (3, "failed")


def test_a_failure_inside_of_what_went_on_all_the_same_stays(run_of: RunOf) -> None:
    text = """
nodes:
  each: {type: foreach, items: range(2), tolerate: 2, nodes: {w: {type: python, script: pass}}}
  box: {type: container, nodes: {x: {type: python, script: pass}}}
  after: {type: noop}
edges: [{from: box, to: after, trigger: fail}]
"""
    run = run_of(text, w=FAILED, x=FAILED)
    assert run.state.status == "completed"
    assert sorted(results(history_of(run))) == [
        ("box/x#1", "failed"),
        ("each[0]/w#1", "failed"),
        ("each[1]/w#1", "failed"),
    ]


def test_a_failure_that_a_retry_of_its_scope_passed_over_stays_and_the_last_one_does_not(run_of: RunOf) -> None:
    text = """
nodes:
  box: {type: container, retry: {max_attempts: 2, initial_delay: 1s}, nodes: {x: {type: python, script: pass}}}
"""
    assert results(history_of(run_of(text, x=FAILED))) == [("box/x#1", "failed")]


def test_what_stood_in_stays_with_the_failure_it_stood_in_for(run_of: RunOf) -> None:
    text = "nodes: {a: {type: python, script: pass, fallback: f}, f: {type: python, script: pass}}"
    assert results(history_of(run_of(text, a=FAILED))) == [("a#1", "failed"), ("f#1", "completed")]
    assert results(history_of(run_of(text, a=FAILED, f=FAILED))) == []


def test_what_the_workflow_itself_cancelled_stays_with_the_time_that_it_began(run_of: RunOf) -> None:
    text = """
nodes:
  a: {type: python, script: pass}
  b: {type: python, script: pass}
  stop: {type: cancel, targets: [b]}
edges: [a -> stop]
"""
    assert results(history_of(run_of(text))) == [("b#1", "started"), ("a#1", "completed"), ("b#1", "cancelled")]


def test_a_scope_that_ran_out_of_time_is_told_of_before_what_it_stopped(run_of: RunOf) -> None:
    text = """
nodes:
  box: {type: container, timeout: 5s, nodes: {x: {type: wait, for: 1h}}}
  after: {type: noop}
edges: [{from: box, to: after, trigger: fail}]
"""
    assert results(history_of(run_of(text))) == [("box#1", "timeout")]


def test_waits_and_timers_are_noted_as_begun_unless_they_ended_badly(run_of: RunOf) -> None:
    text = """
nodes:
  pause: {type: wait, for: 1s}
  signal: {type: wait, signal: go}
  late: {type: wait, signal: never, timeout: 2s}
"""
    history = history_of(run_of(text))
    begun = [item.address for item in history.items if item.begun and item.kept]
    assert begun == ["pause", "signal"]
    assert any(isinstance(item.stimulus, Due) and item.kept for item in history.items)


def test_a_signal_belongs_to_the_wait_that_it_woke(run_of: RunOf) -> None:
    run = run_of("nodes: {one: {type: wait, signal: go}, two: {type: wait, signal: go}}")
    for at in (1001.0, 1002.0, 1003.0):
        run.feed(Requested(at, "signal", {"name": "go", "data": at}))
    signals = [item for item in history_of(run).items if isinstance(item.stimulus, Requested)]
    assert [item.address for item in signals] == ["one", "two", ""]


def test_an_output_by_hand_is_told_as_it_was_asked_and_not_as_a_result(run_of: RunOf) -> None:
    run = run_of("nodes: {a: {type: python, script: pass}, b: {type: wait, signal: go}}", a=FAILED)
    run.feed(Requested(1001.0, "set", {"address": "a", "output": {"x": 1}}))
    history = history_of(run)
    assert results(history) == []
    assert [item.address for item in history.items if isinstance(item.stimulus, Requested)] == ["a"]


def test_files_that_were_read_and_timers_that_answered_stay_where_nothing_was_wrong(tmp_path: Path) -> None:
    below = {"name": "below", "nodes": {"x": {"type": "python"}}}
    nodes = {
        "good": {"type": "subflow", "settings": {"file": "below.yaml"}},
        "bad": {"type": "subflow", "settings": {"file": "gone.yaml"}},
        "timer": {"type": "timer", "settings": {"schedule": "* * * * *"}},
    }
    run = Simulation({"name": "w", "nodes": nodes}, subflows={"below.yaml": below}.__getitem__, timers=lambda ask: {})
    run.run()
    history = history_of(run)
    asked = {item.address: item.kept for item in history.items if isinstance(item.stimulus, Loaded | Answered)}
    assert asked == {"good": True, "bad": False, "timer": True}
    assert history.files == {"good": "below.yaml"}
