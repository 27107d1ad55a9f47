from __future__ import annotations

from typing import Any

import pytest

from wflow.importing.durations import seconds_of, written_duration
from wflow.model.durations import parse_duration


@pytest.mark.parametrize(
    ("value", "seconds", "written"),
    [
        ("00:00:30", 30.0, "30s"),
        ("00:05:00", 300.0, "5m"),
        ("1.02:00:00", 93_600.0, "26h"),
        ("2.00:00:00", 172_800.0, "2d"),
        ("00:00:01.5", 1.5, "1500ms"),
        ("00:00:00.0000001", 1e-7, "1ms"),
        ("01:30", 5400.0, "90m"),
        (45, 45.0, "45s"),
        (0.25, 0.25, "250ms"),
        ("90", 90.0, "90s"),
        ("30s", 30.0, "30s"),
        ("00:00:00", 0.0, "0s"),
        ("10675199.02:48:05.4775807", 1e10, "10000000000s"),
        (10**400, 1e10, "10000000000s"),
    ],
)
def test_a_span_is_carried_whole(value: Any, seconds: float, written: str) -> None:
    assert seconds_of(value) == pytest.approx(seconds)
    assert written_duration(seconds) == written
    assert parse_duration(written) == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("value", ["soon", "", -1, "-00:00:05", True, None, [], float("inf"), "99999:00:00"])
def test_what_is_no_span_is_none(value: Any) -> None:
    assert seconds_of(value) is None
