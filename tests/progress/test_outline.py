from __future__ import annotations

from typing import Any

from wflow.model import Graph, Workflow
from wflow.progress.outline import ITERATION, fill_outline, outline_of


def test_the_outline_has_every_scope_of_the_definition_in_the_order_of_the_file(node: Any) -> None:
    box = node("box", "container", node("b"), node("a"), mode="sequential")
    outline = outline_of(Workflow(name="etl", graph=Graph(nodes=(node("z"), box))))
    assert outline.id == "etl"
    assert list(outline.body) == ["z", "box"]
    assert list(outline.body["box"].body) == ["b", "a"]
    assert outline.body["box"].mode == "sequential"


def test_a_fallback_and_a_compensation_stand_aside(node: Any) -> None:
    nodes = (node("a", fallback="plan_b", compensate="undo"), node("plan_b"), node("undo"), node("c"))
    outline = outline_of(Workflow(name="etl", graph=Graph(nodes=nodes)))
    assert [name for name, child in outline.body.items() if child.aside] == ["plan_b", "undo"]


def test_all_iterations_of_a_loop_share_one_outline_of_its_body(node: Any) -> None:
    outline = outline_of(Workflow(name="etl", graph=Graph(nodes=(node("load", "foreach", node("insert")),))))
    loop = outline.body["load"]
    assert loop.per_iteration() is loop.per_iteration()
    assert loop.per_iteration().type == ITERATION
    assert loop.per_iteration().body is loop.body


def test_an_end_node_says_how_its_scope_ends(node: Any) -> None:
    nodes = (node("stop", "end", status="failed"), node("done", "end"))
    outline = outline_of(Workflow(name="etl", graph=Graph(nodes=nodes)))
    assert outline.body["stop"].ends == "failed"
    assert outline.body["done"].ends == "completed"


def test_more_nodes_come_after_those_that_are_there(node: Any) -> None:
    outline = outline_of(Workflow(name="etl", graph=Graph(nodes=(node("a"),))))
    fill_outline(outline, Graph(nodes=(node("b", fallback="c"), node("c"), node("box", "container", node("d")))))
    assert list(outline.body) == ["a", "b", "c", "box"]
    assert (outline.body["c"].aside, list(outline.body["box"].body)) == (True, ["d"])
