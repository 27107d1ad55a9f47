"""`wflow.display.breakers`: a line for each, aligned and safe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from wflow.display.breakers import NO_BREAKERS, breakers_text
from wflow.display.marks import ASCII


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def breaker(name: str, **more: Any) -> dict[str, Any]:
    told = {"name": name, "state": "closed", "failures": 1, "calls": 10, "open_until": None}
    return {**told, "changed_at": "2026-11-23T12:00:00.250000Z", **more}


def test_each_has_a_line() -> None:
    opened = breaker("db", state="open", failures=10, open_until="2026-11-23T12:00:30.250000Z")
    assert breakers_text([breaker("payments-api"), opened]).splitlines() == [
        "BREAKER       STATE   FAILED  OPEN UNTIL           CHANGED",
        "payments-api  closed    1/10  -                    2026-11-23 12:00:00",
        "db            open     10/10  2026-11-23 12:00:30  2026-11-23 12:00:00",
    ]


def test_where_there_is_none_it_says_so() -> None:
    assert breakers_text([]) == NO_BREAKERS


def test_a_name_from_elsewhere_is_harmless_and_cut() -> None:
    (_, line) = breakers_text([breaker("a\x1b[31mb\n" + "c" * 500)], ASCII).splitlines()
    assert "\x1b" not in line
    assert line.split()[0].endswith("...")
    assert len(line) < 200
