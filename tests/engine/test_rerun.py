"""`wflow.engine.rerun`: what runs again when a run that failed or was cancelled is resumed, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Ended, Requested, Resumed

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def resume(run: Simulation) -> list[str]:
    """Resume a run that ended and run it to its end; gives the activations that were handed out from then on."""
    assert run.state.finished
    before = set(run.inputs)
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    return [ident for ident in run.inputs if ident not in before]


def once(activation: Any, given: dict[str, Any]) -> Any:
    """Fails the first time that a node runs, and completes the second time."""
    return FAILS if activation.number == 1 else {}


def test_what_failed_runs_again_with_what_follows_and_what_completed_does_not(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          c: {type: python, script: pass}
          other: {type: python, script: pass}
          join: {type: python, script: pass}
        edges: [a -> b -> c -> join, other -> join]
        """
    run = simulate(text, a={"x": 1}, b=once, other={"y": 2})
    run.run()
    assert run.state.status == "failed"
    assert resume(run) == ["b#2", "c#1", "join#1"]
    assert run.state.status == "completed"
    assert run.state.error is None
    assert run.inputs["b#2"] == {"x": 1}
    assert run.inputs["join#1"] == {"y": 2}


def test_a_failure_that_stays_fails_the_run_again(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}", a=FAILS)
    run.run()
    assert resume(run) == ["a#2"]
    assert run.state.status == "failed"
    assert resume(run) == ["a#3"]


def test_a_completed_run_never_changes(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}")
    run.run()
    assert resume(run) == []
    assert run.state.status == "completed"


