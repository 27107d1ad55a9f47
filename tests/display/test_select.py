from __future__ import annotations

from typing import Any

import pytest

from wflow.display.select import is_joined, select


def _addresses(told: Any, room: int | None) -> set[str]:
    return {row.address for row in select(told.view, room)}


def test_all_rows_are_shown_where_they_fit(node: Any, story: Any) -> None:
    told = story(node("a"), node("box", "container", node("b")))
    assert _addresses(told, 4) == {"", "a", "box", "box/b"}
    assert _addresses(told, None) == {"", "a", "box", "box/b"}
    assert select(told.view, 4).hidden == {}


def test_running_and_failed_rows_come_first_with_what_they_are_below(node: Any, story: Any) -> None:
    told = story(*[node(f"n{number}") for number in range(50)], node("box", "container", node("deep")))
    told.begin()
    for number in range(40):
        told.start(f"n{number}")
        told.complete(f"n{number}")
    told.start("n41")
    told.fail("n41")
    told.start("box", "container")
    told.start("box/deep")
    chosen = select(told.view, 6)
    assert {row.address for row in chosen} == {"", "n41", "box", "box/deep", "n0"}
    assert chosen.hidden == {"pending": 9, "completed": 39}
    assert [row.address for row in chosen.below(told.view.root)] == ["n0", "n41", "box"]


def test_failures_take_half_of_the_room_at_most(node: Any, story: Any) -> None:
    told = story(*[node(f"n{number}") for number in range(100)])
    told.begin()
    for number in range(90):
        told.start(f"n{number}")
        told.fail(f"n{number}")
    for number in range(90, 100):
        told.start(f"n{number}")
    shown = _addresses(told, 12)
    assert sum(told.view.rows[address].status == "failed" for address in shown) == 5
    assert sum(told.view.rows[address].status == "running" for address in shown if address) == 5


def test_of_a_loop_the_last_iterations_are_shown(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")), node("after"))
    told.begin()
    told.start("load", "foreach", items=200)
    told.iterations("load", range(200))
    shown = _addresses(told, 8)
    assert {"load[199]/insert", "load[198]/insert", "after"} <= shown
    assert "load[0]/insert" not in shown
    assert select(told.view, 8).lines == 7


def test_an_iteration_of_one_node_takes_no_line(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")), node("pair", "foreach", node("a"), node("b")))
    told.begin()
    told.start("load[0]/insert")
    told.start("pair[0]/a")
    assert is_joined(told.view.rows["load[0]"])
    assert not is_joined(told.view.rows["pair[0]"])
    assert select(told.view, 7).lines == 7
    assert select(told.view, 7).hidden == {}


@pytest.mark.parametrize("room", range(1, 30))
def test_never_more_lines_than_there_is_room_for(node: Any, story: Any, room: int) -> None:
    told = story(*[node(f"box{one}", "container", *[node(f"n{two}") for two in range(5)]) for one in range(5)])
    told.begin()
    for one in range(3):
        told.start(f"box{one}", "container")
        told.start(f"box{one}/n0")
    told.fail("box0/n0")
    chosen = select(told.view, room)
    assert chosen.lines <= max(1, room - 1)
    assert sum(chosen.hidden.values()) == 30 - (chosen.lines - 1)
