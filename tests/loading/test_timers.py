from __future__ import annotations

from wflow.loading.build import build
from wflow.loading.timers import check_timers
from wflow.model import Diagnostic


def test_schedules_and_zones_are_told_with_their_place() -> None:
    nodes = {
        "a": {"type": "timer", "schedule": "61 * * * *", "timezone": "Nowhere/Land"},
        "b": {"type": "timer", "schedule": "0 6 * * *", "timezone": "Europe/Berlin"},
        "c": {"type": "timer", "schedule": "${{ params.when }}", "timezone": "${{ params.where }}"},
    }
    diagnostics: list[Diagnostic] = []
    check_timers(build({"name": "w", "nodes": nodes}, []), diagnostics)
    assert [(found.code, found.path) for found in diagnostics] == [
        ("bad-schedule", ("nodes", "a", "schedule")),
        ("bad-timezone", ("nodes", "a", "timezone")),
    ]