def test_a_handled_failure_is_a_result_and_stays(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          skipped: {type: python, script: pass}
          handler: {type: python, script: pass}
          bad: {type: python, script: pass}
        edges: [a -> skipped, {from: a, to: handler, trigger: fail}]
        """
    run = simulate(text, a=FAILS, bad=once)
    run.run()
    assert resume(run) == ["bad#2"]
    assert run.statuses() == {"a": "failed", "skipped": "skipped", "handler": "completed", "bad": "completed"}
    assert run.state.status == "completed"


def test_a_handler_that_failed_runs_again_with_its_message(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, handler: {type: python, script: pass}}
        edges: [{from: a, to: handler, trigger: fail}]
        """
    run = simulate(text, a=FAILS, handler=once)
    run.run()
    assert resume(run) == ["handler#2"]
    assert run.inputs["handler#2"]["error_message"] == "broken"


def test_a_cancelled_run_goes_on_with_what_ran_what_was_ready_and_what_was_never_reached(simulate: Works) -> None:
    text = """
        nodes:
          done: {type: python, script: pass}
          running: {type: python, script: pass}
          ready: {type: python, script: pass}
          any: {type: python, script: pass, join: any}
          later: {type: python, script: pass}
        edges: [done -> running, done -> ready, done -> any, running -> later]
        """
    run = simulate(text, workers=1, done={"x": 1})
    run.step()
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    run.run()
    assert run.state.status == "cancelled"
    assert resume(run) == ["running#2", "ready#2", "any#2", "later#1"]
    assert run.inputs["any#2"] == {"x": 1}
    assert run.state.status == "completed"


def test_what_completed_although_it_was_asked_to_stop_is_followed_by_what_follows(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          all: {type: python, script: pass}
          any: {type: python, script: pass, join: any}
          each: {type: python, script: pass, join: each}
        edges: ["a -> [all, any, each]"]
        """
    run = simulate(text)
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    run.running.clear()
    run.feed(Ended(run.state.now, "a#1", 1, "completed", {"x": 1}, (), None, run.state.now))
    assert run.state.status == "cancelled"
    assert sorted(resume(run)) == ["all#1", "any#1", "each#1"]
    assert [run.inputs[ident] for ident in ("all#1", "any#1", "each#1")] == [{"x": 1}] * 3
    assert run.state.status == "completed"


@pytest.mark.parametrize("join", ["any", "1", "all", "each"])
def test_a_join_that_failed_runs_again_with_the_message_it_had(simulate: Works, join: str) -> None:
    text = f"""
        nodes:
          a: {{type: python, script: pass}}
          bad: {{type: python, script: pass}}
          t: {{type: python, script: pass, join: {join}}}
        edges: [a -> t]
        """
    run = simulate(text, a={"x": 1}, t=once, bad=once)
    run.run()
    assert sorted(resume(run)) == ["bad#2", "t#2"]
    assert run.inputs["t#2"] == {"x": 1}
    assert run.state.status == "completed"


def test_an_any_join_takes_its_message_from_the_branch_that_runs_again(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          t: {type: python, script: pass, join: any}
        edges: [a -> t]
        """
    run = simulate(text, a=lambda activation, given: FAILS if activation.number == 1 else {"x": 2})
    run.run()
    assert resume(run) == ["a#2", "t#1"]
    assert run.inputs["t#1"] == {"x": 2}


def test_of_each_only_the_messages_that_failed_run_again(simulate: Works) -> None:
    def does(activation: Any, given: dict[str, Any]) -> Any:
        return FAILS if given["n"] == 2 and activation.number < 4 else {}

    text = """
        nodes:
          x: {type: python, script: pass}
          y: {type: python, script: pass}
          z: {type: python, script: pass}
          t: {type: python, script: pass, join: each}
          after: {type: python, script: pass}
        edges: [x -> t, y -> t, z -> t, t -> after]
        """
    run = simulate(text, x={"n": 1}, y={"n": 2}, z={"n": 3}, t=does)
    run.run()
    assert resume(run) == ["t#4", "after#1"]
    assert run.inputs["t#4"] == {"n": 2}
    assert run.state.status == "completed"


def test_a_node_that_always_follows_waits_for_the_new_outcome(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, t: {type: python, script: pass}}
        edges: [{from: a, to: t, trigger: always}]
        """
    run = simulate(text, a=once, t=once)
    run.run()
    assert run.inputs["t#1"]["status"] == "failed"
    assert resume(run) == ["a#2", "t#2"]
    assert run.inputs["t#2"]["status"] == "completed"


@pytest.mark.parametrize("join", ["all", "any", "each"])
def test_a_condition_that_could_not_be_told_is_looked_at_again(simulate: Works, join: str) -> None:
    text = f"""
        variables: {{rows: null}}
        nodes:
          a: {{type: python, script: pass}}
          t: {{type: python, script: pass, join: {join}}}
          mend: {{type: python, script: pass}}
        edges: [{{from: a, to: t, condition: variables.rows > 1}}]
        """
    run = simulate(text, a={"x": 1}, mend=Did(operations=(("set", "rows", 5),)))
    run.run()
    assert run.statuses()["t"] == "failed"
    assert resume(run) == ["t#2"]
    assert run.inputs["t#2"] == {"x": 1}
    assert run.state.status == "completed"


def test_a_condition_that_still_cannot_be_told_fails_its_target_again(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, t: {type: python, script: pass}}
        edges: [{from: a, to: t, condition: output.nowhere}]
        """
    run = simulate(text)
    run.run()
    assert resume(run) == []
    assert (run.statuses()["t"], run.state.status) == ("failed", "failed")


def test_an_end_that_failed_the_run_is_come_to_again(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          stop: {type: end, status: failed}
          other: {type: python, script: pass}
        edges: [a -> stop]
        """
    run = simulate(text, workers=1)
    run.run()
    assert resume(run) == []
    assert run.state.status == "failed"


def test_what_the_workflow_itself_cancelled_stays_cancelled(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          stop: {type: cancel, targets: [b]}
          b: {type: python, script: pass}
          race: {type: python, script: pass, join: any, cancel_rest: true}
          slow: {type: python, script: pass}
          bad: {type: python, script: pass}
        edges: [a -> stop, a -> race, slow -> race]
        """
    run = simulate(text, bad=once, choose=lambda count: 0)
    run.run()
    assert run.state.status == "failed"
    assert resume(run) == ["bad#2"]
    assert run.statuses()["b"] == run.statuses()["slow"] == "cancelled"


def test_a_failed_container_goes_on_where_it_was(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          box:
            type: container
            pool: p
            timeout: 100s
            nodes:
              a: {type: python, script: pass}
              inner:
                type: container
                nodes: {x: {type: python, script: pass}, y: {type: python, script: pass}}
                edges: [x -> y]
              z: {type: python, script: pass}
            edges: [a -> inner -> z]
          after: {type: python, script: pass}
        edges: [box -> after]
        """
    run = simulate(text, y=once)
    run.run()
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.hand_out()
    assert run.state.held == {("pool", 0, "p"): 1}
    assert [kind for _, _, kind, _, _ in run.state.deadlines] == ["timeout"]
    run.run()
    assert run.state.status == "completed"
    assert list(run.inputs) == ["box/a#1", "box/inner/x#1", "box/inner/y#1", "box/inner/y#2", "box/z#1", "after#1"]


def test_a_failed_subflow_goes_on_where_it_was(simulate: Works) -> None:
    below = "nodes: {x: {type: python, script: pass}, y: {type: python, script: pass}}\nedges: [x -> y]"
    run = simulate("nodes: {sub: {type: subflow, file: below.yaml}}", y=once, subflows={"below.yaml": below})
    run.run()
    assert resume(run) == ["sub/y#2"]
    assert run.state.status == "completed"


def test_a_failed_loop_runs_its_failed_iterations_again(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(5)
            collect: nodes.b.output.v
            nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
            edges: [a -> b]
        """
    run = simulate(
        text,
        b=lambda activation, given: (
            FAILS if given["item"] in {1, 3} and activation.number == 1 else {"v": given["item"]}
        ),
    )
    run.run()
    assert resume(run) == ["loop[1]/b#2", "loop[3]/b#2"]
    assert run.output("loop")["results"] == [0, 1, 2, 3, 4]


def test_a_cancelled_loop_goes_on_with_its_open_iterations_and_those_to_come(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(6)
            max_concurrent: 2
            nodes: {a: {type: python, script: pass}}
        """
    run = simulate(text)
    run.step()
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    run.run()
    again = resume(run)
    assert again == ["loop[1]/a#2", "loop[2]/a#2", "loop[3]/a#1", "loop[4]/a#1", "loop[5]/a#1"]
    assert run.output("loop") == {"items_processed": 6, "total_items": 6, "failed_items": 0}


def test_a_failed_while_goes_on_with_the_iteration_that_failed(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: while
            condition: iteration_index < 3
            nodes: {a: {type: python, script: pass}}
        """
    run = simulate(text, a=lambda activation, given: FAILS if activation.id == "loop[1]/a#1" else {})
    run.run()
    assert resume(run) == ["loop[1]/a#2", "loop[2]/a#1"]
    assert run.output("loop")["iteration_count"] == 3


def test_scopes_nested_in_each_other_go_on_inside(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(2)
            nodes:
              box:
                type: container
                nodes:
                  x: {type: python, script: pass}
                  inner:
                    type: foreach
                    items: range(2)
                    as: n
                    nodes: {y: {type: python, script: pass}, z: {type: python, script: pass}}
                    edges: [y -> z]
                edges: [x -> inner]
        """
    run = simulate(text, z=lambda activation, given: FAILS if activation.id == "loop[1]/box/inner[0]/z#1" else {})
    run.run()
    assert resume(run) == ["loop[1]/box/inner[0]/z#2"]
    assert run.state.status == "completed"


def test_next_messages_of_iterations_that_completed_are_not_lost_with_the_loop(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(3)
            nodes: {a: {type: python, script: pass}}
          eat: {type: python, script: pass, join: each}
        edges: [{from: loop, to: eat, trigger: next}]
        """
    run = simulate(
        text,
        a=lambda activation, given: FAILS if given["item"] == 1 and activation.number == 1 else {},
        eat=lambda activation, given: FAILS if given["item"] == 0 and activation.number < 3 else {},
    )
    run.run()
    again = resume(run)
    assert sorted(run.inputs[ident]["item"] for ident in again if ident.startswith("eat")) == [0, 1]
    assert run.state.status == "completed"


def test_a_run_that_timed_out_gets_its_whole_time_again(simulate: Works) -> None:
    run = simulate("timeout: 10s\nnodes: {a: {type: wait, for: 15s}, b: {type: wait, for: 4s}}\nedges: [b -> a]")
    run.run()
    assert run.state.timed_out
    assert resume(run) == []
    assert run.state.timed_out
    assert run.state.now == pytest.approx(1020, abs=0.1)


def test_a_resume_of_a_failed_run_survives_a_crash_and_repeats_nothing(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          loop: {type: foreach, items: range(3), nodes: {b: {type: python, script: pass}}}
          c: {type: python, script: pass}
        edges: [a -> loop -> c]
        """
    run = simulate(text, b=once, workers=1)
    run.run()
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.step()
    run.hand_out()
    run.crash()
    run.run()
    assert run.state.status == "completed"
    assert [address for address in run.order() if address == "a"] == ["a"]
    assert run.order().count("loop[0]/b") == 1
