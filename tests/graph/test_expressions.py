from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.model import Diagnostic

Judge = Callable[[str], list[Diagnostic]]

RIGHT = {
    "an edge sees the source's output": "edges: [{from: a, to: b, condition: output.x > 1}]",
    "an edge sees the source as a node": "edges: [{from: a, to: b, condition: nodes.a.output.x}]",
    "an edge sees the error": "edges: [{from: a, to: b, trigger: fail, condition: error.type == 'x'}]",
    "outputs see every root node": "outputs: {x: nodes.a.output, y: nodes.b.output, z: variables.v, r: run.id}",
}
WRONG = {
    "outputs have no input": ("outputs: {x: input.y}", "unknown-name", ("outputs", "x")),
    "an edge knows no later node": (
        "edges: [{from: a, to: b, condition: nodes.b.output.x}]",
        "not-an-ancestor",
        ("edges", 0, "condition"),
    ),
    "no other root": ("edges: [{from: a, to: b, condition: row.x}]", "unknown-name", ("edges", 0, "condition")),
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_names_that_there_are_in_a_place(judged: Judge, text: str) -> None:
    assert judged("variables: {v: 0}\nnodes: {a: {type: noop}, b: {type: noop}}\n" + text) == []


@pytest.mark.parametrize(("text", "code", "path"), WRONG.values(), ids=WRONG.keys())
def test_names_that_there_are_not(judged: Judge, text: str, code: str, path: tuple[str | int, ...]) -> None:
    found = judged("variables: {v: 0}\nnodes: {a: {type: noop}, b: {type: noop}}\n" + text)
    assert [(one.code, one.path) for one in found] == [(code, path)]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("items: input.rows", None),
        ("items: row.x", "unknown-name"),
        ("items: [1], key: row.id", None),
        ("items: [1], key: completed", "unknown-name"),
        ("items: [1], until: completed > 3 and failed < 2 and (results | length) > 1", None),
        ("items: [1], until: row.id", "unknown-name"),
        ("items: [1], collect: nodes.inner.output.x + row_index", None),
        ("items: [1], collect: nodes.loop.output.x", "unknown-node"),
        ("items: ['${{ nothing }}']", None),
    ],
)
def test_a_loop_has_names_of_its_own_in_some_keys(judged: Judge, keys: str, code: str | None) -> None:
    found = judged(f"nodes: {{loop: {{type: foreach, as: row, {keys}, nodes: {{inner: {{type: noop}}}}}}}}")
    assert [one.code for one in found] == ([code] if code else [])


def test_loop_names_reach_through_every_scope_but_nodes_do_not(judged: Judge) -> None:
    text = """
    nodes:
      before: {type: noop}
      loop:
        type: foreach
        items: [1]
        as: row
        nodes:
          box:
            type: container
            nodes:
              fine: {type: shell, command: ["${{ row.id }}", "${{ row_index }}"]}
              wrong: {type: shell, command: ["${{ nodes.before.output.x }}"]}
    edges: [before -> loop]
    """
    (found,) = judged(text)
    assert found.code == "unknown-node"
    assert found.path[-3:] == ("wrong", "command", 0)
    assert found.offset == 4


def test_a_while_knows_its_iteration_in_its_condition(judged: Judge) -> None:
    assert judged("nodes: {w: {type: while, condition: iteration_index < 3, nodes: {a: {type: noop}}}}") == []


def test_a_compensation_sees_what_its_node_gave(judged: Judge) -> None:
    nodes = (
        "a: {type: noop, compensate: undo}, undo: {type: shell, command: ['${{ output.id }}', '${{ nodes.a.output }}']}"
    )
    assert judged(f"nodes: {{{nodes}}}") == []


def test_a_fallback_knows_what_came_before_the_node_it_stands_for(judged: Judge) -> None:
    text = """
    nodes:
      first: {type: noop}
      second: {type: noop, fallback: instead}
      third: {type: noop}
      instead: {type: shell, command: ["${{ nodes.first.output }}", "${{ nodes.third.output }}"]}
    edges: [first -> second -> third]
    """
    found = judged(text)
    assert [(one.code, one.path[-1]) for one in found] == [("not-an-ancestor", 1)]


@pytest.mark.parametrize("place", ["env: {A: '${{ nodes.b.output }}'}", "idempotency_key: '${{ nodes.b.output }}'"])
def test_templates_are_checked_wherever_text_may_hold_them(judged: Judge, place: str) -> None:
    found = judged(f"nodes: {{a: {{type: shell, script: x, {place}}}, b: {{type: noop}}}}\nedges: [a -> b]")
    assert [one.code for one in found] == ["not-an-ancestor"]


def test_a_node_of_a_sequence_comes_after_those_above_it(judged: Judge) -> None:
    text = """
    nodes:
      row:
        type: container
        mode: sequential
        nodes:
          a: {type: noop}
          b: {type: wait, until: nodes.a.output.x}
          c: {type: wait, until: nodes.d.output.x}
          d: {type: noop}
    """
    assert [(one.code, one.path[-2]) for one in judged(text)] == [("not-an-ancestor", "c")]


def test_a_script_takes_no_template_and_an_expression_needs_none(judged: Judge) -> None:
    text = """
    nodes:
      a: {type: shell, script: "echo ${{ input.x }}"}
      b: {type: wait, until: "${{ input.x }}"}
      c: {type: wait, until: "'$${{' in input.x"}
    """
    found = judged(text)
    assert [(one.code, one.offset, one.cure) for one in found] == [
        ("template-in-script", 5, found[0].cure),
        ("template-in-expression", 0, "write `input.x`"),
    ]


def test_one_text_holds_a_hundred_expressions_at_most(judged: Judge) -> None:
    many = "${{ input.x }}" * 101
    (found,) = judged(f"nodes: {{a: {{type: shell, script: x, env: {{A: '{many}'}}}}}}")
    assert found.code == "expression-syntax"
    assert judged(f"nodes: {{a: {{type: shell, script: x, env: {{A: '{many[14:]}'}}}}}}") == []


def test_nothing_is_told_about_order_in_a_cycle(judged: Judge) -> None:
    text = "nodes: {a: {type: wait, until: nodes.b.output}, b: {type: noop}}\nedges: [a -> b -> a]"
    assert [one.code for one in judged(text)] == ["cycle"]
