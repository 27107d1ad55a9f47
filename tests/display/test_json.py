from __future__ import annotations

import io
import json
from typing import Any

import pytest

from wflow.display.json import JsonLines
from wflow.display.printer import Printer
from wflow.engine.values import Stored
from wflow.errors import JournalDamaged


def _lines(told: Any) -> tuple[list[dict[str, Any]], str]:
    out, errors = io.StringIO(), io.StringIO()
    display = JsonLines(Printer(out), Printer(errors))
    display.start(story_start(told))
    for event in told.events:
        display.event(event, told.view)
    display.tick(told.view, told.now)
    display.finish(told.view)
    assert out.getvalue().isascii()
    return [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue()


def story_start(told: Any) -> Any:
    return type(told)().view


def test_each_line_is_an_event_and_the_last_is_the_end(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    told.complete("a", output={"text": "é\x1b[2J\x7f", "n": [1, None, True]})
    told.finish(outputs={"rows": 3})
    lines, errors = _lines(told)
    assert [line["event"] for line in lines] == ["run_started", "node_started", "node_completed", "run_finished"]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert lines[2]["output"] == {"text": "é\x1b[2J\x7f", "n": [1, None, True]}
    assert (lines[3]["status"], lines[3]["outputs"], lines[3]["error"]) == ("completed", {"rows": 3}, None)
    assert errors == ""


def test_no_terminal_acts_on_what_an_output_holds(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.complete("a", output={"x": "\x1b[2J\x7f\x9b\u202e"})
    out = io.StringIO()
    display = JsonLines(Printer(out), Printer(io.StringIO()))
    display.event(told.events[-1], told.view)
    assert out.getvalue()[:-1].isprintable()


def test_numbers_go_on_after_a_resume(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.pause()
    out = io.StringIO()
    display = JsonLines(Printer(out), Printer(io.StringIO()))
    display.start(told.view)
    told.resume()
    display.event(told.events[-1], told.view)
    assert json.loads(out.getvalue())["seq"] == 3


def test_an_output_that_cannot_be_read_leaves_the_line_without_it(node: Any, story: Any) -> None:
    def load(digest: str) -> dict[str, Any]:
        raise JournalDamaged("its file is gone", position=3, lost="an output")

    told = story(node("a"))
    told.begin()
    told.complete("a", output=Stored("abc", 40_000, load))
    lines, errors = _lines(told)
    assert lines[1]["output"] is None
    assert errors == "note: the output of event 2 cannot be read: its file is gone\n"


@pytest.mark.parametrize("text", ["odd\nthing", "plain"])
def test_notes_go_where_errors_go(text: str) -> None:
    out, errors = io.StringIO(), io.StringIO()
    JsonLines(Printer(out), Printer(errors)).note(text)
    assert out.getvalue() == ""
    assert len(errors.getvalue().splitlines()) == 1
