"""`wflow.engine.subflow`: another file's graph as a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Loaded

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))
BELOW = """
    parameters: {x: {type: integer, default: 0}}
    variables: {total: 10}
    nodes:
      work: {type: python, script: pass}
    outputs: {sum: variables.total + params.x, nowhere: nodes.work.output.nowhere}
"""
TEXT = """
    variables: {got: null, total: 1}
    nodes:
      first: {type: python, script: pass}
      sub: {type: subflow, file: below.yaml, with: {x: "${{ input.n }}"}, outputs: {got: sum}}
      after: {type: python, script: pass}
    edges: [first -> sub -> after]
"""


def test_parameters_go_in_and_outputs_come_back(simulate: Works) -> None:
    run = simulate(TEXT, first={"n": 5}, subflows={"below.yaml": BELOW})
    run.run()
    assert run.inputs["sub/work#1"] == {"x": 5}
    assert run.inputs["after#1"] == {"sum": 15, "nowhere": None}
    assert run.state.worlds[0].variables == {"got": 15, "total": 1}


def test_a_subflow_has_variables_of_its_own(simulate: Works) -> None:
    adds = Did(operations=(("add", "total", 100),))
    run = simulate(TEXT, first={"n": 5}, work=adds, subflows={"below.yaml": BELOW})
    run.run()
    assert run.state.worlds[0].variables == {"got": 115, "total": 1}


def test_a_subflow_that_fails_is_a_failed_node(simulate: Works) -> None:
    run = simulate(TEXT, first={"n": 5}, work=FAILS, subflows={"below.yaml": BELOW})
    run.run()
    assert run.statuses() == {"first": "completed", "sub/work": "failed", "sub": "failed", "after": "skipped"}
    assert run.state.error is not None
    assert run.state.error.address == "sub/work"


def test_a_subflow_is_retried_as_a_whole(simulate: Works) -> None:
    text = TEXT.replace("file: below.yaml,", "file: below.yaml, retry: {max_attempts: 3},")
    run = simulate(
        text,
        first={"n": 5},
        work=lambda activation, given: FAILS if activation.number < 3 else {},
        subflows={"below.yaml": BELOW},
    )
    run.run()
    assert run.state.status == "completed"
    assert [ident for ident in run.inputs if "work" in ident] == ["sub/work#1", "sub/work#2", "sub/work#3"]


def test_a_file_that_is_not_there_fails_the_node_with_the_reason(simulate: Works) -> None:
    text = "nodes: {sub: {type: subflow, file: '${{ params.f }}'}}\nparameters: {f: {type: string, default: x}}"
    run = simulate(text, parameters={"f": "gone.yaml"})
    run.run()
    assert run.state.error is not None
    assert (run.state.error.type, run.state.error.message) == ("DefinitionError", "there is no `gone.yaml`")


@pytest.mark.parametrize("file", [None, 5, ""])
def test_a_file_name_that_is_no_path_fails_the_node(simulate: Works, file: Any) -> None:
    text = "nodes: {sub: {type: subflow, file: '${{ params.f }}'}}\nparameters: {f: {}}"
    run = simulate(text, parameters={"f": file})
    run.run()
    assert run.state.error is not None
    assert run.state.error.type == "ExpressionError"


def test_a_subflow_may_reach_itself_up_to_max_depth(simulate: Works) -> None:
    below = """
        parameters: {n: {type: integer, default: 0}}
        nodes:
          again: {type: subflow, file: below.yaml, max_depth: 5, with: {n: "${{ params.n + 1 }}"}}
        """
    text = "nodes: {sub: {type: subflow, file: below.yaml, with: {n: 0}}}"
    run = simulate(text, subflows={"below.yaml": below})
    run.run()
    assert run.state.error is not None
    assert run.state.error.type == "MaxDepthExceeded"
    assert len(run.state.worlds) == 6


def test_recursion_that_ends_completes(simulate: Works) -> None:
    below = """
        parameters: {n: {type: integer, default: 0}}
        nodes:
          check: {type: if, condition: params.n < 4}
          again: {type: subflow, file: below.yaml, with: {n: "${{ params.n + 1 }}"}}
          work: {type: python, script: pass}
        edges: [check.true -> again, check.false -> work]
        """
    run = simulate("nodes: {sub: {type: subflow, file: below.yaml, with: {n: 0}}}", subflows={"below.yaml": below})
    run.run()
    assert run.state.status == "completed"
    assert "sub/again/again/again/again/work" in run.order()


def test_a_file_that_was_asked_for_when_the_engine_died_is_asked_for_again(simulate: Works) -> None:
    run = simulate("nodes: {sub: {type: subflow, file: below.yaml}}", subflows={"below.yaml": BELOW})
    run.crash()
    run.run()
    assert run.state.status == "completed"


def test_a_subflow_that_times_out_before_its_file_was_read_has_failed(simulate: Works) -> None:
    run = simulate("nodes: {sub: {type: subflow, file: below.yaml, timeout: 5s}}", subflows={"below.yaml": BELOW})
    run.feed(Due(1005.0))
    assert run.state.error is not None
    assert run.state.error.type == "TimeoutError"
    run.feed(Loaded(1006.0, "sub#1", "below.yaml", None, {}, ""))
    assert run.state.status == "failed"


def test_a_subflow_for_each_item_keeps_them_apart(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(3)
            collect: nodes.sub.output.sum
            nodes: {sub: {type: subflow, file: below.yaml, with: {x: "${{ item }}"}}}
        """
    run = simulate(text, subflows={"below.yaml": BELOW})
    run.run()
    assert run.output("loop")["results"] == [10, 11, 12]
