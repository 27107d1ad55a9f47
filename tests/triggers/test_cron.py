from __future__ import annotations

import pytest

from wflow.triggers.cron import is_zone, schedule_fault


@pytest.mark.parametrize("schedule", ["* * * * *", "30 6 * * MON-FRI", "*/5 0-6 1,15 * *", "0 0 29 2 *", "0 0 * * 7"])
def test_a_cron_expression_is_accepted(schedule: str) -> None:
    assert schedule_fault(schedule) is None


@pytest.mark.parametrize("schedule", ["", "61 * * * *", "0 0 31 2 *", "daily", "* * * *", "a b c d e", "* " * 600])
def test_anything_else_is_not(schedule: str) -> None:
    fault = schedule_fault(schedule)
    assert fault is not None
    assert "cron expression" in fault


def test_time_zones_are_those_of_the_database() -> None:
    assert is_zone("Europe/Berlin")
    assert is_zone("UTC")
    for name in ("Europe/Berlim", "../../etc/passwd", "/etc/localtime", "", "a\0b", "x" * 500):
        assert not is_zone(name)
