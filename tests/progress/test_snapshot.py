from __future__ import annotations

import json
from typing import Any

import pytest

from wflow.engine.events import Fault
from wflow.progress import status_json
from wflow.progress.snapshot import fault_data, fault_of
from wflow.progress.view import View


def _busy(node: Any, story: Any) -> Any:
    told = story(
        node("a"),
        node("box", "container", node("b"), node("c"), mode="parallel"),
        node("load", "foreach", node("insert", compensate="undo"), node("undo")),
        node("child", "subflow", file="x.yaml"),
        rows_kept=30,
    )
    told.begin()
    told.start("a")
    told.at = 1.0
    told.fail("a", "bad\nrow")
    told.start("box", "container")
    told.start("box/b")
    told.retry("box/b", due=9.0)
    told.start("child", "subflow")
    told.start("child/inner", "shell")
    told.start("load", "foreach", items=200)
    told.iterations("load", range(100))
    told.at = 2.0
    told.pause()
    told.at = 8.0
    told.resume()
    told.start("load[100]/insert")
    return told


def test_a_view_comes_back_from_its_dump_as_it_was(node: Any, story: Any) -> None:
    told = _busy(node, story)
    back = View.restore(told.workflow, json.loads(json.dumps(told.view.dump())), rows_kept=30)
    assert back.dump() == told.view.dump()
    assert status_json(back) == status_json(told.view)
    assert [row.address for row in back.active] == [
        row.address for row in told.view.rows.values() if row in told.view.active
    ]
    assert back.run_time(told.now) == told.view.run_time(told.now)


def test_a_view_that_came_back_goes_on_as_the_first_would(node: Any, story: Any) -> None:
    told = _busy(node, story)
    back = View.restore(told.workflow, json.loads(json.dumps(told.view.dump())), rows_kept=30)
    seen = len(told.events)
    told.complete("load[100]/insert")
    told.iterations("load", range(101, 200))
    told.start("load[3]/undo")
    told.complete("load[3]/undo")
    told.complete("child/inner", "shell")
    told.finish()
    for event in told.events[seen:]:
        back.apply(event)
    assert back.counts == told.view.counts
    assert back.seq == told.view.seq
    assert back.progress() == told.view.progress()
    assert len(back.rows) < 60


@pytest.mark.parametrize("data", [{}, {"rows": 1}])
def test_what_is_no_dump_is_refused(node: Any, story: Any, data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        View.restore(story(node("a")).workflow, data)


def test_an_error_is_kept_without_its_traceback() -> None:
    assert fault_of(fault_data(Fault("a", "E", "m", "Traceback"))) == Fault("a", "E", "m")
    assert fault_of(fault_data(None)) is None
