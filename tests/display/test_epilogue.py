from __future__ import annotations

from typing import Any

import pytest

from wflow.display.epilogue import epilogue, epilogue_of, first_fault
from wflow.engine.events import Fault

RUN = "20261123-120304-000-k3f9"


def _failed(node: Any, story: Any, fault: Fault | None, **more: Any) -> Any:
    told = story(node("a"), node("b"))
    told.begin()
    told.fail("a", "first")
    told.fail("b", "second")
    told.finish("failed", fault, **more)
    return told.view


def test_a_failed_run_names_its_failure_its_log_and_how_to_go_on(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("load[17]/insert", "ValueError", "bad\x1b[31m row\nat line 3"))
    assert epilogue(view, RUN, "/runs/logs/insert-1.err") == [
        "etl failed at load[17]/insert: ValueError: bad row\\nat line 3",
        "  its log: /runs/logs/insert-1.err",
        f"  continue with: wflow resume {RUN}",
    ]


def test_without_an_error_of_the_run_it_is_the_first_that_nothing_handled(node: Any, story: Any) -> None:
    view = _failed(node, story, None)
    assert first_fault(view) == view.rows["a"].error
    assert epilogue(view, RUN, None)[0] == "etl failed at a: ValueError: first"


def test_a_run_out_of_time_says_so(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("", "TimeoutError", "the run timed out after 600 s"), timed_out=True)
    assert epilogue(view, RUN, None) == [
        "etl timed out: TimeoutError: the run timed out after 600 s",
        f"  continue with: wflow resume {RUN}",
    ]


@pytest.mark.parametrize("status", ["completed", "running"])
def test_there_is_nothing_to_say_of_a_run_that_completed_or_still_runs(node: Any, story: Any, status: str) -> None:
    told = story(node("a"))
    told.begin()
    if status == "completed":
        told.finish()
    assert epilogue(told.view, RUN, None) == []


def test_a_paused_and_a_cancelled_run_say_how_to_go_on(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.pause()
    assert epilogue(told.view, RUN, None) == ["etl is paused", f"  continue with: wflow resume {RUN}"]
    told.resume()
    told.finish("cancelled")
    assert epilogue(told.view, RUN, None)[0] == "etl cancelled"


def test_the_log_is_looked_up_for_the_node_that_failed(node: Any, story: Any) -> None:
    view = _failed(node, story, Fault("a", "E", ""))
    assert epilogue_of(view, lambda address: f"/logs/{address}")[:2] == ["etl failed at a: E", "  its log: /logs/a"]
    assert epilogue_of(view, lambda address: None) == ["etl failed at a: E", f"  continue with: wflow resume {RUN}"]
    view = _failed(node, story, Fault("", "E", "m"))
    assert epilogue_of(view, lambda address: "never asked for") == epilogue_of(view, None)
