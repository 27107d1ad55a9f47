"""`wflow.engine.names`: inputs merged and apart, and what an expression sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.names import ScopeNames, inputs_of
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation

Works = Callable[..., Simulation]


def test_inputs_keep_apart_by_source_what_input_merges(simulate: Works) -> None:
    seen: dict[str, Any] = {}

    def does(activation: Activation, given: dict[str, Any]) -> dict[str, Any]:
        seen.update(input=given, inputs=inputs_of(activation))
        return {}

    run = simulate(
        "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}, t: {type: python, script: pass}}\n"
        "edges: [b -> t, a -> t]",
        a={"x": 1, "y": 1},
        b={"x": 2},
        t=does,
    )
    run.run()
    assert seen == {"input": {"x": 1, "y": 1}, "inputs": {"a": {"x": 1, "y": 1}, "b": {"x": 2}}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("input.x", 1),
        ("inputs.a.x", 1),
        ("nodes.a.output.x", 1),
        ("nodes.a.status", "completed"),
        ("variables.v", 3),
        ("params.p", 4),
        ("run.id", "simulated"),
        ("run.workflow", "simulated"),
    ],
)
def test_an_expression_of_a_node_sees_these_names(simulate: Works, expression: str, value: Any) -> None:
    text = f"""
        parameters: {{p: {{default: 4}}}}
        variables: {{v: 3}}
        nodes:
          a: {{type: python, script: pass}}
          pick: {{type: switch, value: {expression}, cases: {{x: }}}}
          t: {{type: noop}}
        edges: [a -> pick, pick.x -> t]
        """
    run = simulate(text, parameters={"p": 4}, a={"x": 1})
    run.run()
    assert run.output("pick")["expression_result"] == value


def test_a_loops_names_are_seen_by_every_node_below_it_in_its_input_too(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: '["x"]'
            nodes:
              a: {type: python, script: pass}
              box:
                type: container
                nodes: {b: {type: python, script: pass}, c: {type: python, script: pass}}
                edges: [b -> c]
            edges: [a -> box]
        """
    run = simulate(text, a={"from_a": 1}, b={"from_b": 1})
    run.run()
    loop = {"item": "x", "item_index": 0}
    assert run.inputs["loop[0]/a#1"] == loop
    assert run.inputs["loop[0]/box/b#1"] == {**loop, "from_a": 1}
    assert run.inputs["loop[0]/box/c#1"] == {**loop, "from_b": 1}


def test_the_output_of_a_node_is_null_unless_it_completed_and_the_last_one_of_several(simulate: Works) -> None:
    text = """
        nodes:
          x: {type: python, script: pass}
          y: {type: python, script: pass}
          t: {type: python, script: pass, join: each}
          bad: {type: python, script: pass}
        edges: [x -> t, y -> t]
        outputs: {t: nodes.t.output.n, bad: nodes.bad.output}
        """
    run = simulate(text, x={"n": 1}, y={"n": 2}, t=lambda activation, given: {"n": given["n"]}, bad=Did("failed"))
    run.run()
    assert run.state.outputs == {"t": 2, "bad": None}


def test_the_names_can_be_listed_as_a_mapping(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass}}", parameters={"p": 1})
    assert run.state.root is not None
    names = ScopeNames(run.state, run.state.root, extra={"output": {"x": 1}})
    assert set(names) == {"output", "input", "inputs", "variables", "params", "nodes", "run"}
    assert len(names) == 7
    assert names["input"] == {"p": 1}
    assert names["nodes"] == {"a": {"output": None, "status": "running"}}
    with pytest.raises(KeyError):
        names["item"]
