"""`wflow.engine.join`: every row of the join table of the design, with every trigger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def nodes(**joins: Any) -> str:
    return "nodes:\n" + "".join(
        f"  {name}: {{type: python, script: pass{f', join: {join}' if join else ''}}}\n" for name, join in joins.items()
    )


@pytest.mark.parametrize(
    ("join", "a", "b", "target"),
    [
        ("all", {}, {}, "completed"),
        ("all", {}, FAILS, "skipped"),
        ("all", FAILS, FAILS, "skipped"),
        ("any", {}, FAILS, "completed"),
        ("any", FAILS, {}, "completed"),
        ("any", FAILS, FAILS, "skipped"),
        ("2", {}, {}, "completed"),
        ("2", {}, FAILS, "skipped"),
        ("each", {}, {}, "completed"),
        ("each", {}, FAILS, "completed"),
        ("each", FAILS, FAILS, "skipped"),
    ],
)
def test_a_join_of_two_complete_edges(simulate: Works, join: str, a: Any, b: Any, target: str) -> None:
    run = simulate(nodes(a="", b="", t=join) + "edges: [a -> t, b -> t]", a=a, b=b)
    run.run()
    assert run.statuses()["t"] == target


@pytest.mark.parametrize(
    ("trigger", "a", "target"),
    [
        ("complete", {}, "completed"),
        ("complete", FAILS, "skipped"),
        ("complete", Did("cancelled"), "skipped"),
        ("fail", {}, "skipped"),
        ("fail", FAILS, "completed"),
        ("fail", Did("cancelled"), "skipped"),
        ("cancel", {}, "skipped"),
        ("cancel", FAILS, "skipped"),
        ("cancel", Did("cancelled"), "completed"),
        ("always", {}, "completed"),
        ("always", FAILS, "completed"),
        ("always", Did("cancelled"), "completed"),
    ],
)
@pytest.mark.parametrize("join", ["all", "any", "1", "each"])
def test_an_edge_of_each_trigger_delivers_when_its_time_comes(
    simulate: Works, join: str, trigger: str, a: Any, target: str
) -> None:
    run = simulate(nodes(a="", t=join) + f"edges: [{{from: a, to: t, trigger: {trigger}}}]", a=a)
    run.run()
    assert run.statuses()["t"] == target


@pytest.mark.parametrize("join", ["all", "any", "1", "each"])
def test_a_next_edge_delivers_once_for_each_completed_iteration(simulate: Works, join: str) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(3)
            nodes: {work: {type: python, script: pass}}
          t: {type: python, script: pass, join: JOIN}
        edges: [{from: loop, to: t, trigger: next}]
        """.replace("JOIN", join)
    run = simulate(text, work=lambda activation, given: FAILS if given["item"] == 1 else {})
    run.run()
    items = [given["item"] for ident, given in run.inputs.items() if ident.startswith("t#")]
    # The loop itself fails, so its `next` edge closes broken: what went before counts for each, any and N.
    assert items == {"all": [], "any": [0], "1": [0], "each": [0, 2]}[join]
    assert run.statuses()["t"] == ("skipped" if join == "all" else "completed")


def test_all_waits_for_every_queue_to_close_and_merges_in_the_order_of_the_edges(simulate: Works) -> None:
    run = simulate(nodes(a="", b="", t="") + "edges: [b -> t, a -> t]", a={"x": "a", "y": 1}, b={"x": "b", "z": 2})
    run.run()
    assert run.inputs["t#1"] == {"x": "a", "y": 1, "z": 2}


def test_any_gets_the_message_that_came_first_and_drops_what_comes_late(simulate: Works) -> None:
    run = simulate(
        nodes(a="", b="", t="any") + "edges: [a -> t, b -> t]",
        a={"x": "a"},
        b={"x": "b"},
        choose=lambda count: count - 1,
    )
    run.run()
    assert run.inputs["t#1"] == {"x": "b"}
    assert "t#2" not in run.inputs
    assert run.state.status == "completed"


def test_a_count_starts_at_the_nth_message_and_gets_those_n(simulate: Works) -> None:
    run = simulate(
        nodes(a="", b="", c="", t="2") + "edges: [a -> t, b -> t, c -> t]", a={"a": 1}, b={"b": 1}, c={"c": 1}
    )
    run.run()
    assert run.inputs["t#1"] == {"a": 1, "b": 1}
    assert run.order().count("t") == 1


