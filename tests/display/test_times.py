from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from wflow.display.times import clock, moment, span


@pytest.fixture(params=["UTC", "Asia/Tokyo"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0ms"),
        (-1.0, "0ms"),
        (0.503, "503ms"),
        (0.9994, "999ms"),
        (0.9996, "1.0s"),
        (8.94, "8.9s"),
        (59.94, "59.9s"),
        (59.96, "1m 00s"),
        (65.0, "1m 05s"),
        (3599.6, "1h 00m"),
        (7380.0, "2h 03m"),
        (273_600.0, "3d 04h"),
    ],
)
def test_spans_are_short_at_every_size(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_times_are_local(zone: str) -> None:
    hour = {"UTC": "12", "Asia/Tokyo": "21"}[zone]
    assert clock(1_795_435_384.9) == f"{hour}:03:04"
    assert moment(1_795_435_384.9) == f"2026-11-23 {hour}:03:04"
