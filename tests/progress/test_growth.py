from __future__ import annotations

from typing import Any


def test_every_node_of_the_definition_has_a_row_before_it_runs(node: Any, story: Any) -> None:
    told = story(node("a"), node("box", "container", node("b")), node("load", "foreach", node("insert")))
    assert set(told.view.rows) == {"", "a", "box", "box/b", "load"}
    assert told.view.counts["pending"] == 4


def test_an_iteration_brings_all_of_its_nodes(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("a"), node("box", "container", node("b"))))
    told.begin()
    told.start("load", "foreach", items=2)
    told.start("load[0]/box/b")
    assert told.view.counts["pending"] == 2
    assert [row.address for row in told.view.rows.values()] == [
        "",
        "load",
        "load[0]",
        "load[0]/a",
        "load[0]/box",
        "load[0]/box/b",
    ]


def test_keys_of_any_shape_find_their_loop(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")))
    told.begin()
    for key in ("a b", "x/y", "[z]", "ü", "1"):
        told.start(f"load[{key}]/insert")
    assert list(told.view.rows["load"].tally.children) == ["a b", "x/y", "[z]", "ü", "1"]


def test_the_nodes_of_a_subflow_come_as_they_show_themselves(node: Any, story: Any) -> None:
    told = story(node("child", "subflow", file="child.yaml"), node("after"))
    told.begin()
    told.start("child", "subflow")
    told.start("child/fetch", "shell")
    told.complete("child/fetch", "shell")
    told.start("child/each", "foreach", items=2)
    told.start("child/each[0]/x")
    told.complete("child/each[0]/x")
    rows = told.view.rows
    assert [row.address for row in rows["child"].children] == ["child/fetch", "child/each"]
    assert rows["child/fetch"].type == "shell"
    assert rows["child/each"].progress() == 0.5
    assert told.view.counts["completed"] == 2
    assert told.view.counts["pending"] == 1


def test_a_row_made_on_demand_has_the_type_that_its_event_says(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.skip("added")
    assert told.view.rows["added"].type == "python"
    assert told.view.counts["skipped"] == 1
