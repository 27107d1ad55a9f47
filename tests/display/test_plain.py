from __future__ import annotations

import io
import os
from typing import Any

import pytest

from wflow.display.plain import Errors, Plain, Quiet
from wflow.display.printer import Printer
from wflow.engine.events import Fault


def _shown(display: Any, told: Any, stream: io.StringIO) -> list[str]:
    display.start(told.view)
    for event in told.events:
        display.event(event, told.view)
    display.tick(told.view, told.now)
    display.finish(told.view)
    return [line[9:] if line[2:3] == ":" else line for line in stream.getvalue().splitlines()]


def _story(node: Any, story: Any, *, good: bool) -> Any:
    told = story(node("a"), node("b"))
    told.begin()
    told.start("a")
    told.complete("a")
    told.start("b")
    if good:
        told.complete("b")
        told.finish()
    else:
        told.fail("b")
        told.finish("failed", Fault("b", "ValueError", "bad row"))
    return told


def test_plain_has_a_line_for_every_event_and_ends_with_how_to_go_on(node: Any, story: Any) -> None:
    stream = io.StringIO()
    lines = _shown(Plain(Printer(stream), lambda address: f"/logs/{address}"), _story(node, story, good=False), stream)
    assert lines == [
        "● etl started as 20261123-120304-000-k3f9",
        "● a started",
        "✓ a completed in 0ms",
        "● b started",
        "✗ b failed, in 0ms: ValueError: bad row",
        "✗ etl failed in 0ms: ValueError: bad row",
        "etl failed at b: ValueError: bad row",
        "  its log: /logs/b",
        "  continue with: wflow resume 20261123-120304-000-k3f9",
    ]


def test_errors_has_failures_only(node: Any, story: Any) -> None:
    stream = io.StringIO()
    assert _shown(Errors(Printer(stream)), _story(node, story, good=False), stream) == [
        "✗ b failed, in 0ms: ValueError: bad row",
        "etl failed at b: ValueError: bad row",
        "  continue with: wflow resume 20261123-120304-000-k3f9",
    ]
    stream = io.StringIO()
    assert _shown(Errors(Printer(stream)), _story(node, story, good=True), stream) == []


def test_quiet_says_nothing_of_a_run_that_completes(node: Any, story: Any) -> None:
    stream = io.StringIO()
    quiet = Quiet(Printer(stream))
    quiet.note("a warning")
    assert _shown(quiet, _story(node, story, good=True), stream) == []
    assert _shown(Quiet(Printer(stream)), _story(node, story, good=False), stream) == [
        "etl failed at b: ValueError: bad row",
        "  continue with: wflow resume 20261123-120304-000-k3f9",
    ]


def test_progress_has_a_line_every_ten_percent(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    for percent in range(101):
        told.report("a", percent)
    told.complete("a")
    stream = io.StringIO()
    lines = _shown(Plain(Printer(stream)), told, stream)
    assert [line for line in lines if "%" in line] == [f"● a {percent}%" for percent in range(10, 101, 10)]


def test_a_note_is_one_safe_line() -> None:
    stream = io.StringIO()
    Plain(Printer(stream)).note("the file\x1b[2J\nis odd")
    assert stream.getvalue() == "note: the file\\nis odd\n"


@pytest.mark.parametrize("kind", [Plain, Errors])
def test_a_reader_that_left_does_not_stop_the_run(node: Any, story: Any, kind: type[Plain]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        told = _story(node, story, good=False)
        display = kind(Printer(stream))
        display.start(told.view)
        for _ in range(3):
            for event in told.events:
                display.event(event, told.view)
            display.tick(told.view, told.now)
        display.finish(told.view)
