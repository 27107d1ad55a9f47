"""`wflow.engine.operate`: single nodes tried again, given their output, requeued; on runs alive and on ended ones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.engine.test_simulate import drawn, outcome
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Requested, Resumed
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))

TEXT = """
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      c: {type: python, script: pass}
      slow: {type: wait, signal: go}
      join: {type: python, script: pass}
    edges: [a -> b -> c -> join, slow -> join]
    """


def once(activation: Any, given: dict[str, Any]) -> Any:
    """Fails the first time that a node runs, and completes the second time."""
    return FAILS if activation.number == 1 else {"second": True}


def ask(run: Simulation, what: str, **arguments: Any) -> None:
    run.feed(Requested(run.state.now, what, arguments))


def handed_out(run: Simulation) -> list[str]:
    """What the run hands out from now on until it rests."""
    before = set(run.inputs)
    run.run()
    return [ident for ident in run.inputs if ident not in before]


def test_a_failed_node_of_a_run_that_goes_on_is_tried_again_with_what_was_skipped_behind_it(simulate: Works) -> None:
    run = simulate(TEXT, a={"x": 1}, b=once)
    run.run()
    assert run.statuses()["c"] == "skipped"
    ask(run, "retry", address="b")
    assert handed_out(run) == ["b#2", "c#1"]
    ask(run, "signal", name="go")
    assert handed_out(run) == ["join#1"]
    assert (run.state.status, run.state.error) == ("completed", None)


def test_a_second_failure_fails_the_run_as_the_first_would(simulate: Works) -> None:
    run = simulate(TEXT, b=FAILS)
    run.run()
    ask(run, "retry", address="b")
    run.run()
    ask(run, "signal", name="go")
    run.run()
    assert run.state.status == "failed"


@pytest.mark.parametrize("address", ["a", "join", "slow", "nowhere", "a/b"])
def test_nothing_else_can_be_tried_again(simulate: Works, address: str) -> None:
    run = simulate(TEXT, b=FAILS)
    run.run()
    ask(run, "retry", address=address)
    assert handed_out(run) == []


def test_one_iteration_of_a_loop_that_goes_on_is_tried_again_alone(simulate: Works) -> None:
    text = """
        nodes:
          each:
            type: foreach
            items: range(3)
            nodes: {b: {type: python, script: pass}, hold: {type: wait, signal: go}}
        """

    def by_item(activation: Any, given: dict[str, Any]) -> Any:
        return FAILS if given["item"] < 2 and activation.number == 1 else {}

    run = simulate(text, b=by_item)
    run.run()
    ask(run, "signal", name="go")
    ask(run, "signal", name="go")
    run.run()
    ask(run, "retry", address="each[1]/b")
    assert handed_out(run) == ["each[1]/b#2"]
    ask(run, "signal", name="go")
    run.run()
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert run.state.error.address == "each[0]/b"


def test_of_a_run_that_ended_only_what_is_chosen_runs_again(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          after: {type: python, script: pass}
          each:
            type: foreach
            items: range(3)
            nodes: {x: {type: python, script: pass}}
        edges: [a -> after]
        """
    run = simulate(text, a=once, b=once, x=once)
    run.run()
    run.feed(Resumed(run.state.now, crashed=False, options={"again": ["a", "each[1]"]}))
    assert handed_out(run) == ["a#2", "each[1]/x#2", "after#1"]
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert run.state.error.address == "b"
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    assert sorted(handed_out(run)) == ["b#2", "each[0]/x#2", "each[2]/x#2"]
    assert run.state.status == "completed"


def test_a_dead_letter_of_many_is_delivered_again_alone(simulate: Works) -> None:
    text = """
        nodes:
          each: {type: foreach, items: range(3), nodes: {x: {type: noop}}}
          sink: {type: python, script: pass, join: each, retry: {max_attempts: 1}}
        edges: [{from: each, to: sink, trigger: next}]
        """
    run = simulate(text, sink=lambda activation, given: FAILS if activation.number <= 3 else {})
    run.run()
    assert [letter.activation for letter in run.state.letters.values()] == [1, 2, 3]
    run.feed(Resumed(run.state.now, crashed=False, options={"letters": [2]}))
    assert handed_out(run) == ["sink#4"]
    assert run.inputs["sink#4"]["item_index"] == 1
    assert (run.state.status, list(run.state.letters)) == ("failed", [1, 3])
    run.feed(Resumed(run.state.now, crashed=False, options={"letters": [1, 3]}))
    assert handed_out(run) == ["sink#5", "sink#6"]
    assert (run.state.status, run.state.letters) == ("completed", {})


def test_a_dead_letter_is_delivered_again_while_its_node_goes_on(simulate: Works) -> None:
    text = """
        nodes:
          each: {type: foreach, items: range(2), max_concurrent: 1, nodes: {x: {type: wait, signal: go}}}
          sink: {type: python, script: pass, join: each, retry: {max_attempts: 1}}
        edges: [{from: each, to: sink, trigger: next}]
        """
    run = simulate(text, sink=once)
    ask(run, "signal", name="go")
    run.run()
    assert list(run.state.letters) == [1]
    ask(run, "requeue", letters=[1])
    assert handed_out(run) == ["sink#2"]
    ask(run, "signal", name="go")
    run.run()
    assert (run.state.status, run.state.letters) == ("completed", {})


