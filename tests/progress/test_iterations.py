from __future__ import annotations

from typing import Any

import pytest

from wflow.progress.iterations import seen_before, take_back
from wflow.progress.outline import Outline
from wflow.progress.rows import Tally


def _loop(node: Any, story: Any, items: int, kept: int = 40) -> Any:
    told = story(node("load", "foreach", node("insert", compensate="undo"), node("undo")), rows_kept=kept)
    told.begin()
    told.start("load", "foreach", items=items)
    return told


def test_a_long_loop_keeps_few_rows_and_exact_counts(node: Any, story: Any) -> None:
    told = _loop(node, story, 20_000)
    told.iterations("load", range(20_000))
    assert len(told.view.rows) < 60
    assert told.view.counts["completed"] == 20_000
    assert told.view.counts["pending"] == 0
    assert told.view.rows["load"].progress() == 1.0
    assert "load[19999]/insert" in told.view.rows
    assert "load[0]/insert" not in told.view.rows


def test_what_runs_is_kept_however_old(node: Any, story: Any) -> None:
    told = _loop(node, story, 1_000)
    told.start("load[0]/insert")
    told.iterations("load", range(1, 1_000))
    assert told.view.rows["load[0]/insert"].status == "running"
    assert told.view.counts["running"] == 2


def test_the_first_failures_are_kept_among_many(node: Any, story: Any) -> None:
    told = _loop(node, story, 2_000)
    for number in range(2_000):
        address = f"load[{number}]/insert"
        told.start(address)
        if number % 2:
            told.fail(address)
        else:
            told.complete(address)
    assert "load[1]/insert" in told.view.rows
    assert len(told.view.rows) < 60
    assert len(told.view.failed) < 60
    assert told.view.counts["failed"] == 1_000


def test_an_iteration_that_was_let_go_and_is_undone_counts_once(node: Any, story: Any) -> None:
    told = _loop(node, story, 1_000)
    told.iterations("load", range(1_000))
    told.start("load[3]/undo")
    told.complete("load[3]/undo")
    assert told.view.rows["load[3]/insert"].status == "completed"
    assert told.view.counts["completed"] == 1_001
    assert told.view.counts["pending"] == 0
    assert told.view.rows["load"].progress() == 1.0


def test_an_iteration_that_was_let_go_and_runs_again_counts_once(node: Any, story: Any) -> None:
    told = _loop(node, story, 400)
    for number in range(400):
        told.start(f"load[{number}]/insert")
        told.fail(f"load[{number}]/insert")
    told.fail("load", type="foreach")
    told.finish("failed")
    told.resume()
    told.start("load", "foreach", number=2, items=400)
    told.iterations("load", range(400))
    counts = told.view.counts
    assert (counts["completed"], counts["failed"], counts["pending"]) == (400, 0, 0)


def test_a_loop_that_starts_anew_has_all_its_iterations_before_it(node: Any, story: Any) -> None:
    told = _loop(node, story, 300)
    told.iterations("load", range(300))
    told.complete("load", "foreach")
    told.start("load", "foreach", number=2, items=300)
    assert told.view.rows["load"].progress() == 0.0
    told.iterations("load", range(150))
    assert told.view.rows["load"].progress() == pytest.approx(0.5)
    told.iterations("load", range(150, 300))
    told.complete("load", "foreach", number=2)
    assert told.view.counts["completed"] == 301
    assert told.view.counts["pending"] == 0


def test_nested_loops_are_let_go_with_what_is_around_them(node: Any, story: Any) -> None:
    told = story(node("outer", "foreach", node("inner", "foreach", node("x"))), rows_kept=50)
    told.begin()
    told.start("outer", "foreach", items=200)
    for number in range(200):
        told.start(f"outer[{number}]/inner", "foreach", items=5)
        told.iterations(f"outer[{number}]/inner", range(5), "x")
        told.complete(f"outer[{number}]/inner", "foreach")
    assert len(told.view.rows) < 80
    assert told.view.iterations.count == len(told.view.rows) - 2
    assert told.view.counts["completed"] == 200 * 6


def test_an_index_not_above_the_highest_was_there_before() -> None:
    tally = Tally()
    tally.items, tally.made, tally.highest, tally.folded = 10, 6, 5, 3
    assert seen_before(tally, "5")
    assert not seen_before(tally, "6")
    assert not seen_before(tally, "some-key")
    tally.made = 10
    assert seen_before(tally, "some-key")
    tally.folded = 0
    assert not seen_before(tally, "5")


def test_what_is_undone_was_completed_and_what_runs_again_was_not() -> None:
    outline = Outline("insert", "python")
    outline.folded = {"completed": 2, "failed": 1}
    assert take_back(outline, undone=True) == "completed"
    assert take_back(outline, undone=False) == "failed"
    assert take_back(outline, undone=False) == "completed"
    assert take_back(outline, undone=False) is None
