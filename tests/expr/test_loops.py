from typing import Any

import pytest

from wflow.expr.failures import Absent, Failure
from wflow.expr.frame import MOST_STEPS, Frame
from wflow.expr.loops import loop


def run(name: str, elements: Any, body: Any, *, weight: int = 1, builds: bool = False) -> Any:
    frame: Frame = ({}, 0.0, {}, None, [MOST_STEPS])
    step = loop(name, lambda _frame: elements, lambda inner: body(inner[3]), weight=weight, builds=builds)
    return step(frame)


def test_each_loop_gives_what_its_name_says() -> None:
    assert run("where", [1, 2, 3], lambda it: it > 1) == [2, 3]
    assert run("map", [1, 2], lambda it: it * 2) == [2, 4]
    assert run("sort", [1, 3, 2], lambda it: -it) == [3, 2, 1]
    assert run("any", [1, 2], lambda it: it == 2) is True
    assert run("all", [1, 2], lambda it: it == 2) is False
    assert run("map", range(3), lambda it: it) == [0, 1, 2]
    assert run("map", [2], range, builds=True) == [[0, 1]]


def test_any_and_all_stop_at_the_first_that_decides() -> None:
    seen: list[int] = []

    def look(it: int) -> bool:
        seen.append(it)
        return it == 1

    assert run("any", [0, 1, 2, 3], look)
    assert seen == [0, 1]
    seen.clear()
    assert not run("all", [1, 0, 1], look)
    assert seen == [1, 0]


def test_what_takes_too_many_steps_is_refused_before_the_first() -> None:
    def never(_it: int) -> bool:
        raise AssertionError

    with pytest.raises(Failure, match="steps"):
        run("any", range(10**9), never)
    with pytest.raises(Failure, match="steps"):
        run("where", [0] * 1000, never, weight=MOST_STEPS // 500)
    with pytest.raises(Failure, match="524,288"):
        run("where", range(10**6), never)


def test_loops_go_over_lists_only() -> None:
    with pytest.raises(Failure, match="`map` takes a list, this is a mapping"):
        run("map", {"a": 1}, lambda it: it)
    with pytest.raises(Absent, match="`where` takes a list, this is null"):
        run("where", None, lambda it: it)
