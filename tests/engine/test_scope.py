"""`wflow.engine.scope`: containers in their three modes, ``on_failure``, what a scope's owner makes of its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))
BOX = """
    nodes:
      first: {type: python, script: pass}
      box:
        type: container
        mode: MODE
        on_failure: STOP
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          c: {type: python, script: pass}
      after: {type: python, script: pass}
    edges: [first -> box -> after]
"""


def box(mode: str, on_failure: str = "stop") -> str:
    return BOX.replace("MODE", mode).replace("STOP", on_failure)


@pytest.mark.parametrize("mode", ["graph", "parallel", "sequential"])
def test_a_container_completes_with_the_outputs_of_its_children(simulate: Works, mode: str) -> None:
    run = simulate(box(mode), a={"x": 1}, b={"x": 2})
    run.run()
    assert run.output("box") == {
        "child_results": {"a": {"x": 1}, "b": {"x": 2}, "c": {}},
        "total_children": 3,
        "completed_children": 3,
    }
    assert run.order() == ["first", "box/a", "box/b", "box/c", "box", "after"]


@pytest.mark.parametrize(("mode", "at_once"), [("graph", 3), ("parallel", 3), ("sequential", 1)])
def test_a_mode_says_how_many_run_at_once(simulate: Works, mode: str, at_once: int) -> None:
    run = simulate(box(mode))
    run.step()
    run.hand_out()
    assert len(run.running) == at_once


def test_children_in_sequence_get_the_containers_input_and_the_output_of_the_one_before(simulate: Works) -> None:
    run = simulate(box("sequential"), first={"x": 0, "y": 0}, a={"x": 1}, b={"z": 2})
    run.run()
    assert run.inputs["box/a#1"] == {"x": 0, "y": 0}
    assert run.inputs["box/b#1"] == {"x": 1, "y": 0}
    assert run.inputs["box/c#1"] == {"x": 0, "y": 0, "z": 2}


@pytest.mark.parametrize(
    ("mode", "on_failure", "statuses"),
    [
        ("sequential", "stop", ("failed", "skipped", "skipped")),
        ("sequential", "continue", ("failed", "completed", "completed")),
        ("parallel", "stop", ("failed", "cancelled", "cancelled")),
        ("parallel", "continue", ("failed", "completed", "completed")),
        ("graph", "stop", ("failed", "cancelled", "cancelled")),
    ],
)
def test_an_unhandled_failure_in_a_container_fails_it_at_once_or_at_its_end(
    simulate: Works, mode: str, on_failure: str, statuses: tuple[str, ...]
) -> None:
    run = simulate(box(mode, on_failure), a=FAILS)
    run.run()
    found = run.statuses()
    assert (found["box/a"], found["box/b"], found["box/c"]) == statuses
    assert (found["box"], found["after"], run.state.status) == ("failed", "skipped", "failed")
    assert run.state.error is not None
    assert run.state.error.address == "box/a"


def test_a_cancelled_sequence_that_goes_on_after_failures_does_not_go_on_after_the_cancel(simulate: Works) -> None:
    text = """
        nodes:
          first: {type: python, script: pass}
          box:
            type: container
            mode: sequential
            on_failure: continue
            nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
          stop: {type: cancel, targets: [box]}
        edges: [first -> stop]
        """
    run = simulate(text)
    run.run()
    assert run.statuses() == {
        "first": "completed",
        "stop": "completed",
        "box": "cancelled",
        "box/a": "cancelled",
        "box/b": "skipped",
    }


def test_a_failed_container_can_be_handled_and_names_its_child(simulate: Works) -> None:
    text = """
        nodes:
          box:
            type: container
            nodes:
              loop:
                type: foreach
                items: range(2)
                nodes: {work: {type: python, script: pass}}
          handler: {type: python, script: pass}
        edges: [{from: box, to: handler, trigger: fail}]
        """
    run = simulate(text, work=FAILS)
    run.run()
    assert run.state.status == "completed"
    given = run.inputs["handler#1"]
    assert (given["failed_child"], given["failed_child_error"]) == ("loop", "broken")
    assert given["error_node"] == "box/loop[0]/work"


def test_a_container_that_times_out_itself_names_no_child(simulate: Works) -> None:
    text = """
        nodes:
          box: {type: container, timeout: 2s, nodes: {rest: {type: wait, for: 10s}}}
          handler: {type: python, script: pass}
        edges: [{from: box, to: handler, trigger: fail}]
        """
    run = simulate(text)
    run.run()
    given = run.inputs["handler#1"]
    assert given["error_type"] == "TimeoutError"
    assert "failed_child" not in given
    assert run.statuses()["box/rest"] == "cancelled"


@pytest.mark.parametrize(("on_failure", "other"), [("continue", "completed"), ("stop", "cancelled")])
def test_on_failure_of_the_workflow_says_whether_other_branches_go_on(
    simulate: Works, on_failure: str, other: str
) -> None:
    text = f"""
        on_failure: {on_failure}
        nodes:
          a: {{type: python, script: pass}}
          b: {{type: python, script: pass}}
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert run.statuses() == {"a": "failed", "b": other}
    assert run.state.status == "failed"


def test_a_handled_failure_does_not_stop_a_container(simulate: Works) -> None:
    text = """
        nodes:
          box:
            type: container
            nodes:
              a: {type: python, script: pass}
              b: {type: python, script: pass}
              h: {type: python, script: pass}
            edges: [{from: a, to: h, trigger: fail}]
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert run.state.status == "completed"
    assert run.output("box")["completed_children"] == 2


def test_a_container_is_retried_anew_as_a_whole(simulate: Works) -> None:
    def does(activation: Any, given: dict[str, Any]) -> Any:
        return FAILS if activation.number == 1 else {}

    text = """
        nodes:
          box:
            type: container
            retry: {max_attempts: 2}
            nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
            edges: [a -> b]
        """
    run = simulate(text, b=does)
    run.run()
    assert run.state.status == "completed"
    assert [ident for ident in run.inputs if "#" in ident] == ["box/a#1", "box/b#1", "box/a#2", "box/b#2"]


def test_containers_nest_four_deep(simulate: Works) -> None:
    text = """
        nodes:
          one:
            type: container
            nodes:
              two:
                type: container
                mode: sequential
                nodes:
                  three:
                    type: container
                    mode: parallel
                    nodes:
                      four: {type: container, nodes: {work: {type: python, script: pass}}}
                  last: {type: python, script: pass}
        """
    run = simulate(text, work={"x": 1})
    run.run()
    inner = run.output("one")["child_results"]["two"]["child_results"]["three"]["child_results"]["four"]
    assert inner["child_results"] == {"work": {"x": 1}}
    assert run.inputs["one/two/last#1"]["completed_children"] == 1


def test_nesting_of_fifty_runs_on_one_worker(simulate: Works) -> None:
    text = "nodes: " + "{box: {type: container, nodes: " * 50 + "{work: {type: python, script: pass}}" + "}}" * 50
    run = simulate(text, workers=1)
    run.run()
    assert run.state.status == "completed"
    assert len(run.order()) == 51
