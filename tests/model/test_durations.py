from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.model.durations import LONGEST, format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("1.5s", 1.5),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        (0, 0),
        (90, 90),
        (0.5, 0.5),
    ],
)
def test_a_duration_is_read_as_seconds(written: str | float, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["", "5", "5 m", "-5s", "1h30m", "5min", "1e3s", "٣s", "s", -1, math.nan, math.inf, 10**400, "99999999d"]
)
def test_anything_else_is_refused_in_one_sentence(written: str | float) -> None:
    with pytest.raises(ValueError, match="duration") as refused:
        parse_duration(written)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("written", [True, None, [], {}])
def test_what_is_neither_text_nor_number_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (-1, "0ms"),
        (0.503, "503ms"),
        (0.9996, "1.0s"),
        (1.7, "1.7s"),
        (59.96, "1m00s"),
        (125, "2m05s"),
        (3599.6, "1h00m"),
        (3720, "1h02m"),
        (86399, "23h59m"),
        (273600, "3d04h"),
    ],
)
def test_a_duration_is_written_shortly(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.floats(min_value=0, max_value=LONGEST))
def test_every_duration_can_be_written(seconds: float) -> None:
    assert 3 <= len(format_duration(seconds)) <= 12
