"""`wflow.policy.trigger`: once for each due time, and what is made up for."""

from __future__ import annotations

import pytest

from wflow.policy.trigger import triggering

#: Due every 600 seconds.
EVERY = 600.0


def latest(moment: float) -> float:
    return moment - moment % EVERY


def following(moment: float) -> float:
    return latest(moment) + EVERY


@pytest.mark.parametrize(
    ("catch_up", "window", "last", "now", "due"),
    [
        ("none", None, 6000.0, 6600.5, 6600.0),
        ("none", None, 6000.0, 6599.0, None),
        ("none", None, 6600.0, 6601.0, None),
        ("none", None, 6000.0, 6661.0, None),
        ("latest", None, 6000.0, 9000.0, 9000.0),
        ("latest", None, 6000.0, 9599.0, 9000.0),
        ("latest", 100.0, 6000.0, 9599.0, None),
        ("latest", 600.0, 6000.0, 9599.0, 9000.0),
        ("all", None, 6000.0, 9599.0, 6600.0),
        ("all", 1000.0, 6000.0, 9599.0, 9000.0),
        ("all", None, 9000.0, 9599.0, None),
        ("none", None, None, 6600.5, 6600.0),
        ("none", None, None, 6661.0, None),
        ("latest", None, None, 6999.0, None),
    ],
)
def test_what_triggers(catch_up: str, window: float | None, last: float | None, now: float, due: float | None) -> None:
    told = triggering(last, now, latest_until=latest, next_after=following, catch_up=catch_up, window=window)
    assert told.due == due


def test_a_first_look_on_start_triggers_at_once() -> None:
    told = triggering(None, 6123.0, latest_until=latest, next_after=following, on_start=True)
    assert told == (6123.0, 6123.0)


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_a_clock_that_goes_back_and_forth_never_triggers_twice_for_one_due_time(catch_up: str) -> None:
    last: float | None = 6000.0
    fired = []
    for now in (6601, 6603, 6010, 6590, 6602, 7201, 6605, 7199, 7202, 1000, 7801):
        told = triggering(last, float(now), latest_until=latest, next_after=following, catch_up=catch_up)
        last = told.last
        if told.due is not None:
            fired.append(told.due)
    assert fired == [6600, 7200, 7800]
