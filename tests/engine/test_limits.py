"""`wflow.engine.limits`: places, pools, rates, priorities, suspects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.decide import begin
from wflow.engine.events import NodeStarted
from wflow.engine.limits import take
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Began, Due, Paused, Released, Requested, Resumed, Started
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def nodes(names: str, keys: str = "") -> str:
    return "nodes:\n" + "".join(f"  {name}: {{type: python, script: pass{keys}}}\n" for name in names)


def most_at_once(run: Simulation) -> int:
    most = 0
    while True:
        run.hand_out()
        most = max(most, len(run.running))
        if not run.step():
            return most


@pytest.mark.parametrize("workers", [1, 2, 5, 100])
def test_no_more_run_at_once_than_there_are_workers(simulate: Works, workers: int) -> None:
    run = simulate(nodes("abcdefghij"), workers=workers)
    assert most_at_once(run) == min(10, workers)
    assert run.state.status == "completed"


@pytest.mark.parametrize("places", [1, 3])
def test_a_pool_has_so_many_places_for_all_nodes_that_name_it(simulate: Works, places: int) -> None:
    run = simulate(f"pools: {{p: {places}}}\n{nodes('abcdef', ', pool: p')}", workers=100)
    assert most_at_once(run) == places
    assert len(run.order()) == 6
    assert run.state.held == {}


def test_max_concurrent_is_for_one_node_over_all_its_activations(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(10)
            nodes: {work: {type: python, script: pass, max_concurrent: 3}}
        """
    run = simulate(text, workers=100)
    assert most_at_once(run) == 3
    assert run.order().count("loop") == 1


@pytest.mark.parametrize("kind", ["container", "subflow"])
def test_max_concurrent_holds_for_scopes_too(simulate: Works, kind: str) -> None:
    below = "nodes: {work: {type: python, script: pass}}"
    body = {"container": below, "subflow": "file: below.yaml"}[kind]
    text = f"""
        nodes:
          loop:
            type: foreach
            items: range(6)
            nodes: {{box: {{type: {kind}, max_concurrent: 2, {body}}}}}
        """
    run = simulate(text, workers=100, subflows={"below.yaml": below})
    assert most_at_once(run) == 2
    assert run.order().count("loop") == 1


