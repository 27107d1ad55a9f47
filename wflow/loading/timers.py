"""Schedules and time zones of timers."""

from __future__ import annotations

from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import plenty
from wflow.model.walk import all_nodes
from wflow.model.workflow import Workflow
from wflow.triggers.cron import is_zone, schedule_fault

__all__ = ["check_timers"]

_FIELDS = "write minute, hour, day, month and weekday, such as `30 6 * * MON-FRI`"


def check_timers(workflow: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report schedules that are no cron expressions or that never come due, and time zones that there are not."""
    for node in all_nodes(workflow.graph):
        if plenty(diagnostics):
            return
        if node.type != "timer":
            continue
        schedule = node.settings.get("schedule")
        fault = schedule_fault(schedule) if isinstance(schedule, str) and "${{" not in schedule else None
        if fault is not None:
            path = (*node.path, "schedule")
            message = f"`{str(schedule)[:60]}` {fault}"
            diagnostics.append(Diagnostic(code="bad-schedule", message=message, path=path, cure=_FIELDS))
        zone = node.settings.get("timezone")
        if isinstance(zone, str) and "${{" not in zone and not is_zone(zone):
            path = (*node.path, "timezone")
            message = f"there is no time zone `{zone[:60]}`"
            cure = "write it as `Europe/Berlin`"
            diagnostics.append(Diagnostic(code="bad-timezone", message=message, path=path, cure=cure))
