"""Answers to timers: what came due, from what is shared by all runs of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from wflow.clock import Clock
from wflow.engine.commands import AskTimer
from wflow.engine.stimuli import Answered
from wflow.errors import WflowError
from wflow.policy.trigger import triggering
from wflow.store.interface import Shared

__all__ = ["Timers"]


class Timers:
    """Answers the engine's `AskTimer` for one run. Looking and remembering is one transaction: of many runs that start
    in one minute, one gets the trigger."""

    def __init__(self, shared: Shared, run_id: str, clock: Clock) -> None:
        self._shared = shared
        self._run_id = run_id
        self._clock = clock

    def __call__(self, command: AskTimer) -> Answered:
        """Look whether the timer is due. A schedule that is none, or shared state that cannot be read, is an answer."""
        now = self._clock.now()
        try:
            return Answered(now, command.activation, self._look(command, now), "")
        except WflowError as error:
            return Answered(now, command.activation, {}, error.message)
        except (ValueError, KeyError) as error:
            return Answered(now, command.activation, {}, f"the schedule cannot be read: {error}")

    def _look(self, command: AskTimer, now: float) -> dict[str, Any]:
        settings = command.settings
        schedule = _schedule(settings)
        key = f"timer:{command.file}:{command.address}"
        asked_by = f"{self._run_id}/{command.activation}"
        with self._shared.transact():
            known = self._shared.get(key) or {}
            if known.get("by") == asked_by:
                # This very activation got its answer and died before it was recorded.
                output: dict[str, Any] = known["output"]
                return output
            told = triggering(
                known.get("last"),
                now,
                latest_until=schedule.latest_until,
                next_after=schedule.next_after,
                on_start=bool(settings.get("trigger_on_start", False)),
                catch_up=str(settings.get("catch_up", "none")),
                window=settings.get("window"),
            )
            output = {
                "triggered": told.due is not None,
                "trigger_time": _iso(told.due),
                "next_trigger_time": _iso(schedule.next_after(now)),
                "schedule": schedule.expression,
            }
            self._shared.put(key, {"last": told.last, "by": asked_by, "output": output})
        return output


def _schedule(settings: dict[str, Any]) -> Any:
    from wflow.triggers.due import Schedule

    return Schedule(
        str(settings["schedule"]),
        str(settings.get("timezone", "UTC")),
        str(settings.get("skipped_hour", "shift")),
        str(settings.get("doubled_hour", "first")),
    )


def _iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
