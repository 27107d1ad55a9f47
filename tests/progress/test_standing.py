from __future__ import annotations

from typing import Any

from wflow.progress import standing


def test_a_node_of_a_loop_stands_as_the_most_telling_of_its_rows(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert"), node("check")), node("after"))
    told.begin()
    told.start("load", "foreach", items=3)
    told.start("load[0]/insert")
    told.complete("load[0]/insert")
    told.start("load[1]/insert")
    told.fail("load[1]/insert")
    told.start("load[2]/insert")
    told.complete("load[2]/insert")
    told.start("load[2]/check")
    assert standing(told.view) == {
        "load": "running",
        "load/insert": "failed",
        "load/check": "running",
        "after": "pending",
    }


def test_iterations_without_rows_are_told_of_too(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")), rows_kept=4)
    told.begin()
    told.start("load", "foreach", items=50)
    told.start("load[0]/insert")
    told.cancel("load[0]/insert")
    told.iterations("load", range(1, 50))
    assert standing(told.view)["load/insert"] == "cancelled"
