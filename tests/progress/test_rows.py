from __future__ import annotations

from typing import Any

import pytest

from wflow.progress.rows import subtree


def test_a_scope_is_as_far_as_its_nodes_are(node: Any, story: Any) -> None:
    told = story(node("box", "container", node("a"), node("b"), node("c"), node("d")))
    told.begin()
    told.start("box", "container")
    told.start("box/a")
    told.complete("box/a")
    told.start("box/b")
    told.report("box/b", 50)
    told.skip("box/c")
    assert told.view.rows["box"].progress() == pytest.approx(2.5 / 4)
    assert told.view.progress() == pytest.approx(2.5 / 4)


def test_a_foreach_is_as_far_as_its_items(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")))
    told.begin()
    told.start("load", "foreach", items=10)
    told.iterations("load", range(4))
    told.start("load[4]/insert")
    told.report("load[4]/insert", 50)
    assert told.view.rows["load"].progress() == pytest.approx(0.45)


def test_nobody_can_tell_how_far_a_while_is(node: Any, story: Any) -> None:
    told = story(node("poll", "while", node("ask")))
    told.begin()
    told.start("poll", "while")
    told.iterations("poll", range(3), "ask")
    assert told.view.rows["poll"].progress() is None
    assert told.view.progress() == 0.0
    told.complete("poll", "while")
    assert told.view.rows["poll"].progress() == 1.0


@pytest.mark.parametrize(("mode", "shown"), [("graph", "P"), ("parallel", "P"), ("sequential", "S")])
def test_a_container_is_parallel_by_its_mode_or_when_two_nodes_ran_at_once(
    node: Any, story: Any, mode: str, shown: str
) -> None:
    told = story(node("box", "container", node("a"), node("b"), mode=mode))
    told.begin()
    told.start("box", "container")
    assert told.view.rows["box"].mode == ("P" if mode == "parallel" else "S")
    told.start("box/a")
    told.start("box/b")
    told.complete("box/a")
    told.complete("box/b")
    assert told.view.rows["box"].mode == shown
    assert told.view.rows["box/a"].mode == ""


def test_a_duration_is_known_once_there_are_a_start_and_an_end(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    assert told.view.rows["a"].duration is None
    told.at = 1.5
    told.complete("a")
    assert told.view.rows["a"].duration == 1.5


def test_the_subtree_is_in_the_order_of_the_file_without_what_stands_aside(node: Any, story: Any) -> None:
    told = story(node("b", "container", node("y", compensate="undo"), node("undo"), node("x")), node("a"))
    told.begin()
    assert [row.address for row in subtree(told.view.root)] == ["", "b", "b/y", "b/x", "a"]
    told.start("b/undo")
    assert [row.address for row in subtree(told.view.root)] == ["", "b", "b/y", "b/undo", "b/x", "a"]


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        (["complete", "complete"], "completed"),
        (["complete", "fail"], "failed"),
        (["complete", "handled"], "completed"),
        (["cancel", "fail"], "failed"),
        (["complete", "cancel"], "cancelled"),
        (["complete", "skip"], "completed"),
    ],
)
def test_an_iteration_ended_as_its_nodes_did(node: Any, story: Any, ends: list[str], outcome: str) -> None:
    told = story(node("load", "foreach", node("a"), node("b")))
    told.begin()
    told.start("load", "foreach", items=1)
    for name, end in zip("ab", ends, strict=True):
        address = f"load[0]/{name}"
        told.start(address)
        if end == "handled":
            told.fail(address, handled=True)
        else:
            getattr(told, end)(address)
    assert told.view.rows["load[0]"].status == outcome


def test_an_end_node_decides_how_its_iteration_ended(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("a"), node("stop", "end", status="completed")))
    told.begin()
    told.start("load", "foreach", items=1)
    told.start("load[0]/a")
    told.complete("load[0]/stop", "end")
    told.cancel("load[0]/a")
    assert told.view.rows["load[0]"].status == "completed"
