from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from wflow.display.marks import ASCII
from wflow.display.table import NO_RUNS, render_table, table_text

NOON = 1_795_435_384.0


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


RUNS: list[dict[str, Any]] = [
    {
        "id": "20261123-120304-000-k3f9",
        "workflow": "etl",
        "status": "completed",
        "started_at": "2026-11-23T12:03:04.000000Z",
        "ended_at": "2026-11-23T12:03:12.900000Z",
        "progress": 1.0,
    },
    {
        "id": "short",
        "workflow": "weather-etl",
        "status": "running",
        "started_at": "2026-11-23T12:03:00.000000Z",
        "ended_at": None,
        "progress": 0.625,
    },
    {"id": "torn", "status": "damaged", "started_at": "yesterday\x1b[2J"},
]


def test_runs_are_in_aligned_columns() -> None:
    assert table_text(RUNS, NOON).splitlines() == [
        "ID                        WORKFLOW     STATUS       STARTED              DURATION  PROGRESS",
        "20261123-120304-000-k3f9  etl          ✓ completed  2026-11-23 12:03:04      8.9s      100%",
        "short                     weather-etl  ● running    2026-11-23 12:03:00      4.0s       62%",
        "torn                      -            ✗ damaged    -                           -         -",
    ]


def test_ascii_marks_where_nothing_else_can_be_written() -> None:
    assert table_text(RUNS, NOON, ASCII).isascii()


def test_no_runs_say_how_to_start_one() -> None:
    assert table_text([], NOON) == NO_RUNS
    assert render_table([], NOON) == NO_RUNS
    assert "wflow run" in NO_RUNS


def test_a_terminal_gets_the_same_cells() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=120, force_terminal=False)
    console.print(render_table(RUNS, NOON))
    shown = [line.split() for line in stream.getvalue().splitlines()]
    assert shown == [line.split() for line in table_text(RUNS, NOON).splitlines()]


@pytest.mark.parametrize("make", [table_text, render_table])
def test_what_a_damaged_index_holds_cannot_break_the_table(make: Any) -> None:
    odd = {"id": "\x1b[2J[/x]\n", "workflow": ["[bold]"], "status": 7, "started_at": 3, "progress": "all"}
    stream = io.StringIO()
    Console(file=stream, width=120, force_terminal=True, markup=False, highlight=False).print(make([odd], NOON))
    assert "\x1b[2J" not in stream.getvalue()
    assert "[/x]" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 2