# An output in a node's place


def test_a_node_that_is_not_reached_yet_completes_with_what_is_given(simulate: Works) -> None:
    run = simulate(TEXT)
    run.run()
    ask(run, "set", address="join", output={"by": "hand"})
    run.run()
    assert run.output("join") == {"by": "hand"}
    ask(run, "signal", name="go")
    run.run()
    assert run.state.status == "completed"
    assert "join#1" not in run.inputs


def test_a_node_that_waits_or_works_is_stopped_and_completes_with_it(simulate: Works) -> None:
    run = simulate(TEXT, workers=1)
    run.hand_out()
    ask(run, "set", address="a", output={"x": 5})
    ask(run, "set", address="slow", output={})
    run.run()
    assert run.output("a") == {"x": 5}
    assert run.inputs["b#1"] == {"x": 5}
    assert run.state.status == "completed"


def test_a_failed_node_completes_with_it_and_what_was_skipped_runs(simulate: Works) -> None:
    run = simulate(TEXT, b=FAILS)
    run.run()
    ask(run, "set", address="b", output={"x": 5})
    assert handed_out(run) == ["c#1"]
    assert run.inputs["c#1"] == {"x": 5}
    ask(run, "signal", name="go")
    run.run()
    assert run.state.status == "completed"


def test_a_node_of_a_run_that_ended_has_it_at_the_resume(simulate: Works) -> None:
    run = simulate(TEXT, b=FAILS)
    ask(run, "signal", name="go")
    run.run()
    assert run.state.status == "failed"
    ask(run, "set", address="b", output={"x": 5})
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    assert handed_out(run) == ["c#1", "join#1"]
    assert run.state.status == "completed"


@pytest.mark.parametrize("kind", ["retry: {max_attempts: 3, initial_delay: 100}", "fallback: instead"])
def test_one_that_waits_for_its_retry_or_its_fallback_completes_with_it(simulate: Works, kind: str) -> None:
    text = f"""
        nodes:
          a: {{type: python, script: pass, {kind}}}
          instead: {{type: wait, signal: never}}
          b: {{type: python, script: pass}}
        edges: [a -> b]
        """
    text = text if "fallback" in kind else text.replace("instead: {type: wait, signal: never}", "")
    run = simulate(text, a=FAILS)
    run.step()
    ask(run, "set", address="a", output={"x": 5})
    run.run()
    assert run.inputs["b#1"] == {"x": 5}
    assert run.state.status == "completed"


def test_a_scope_is_stopped_and_completes_with_it(simulate: Works) -> None:
    text = """
        nodes:
          box: {type: container, nodes: {x: {type: wait, signal: never}}}
          each: {type: foreach, items: range(3), nodes: {x: {type: wait, signal: never}}}
          b: {type: python, script: pass}
        edges: ["[box, each] -> b"]
        """
    run = simulate(text)
    run.run()
    ask(run, "set", address="box", output={"x": 5})
    ask(run, "set", address="each", output={"y": 6})
    run.run()
    assert run.inputs["b#1"] == {"x": 5, "y": 6}
    assert run.state.status == "completed"


def test_a_node_in_a_scope_that_is_not_open_yet_has_it_when_its_turn_comes(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          box:
            type: container
            nodes: {x: {type: python, script: pass}, y: {type: python, script: pass}}
            edges: [x -> y]
        edges: [a -> box]
        """
    run = simulate(text)
    ask(run, "set", address="box/x", output={"x": 5})
    assert handed_out(run) == ["a#1", "box/y#1"]
    assert run.inputs["box/y#1"] == {"x": 5}


@pytest.mark.parametrize("block", range(10))
def test_whatever_an_operator_does_the_journal_says_the_same_again(block: int) -> None:
    for seed in range(block, 200, 10):
        random = Random(seed)
        run = drawn(seed)
        for _ in range(4):
            run.run(random.randrange(15))
            known = sorted(run.statuses()) or ["n00"]
            address = random.choice(known)
            what = random.choice(["retry", "set", "requeue", "drop"])
            if what in ("retry", "set"):
                ask(run, what, address=address, **({"output": {"v": 1}} if what == "set" else {}))
            else:
                ask(run, what, letters=[random.randint(1, 3)])
            if random.random() < 0.3 and not run.state.finished:
                payload = dump(run.state, {})
                again = restore(run.stimuli[0], payload, lambda digest: {})  # type: ignore[arg-type]
                assert again is not None
                assert again[0].overrides == run.state.overrides
                run.crash()
        run.run()
        if run.state.finished and run.state.status != "completed" and random.random() < 0.7:
            some = random.choice(sorted(run.statuses()))
            run.feed(Resumed(run.state.now, crashed=False, options=random.choice([{}, {"again": [some]}])))
            run.run()
        expected = outcome(run)
        replayed = drawn(seed)
        for stimulus in run.stimuli[1:]:
            replayed.feed(stimulus)
        assert outcome(replayed) == expected, f"seed {seed}"