def test_each_runs_for_every_message_and_fails_if_one_activation_failed(simulate: Works) -> None:
    def does(activation: Any, given: dict[str, Any]) -> Any:
        return FAILS if given["x"] == "b" else {}

    text = nodes(a="", b="", c="", t="each", after="") + "edges: [a -> t, b -> t, c -> t, t -> after]"
    run = simulate(text, a={"x": "a"}, b={"x": "b"}, c={"x": "c"}, t=does)
    run.run()
    assert run.order().count("t") == 2
    assert run.statuses()["after"] == "skipped"
    assert run.state.status == "failed"


def test_each_is_done_only_when_all_queues_have_closed(simulate: Works) -> None:
    text = nodes(a="", slow="", t="each", after="") + "edges: [a -> t, slow -> t, t -> after]"
    run = simulate(text, choose=lambda count: count - 1)
    run.run()
    assert run.order() == ["slow", "t", "a", "t", "after"]


CLOSED = """
    nodes:
      pick: {type: if, condition: "CONDITION"}
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      t: {type: python, script: pass, join: JOIN}
    edges: [pick.true -> a, pick.false -> b, a -> t, b -> t]
"""


@pytest.mark.parametrize("condition", ["true", "false"])
@pytest.mark.parametrize("join", ["all", "any", "1", "each"])
def test_a_branch_not_taken_is_skipped_to_where_it_meets_the_other(simulate: Works, join: str, condition: str) -> None:
    run = simulate(CLOSED.replace("JOIN", join).replace("CONDITION", condition))
    run.run()
    taken, other = ("a", "b") if condition == "true" else ("b", "a")
    assert run.statuses() == {"pick": "completed", taken: "completed", other: "skipped", "t": "completed"}
    assert run.order().count("t") == 1


@pytest.mark.parametrize(
    ("edges", "target"),
    [
        ("[{from: a, to: t, enabled: false}]", "skipped"),
        ("[{from: a, to: t, enabled: false}, b -> t]", "completed"),
        ("[{from: bad, to: t, enabled: false}, b -> t]", "completed"),
        ("[{from: bad, to: t}, b -> t]", "skipped"),
        ("[{from: bad, to: t, condition: 'false'}, b -> t]", "skipped"),
        ("[{from: a, to: t, condition: 'false'}, b -> t]", "completed"),
        ("[{from: bad, to: t, trigger: fail, condition: 'false'}, b -> t]", "completed"),
        ("[{from: a, to: t, trigger: cancel}, b -> t]", "completed"),
        ("[{from: a, to: t, trigger: fail}, {from: b, to: t, trigger: fail}]", "skipped"),
    ],
)
def test_a_queue_that_closes_empty_is_broken_or_not_taken(simulate: Works, edges: str, target: str) -> None:
    run = simulate(nodes(a="", b="", bad="", t="") + f"edges: {edges}", bad=FAILS)
    run.run()
    assert run.statuses()["t"] == target


def test_a_node_whose_only_edge_is_disabled_does_not_start_with_its_scope(simulate: Works) -> None:
    run = simulate(nodes(a="", t="") + "edges: [{from: a, to: t, enabled: false}]")
    run.run()
    assert run.order() == ["a"]


def test_skipped_as_broken_sends_always_and_skipped_as_not_taken_does_not(simulate: Works) -> None:
    text = """
        nodes:
          bad: {type: python, script: pass}
          behind: {type: python, script: pass}
          pick: {type: if, condition: "false"}
          other: {type: python, script: pass}
          a: {type: python, script: pass}
          b: {type: python, script: pass}
        edges:
          - bad -> behind
          - pick.true -> other
          - {from: behind, to: a, trigger: always}
          - {from: other, to: b, trigger: always}
        """
    run = simulate(text, bad=FAILS)
    run.run()
    assert run.inputs["a#1"] == {"status": "skipped"}
    assert run.statuses()["b"] == "skipped"


def test_a_long_branch_is_skipped_without_deepening_the_stack(simulate: Works) -> None:
    names = [f"n{number}" for number in range(5000)]
    run = simulate(nodes(**dict.fromkeys(names, "")) + f"edges: ['{' -> '.join(names)}']", n0=FAILS)
    run.run()
    assert list(run.statuses().values()).count("skipped") == 4999
    assert run.state.status == "failed"


def test_a_chain_of_conditions_that_all_fail_does_not_deepen_the_stack_either(simulate: Works) -> None:
    names = [f"n{number}" for number in range(600)]
    edges = "".join(
        f"  - {{from: n{number}, to: n{number + 1}, trigger: fail, condition: input.nowhere}}\n"
        for number in range(599)
    )
    run = simulate(nodes(**dict.fromkeys(names, "")) + "edges:\n" + edges, n0=FAILS)
    run.run()
    assert set(run.statuses().values()) == {"failed"}
    assert run.state.error is not None
    assert run.state.error.address == "n0"