def test_a_scope_holds_its_place_from_start_to_end(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          box:
            type: container
            pool: p
            nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
            edges: [a -> b]
          other: {type: python, script: pass, pool: p}
        """
    run = simulate(text, workers=100)
    run.run()
    assert run.order() == ["box/a", "box/b", "box", "other"]


def test_one_that_is_blocked_holds_up_no_other(simulate: Works) -> None:
    text = "pools: {p: 1}\n" + nodes("ab", ", pool: p, priority: high") + "  c: {type: python, script: pass}\n"
    run = simulate(text, workers=2)
    run.hand_out()
    assert [activation.id for activation in run.running] == ["a#1", "c#1"]


def test_higher_priority_runs_first_then_age(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, priority: low}
          b: {type: python, script: pass}
          c: {type: python, script: pass, priority: 11}
          d: {type: python, script: pass, priority: high}
          e: {type: python, script: pass}
        """
    run = simulate(text, workers=1)
    run.run()
    assert run.order() == ["c", "d", "b", "e", "a"]


def test_who_waits_for_a_place_gets_it_by_priority(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          a: {type: python, script: pass, pool: p, priority: 20}
          b: {type: python, script: pass, pool: p, priority: low}
          c: {type: python, script: pass, pool: p, priority: high}
        """
    run = simulate(text, workers=3)
    run.run()
    assert run.order() == ["a", "c", "b"]


def test_a_place_is_not_lost_with_one_that_is_cancelled_just_when_its_turn_has_come(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          a: {type: python, script: pass, pool: p}
          b: {type: python, script: pass, pool: p}
          c: {type: python, script: pass, pool: p}
          stop: {type: cancel, targets: [b]}
        edges: [a -> stop]
        """
    run = simulate(text, workers=3)
    run.run()
    assert run.statuses() == {"a": "completed", "stop": "completed", "b": "cancelled", "c": "completed"}


def test_a_place_is_given_back_when_an_attempt_fails_and_taken_again_for_the_next(simulate: Works) -> None:
    text = "pools: {p: 1}\n" + nodes("ab", ", pool: p, retry: {max_attempts: 3, initial_delay: 10s, jitter: 0}")
    run = simulate(text, a=lambda activation, given: FAILS if activation.attempt < 3 else {})
    run.run()
    assert run.order() == ["b", "a"]


def starts(run: Simulation) -> list[float]:
    return [
        stimulus.at - 1000 for stimulus in run.stimuli if isinstance(stimulus, Started) for _ in stimulus.activations
    ]


def test_a_rate_lets_so_many_start_in_its_time(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(6)
            nodes: {work: {type: python, script: pass, rate: 2/s}}
        """
    run = simulate(text, workers=100)
    run.run()
    assert starts(run) == pytest.approx([0, 0, 0.5, 1.0, 1.5, 2.0], abs=0.02)
    assert run.state.status == "completed"


def test_many_that_wait_for_one_rate_are_woken_one_by_one(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(300)
            max_concurrent: 300
            nodes: {work: {type: python, script: pass, rate: 100/s}}
        """
    run = simulate(text, workers=1000)
    run.run()
    assert run.order().count("loop") == 1
    assert sum(1 for stimulus in run.stimuli if isinstance(stimulus, Due)) <= 201


def test_a_rate_goes_on_when_the_one_that_waited_first_was_cancelled(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(3)
            until: completed >= 1
            nodes:
              work: {type: python, script: pass, rate: 1/s}
          other:
            type: foreach
            items: range(3)
            nodes:
              rest: {type: python, script: pass, rate: 1/s}
        """
    run = simulate(text, workers=100)
    run.run()
    assert run.state.status == "completed"


def test_a_rate_and_a_pool_together_lose_nobody(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          loop:
            type: foreach
            items: range(8)
            nodes: {work: {type: python, script: pass, rate: 3/s, pool: p}}
          other:
            type: foreach
            items: range(8)
            nodes: {rest: {type: python, script: pass, pool: p}}
        """
    run = simulate(text, workers=100)
    run.run()
    assert run.state.status == "completed"
    assert run.state.held == {}


def test_nothing_is_handed_out_while_the_run_is_paused(simulate: Works) -> None:
    run = simulate(nodes("abc"), workers=1)
    run.hand_out()
    run.feed(Requested(run.state.now, "pause", {}))
    run.run()
    assert run.order() == ["a"]
    assert take(run.state, 5) == []
    run.feed(Requested(run.state.now, "continue", {}))
    run.run()
    assert run.order() == ["a", "b", "c"]


def crash_when_running(run: Simulation, guilty: str) -> int:
    """Run on, and crash whenever the guilty node is handed out; gives how often."""
    crashes = 0
    while not run.state.finished:
        run.hand_out()
        if any(activation.id == guilty for activation in run.running):
            crashes += 1
            assert crashes < 10
            run.crash()
        elif not run.step():
            break
    return crashes


def test_a_node_that_kills_its_engine_is_a_dead_letter_after_three_crashes_and_no_neighbour_is(simulate: Works) -> None:
    run = simulate(nodes("abcde"), workers=5)
    assert crash_when_running(run, "c#1") == 3
    statuses = run.statuses()
    assert statuses.pop("c") == "failed"
    assert set(statuses.values()) == {"completed"}
    assert run.state.error is not None
    assert (run.state.error.address, run.state.error.type) == ("c", "DeadLetter")
    assert Counter(type(event).__name__ for event in run.events)["MessageDeadLettered"] == 1


@pytest.mark.parametrize("deliveries", [1, 2, 5])
def test_an_edge_says_how_often_its_message_may_be_handed_out(simulate: Works, deliveries: int) -> None:
    text = nodes("ac") + f"edges: [{{from: a, to: c, max_deliveries: {deliveries}}}]"
    assert crash_when_running(simulate(text), "c#1") == deliveries


def test_a_dead_letter_is_not_tried_again_but_may_have_a_fallback_or_a_handler(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, retry: {max_attempts: 9}, fallback: instead}
          instead: {type: python, script: pass}
        """
    run = simulate(text)
    assert crash_when_running(run, "a#1") == 3
    assert run.inputs["instead#1"]["fallback_reason"] == "dead letter"
    assert run.state.status == "completed"


def test_a_pause_spends_no_delivery(simulate: Works) -> None:
    run = simulate(nodes("a"))
    for _ in range(5):
        run.hand_out()
        run.running.clear()
        run.feed(Released(run.state.now, ("a#1",)))
        run.feed(Paused(run.state.now))
        run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert run.state.status == "completed"


@pytest.mark.parametrize("keys", [", pool: p", ", max_concurrent: 1", ", rate: 1/s"])
def test_limits_hold_after_a_crash(simulate: Works, keys: str) -> None:
    body = f"{{work: {{type: python, script: pass{keys}}}}}"
    text = f"pools: {{p: 1}}\nnodes: {{loop: {{type: foreach, items: range(4), nodes: {body}}}}}"
    run = simulate(text, workers=100)
    run.run(2)
    run.hand_out()
    run.crash()
    assert most_at_once(run) == 1
    assert run.state.status == "completed"


def test_a_node_that_was_stopped_for_its_time_out_when_the_engine_died_has_timed_out(simulate: Works) -> None:
    def statuses(retry: str) -> dict[str, Any]:
        run = simulate(f"nodes: {{a: {{type: python, script: pass, timeout: 1s{retry}}}}}")
        run.hand_out()
        run.feed(Due(1001.5))
        run.crash()
        run.run()
        return {**run.statuses(), "run": run.state.status, "error": run.state.error and run.state.error.type}

    assert statuses("") == {"a": "failed", "run": "failed", "error": "TimeoutError"}
    assert statuses(", retry: {max_attempts: 2}") == {"a": "completed", "run": "completed", "error": None}


def test_a_node_that_was_being_cancelled_when_the_engine_died_is_cancelled_and_says_so(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, undo: {type: python, script: pass}}
        edges: [{from: a, to: undo, trigger: cancel}]
        """
    run = simulate(text)
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    run.crash()
    run.run()
    assert run.statuses() == {"a": "cancelled", "undo": "completed"}


def test_one_of_low_priority_waits_for_many_others_and_not_for_ever(
    simulate: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wflow.engine.limits.AGE", 5)
    text = """
        nodes:
          least: {type: python, script: pass, priority: low}
          loop:
            type: foreach
            items: range(300)
            max_concurrent: 4
            nodes: {work: {type: python, script: pass, priority: high}}
        """
    run = simulate(text, workers=1)
    run.run()
    place = [ident.split("#")[0] for ident in run.inputs].index("least")
    assert 50 < place < 250


BOX = "{type: container, pool: lock, priority: low, nodes: {in: {type: python, script: pass}}}"
WORK = "{type: python, script: pass, pool: lock, priority: %s}"
LOCK = "pools: {lock: 1}\nnodes:\n"
#: `first` and `second` are tried before the box and have to wait for one another; all three want the only place.
THREE = f"{LOCK}  first: {WORK % 'high'}\n  second: {WORK % 'normal'}\n  box: {BOX}\n"


def started(run: Simulation) -> list[str]:
    return [event.address for event in run.events if isinstance(event, NodeStarted)]


def recorded(run: Simulation) -> list[str]:
    """What the records say has started."""
    return [ident for stimulus in run.stimuli if isinstance(stimulus, Started) for ident in stimulus.activations]


def test_a_control_node_waits_for_its_place_with_work_and_starts_by_a_record(simulate: Works) -> None:
    run = simulate(THREE)
    assert run.run().status == "completed"
    assert started(run) == ["first", "second", "box", "box/in"]
    assert recorded(run) == ["first#1", "second#1", "box#1", "box/in#1"]


def test_the_journal_read_again_has_the_same_start_in_the_same_place(simulate: Works) -> None:
    run = simulate(THREE)
    run.run(2)
    assert started(run) == ["first", "second"]
    run.crash()
    assert started(run)[:2] == ["first", "second"]
    run.run()
    told = list(run.events)
    run.crash()
    assert run.events[: len(told)] == told


def test_no_record_is_made_for_places_that_no_work_can_take(simulate: Works) -> None:
    run = simulate("nodes: {box: {type: container, max_concurrent: 1, nodes: {in: {type: python, script: pass}}}}")
    run.run()
    assert recorded(run) == ["box/in#1"]


def test_while_the_run_is_paused_none_starts(simulate: Works) -> None:
    run = simulate(f"{LOCK}  before: {{type: python, script: pass}}\n  box: {BOX}\nedges: [before -> box]")
    run.hand_out()
    run.feed(Requested(run.state.now, "pause", {}))
    run.end(run.running[0])
    assert run.run().status == "paused" or run.state.paused
    assert started(run) == ["before"]
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    assert run.run().status == "completed"
    assert started(run) == ["before", "box", "box/in"]


def test_one_with_a_breaker_is_asked_about_once_it_has_its_place(simulate: Works) -> None:
    call = "{type: subflow, file: below.yaml, pool: lock, breaker: {name: api}}"
    below = {"below.yaml": "nodes: {x: {type: python, script: pass}}"}
    run = simulate(f"{LOCK}  work: {WORK % 'high'}\n  call: {call}\n", subflows=below)
    run.hand_out()
    assert not run.state.asked
    run.end(run.running[0])
    assert run.hand_out()
    assert list(run.state.asked) == ["call#1"]
    assert run.run().status == "completed"
    assert [told.failed for told in run.told] == [False]


def test_one_that_is_cancelled_while_it_waits_holds_up_nobody(simulate: Works) -> None:
    run = simulate(THREE + "edges: []")
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    assert run.run().status == "cancelled"
    assert "box" not in started(run)
    assert not run.state.held


@pytest.mark.parametrize("steps", range(4))
def test_a_snapshot_keeps_who_waits(simulate: Works, steps: int) -> None:
    run = simulate(THREE)
    run.run(steps)
    restored = restore(run.stimuli[0], dump(run.state, {}), lambda digest: {})  # type: ignore[arg-type]
    assert restored is not None
    run.state, run.running = restored[0], []
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    assert run.run().status == "completed"
    assert sorted(set(started(run))) == ["box", "box/in", "first", "second"]


def test_a_run_recorded_before_there_were_such_records_goes_on_as_it_was(simulate: Works) -> None:
    run = simulate(f"{LOCK}  box: {BOX}\n  work: {WORK % 'low'}\n")
    first = run.stimuli[0]
    assert isinstance(first, Began)
    options = {name: value for name, value in first.options.items() if name != "gated"}
    began = first._replace(options=options)
    run.stimuli = [began]
    run.state, decision = begin(began)
    run._take_in(decision)
    run.run()
    assert (run.state.status, recorded(run)) == ("completed", ["box/in#1", "work#1"])
