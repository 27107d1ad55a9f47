"""Timers: what came due, from what all runs of a file share.

Under ``timer:<file>:<address>`` in the shared state is an object: ``last``, the due time up to which runs have
triggered; ``started``, the one up to which `wflow schedule` has started runs; ``given``, who got the last triggers with
what answer, so that a run that died before it could record its own gets the same again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wflow.clock import Clock
from wflow.engine.commands import AskTimer
from wflow.engine.stimuli import Answered
from wflow.errors import UsageError, WflowError
from wflow.model.durations import parse_duration
from wflow.policy.trigger import FRESH, Triggering, triggering
from wflow.store.interface import Shared

if TYPE_CHECKING:
    from wflow.triggers.due import Schedule

__all__ = ["Rule", "Timers", "claim", "read_rule"]

#: Triggers of one timer whose answers are remembered: more than runs that can have died and are yet to be resumed, one
#: for each due time, before anybody looks after them.
_REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class Rule:
    """A timer, read: its schedule, and what becomes of due times that were missed (``window`` in seconds)."""

    schedule: Schedule
    on_start: bool = False
    catch_up: str = "none"
    window: float | None = None

    def look(self, last: float | None, now: float) -> Triggering:
        """What triggers at ``now`` where ``last`` was the last due time that did: see `wflow.policy.trigger`."""
        return triggering(
            last,
            now,
            latest_until=self.schedule.latest_until,
            next_after=self.schedule.next_after,
            on_start=self.on_start,
            catch_up=self.catch_up,
            window=self.window,
        )


def read_rule(settings: Mapping[str, Any], environ: Mapping[str, str]) -> Rule:
    """The rule that a timer's settings, every ``${{ }}`` in them evaluated, stand for.

    Without a ``timezone`` it is the machine's. Raises UsageError for a schedule, zone or window that is none.
    """
    from wflow.triggers.cron import schedule_fault
    from wflow.triggers.due import Schedule
    from wflow.triggers.zone import machine_zone, zone_named

    expression = str(settings["schedule"])
    fault = schedule_fault(expression)
    if fault is not None:
        raise UsageError(f"`{expression[:60]}` {fault}")
    zone = settings.get("timezone")
    window = settings.get("window")
    try:
        seconds = None if window is None else parse_duration(window)
    except ValueError as error:
        raise UsageError(f"the timer's window is wrong: {error}") from None
    return Rule(
        Schedule(
            expression,
            machine_zone(environ) if zone is None else zone_named(str(zone)),
            str(settings.get("skipped_hour", "shift")),
            str(settings.get("doubled_hour", "first")),
        ),
        bool(settings.get("trigger_on_start", False)),
        str(settings.get("catch_up", "none")),
        seconds,
    )


class Timers:
    """Answers the engine's `AskTimer` for one run. Looking and remembering is one transaction: of many runs that start
    in one minute, one gets the trigger; and that one gets the same answer again however often it asks.

    ``waited`` is how many seconds the run had to wait for its turn before it began: its timers look as if it had not.
    """

    def __init__(
        self,
        shared: Shared,
        run_id: str,
        clock: Clock,
        *,
        waited: float = 0.0,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._shared = shared
        self._run_id = run_id
        self._clock = clock
        self._waited = waited
        self._environ = environ

    def __call__(self, command: AskTimer) -> Answered:
        """Look whether the timer is due. A schedule that is none, or shared state that cannot be read, is an answer."""
        now = self._clock.now()
        try:
            rule = read_rule(command.settings, self._environ)
            output = self._look(command, rule, now - self._waited)
        except WflowError as error:
            return Answered(now, command.activation, {}, error.message)
        return Answered(now, command.activation, output, "")

    def _look(self, command: AskTimer, rule: Rule, now: float) -> dict[str, Any]:
        key = _key(command.file, command.address)
        asker = f"{self._run_id}/{command.address}"
        with self._shared.transact():
            known = self._shared.get(key) or {}
            given = known.get("given", [])
            for owner, output in given:
                if owner == asker:
                    return dict(output)
            told = rule.look(known.get("last"), now)
            answer = {
                "triggered": told.due is not None,
                "trigger_time": _iso(told.due),
                "next_trigger_time": _iso(rule.schedule.next_after(max(now, told.last))),
                "schedule": rule.schedule.expression,
            }
            if told.due is not None:
                given = [*given, [asker, answer]][-_REMEMBERED:]
            if told.last != known.get("last"):
                self._shared.put(key, {**known, "last": told.last, "given": given})
        return answer


def claim(shared: Shared, file: str, address: str, rule: Rule, now: float, *, missed: bool = True) -> float | None:
    """The due time for which a run of ``file`` is to be started now, None where there is none; whoever gets it is the
    only one. Without ``missed`` one that is no longer fresh is left for another time. The timer counts as looked at
    from here on. Raises StoreUnavailable.
    """
    key = _key(file, address)
    with shared.transact():
        known = shared.get(key) or {}
        last = max((known[name] for name in ("last", "started") if name in known), default=None)
        told = rule.look(last, now)
        due = told.due if missed or told.due is None or told.due > now - FRESH else None
        new = dict(known)
        if last is None and not rule.on_start:
            new["last"] = now - FRESH
        if due is not None:
            new["started"] = due
        if new != known:
            shared.put(key, new)
    return due


def _key(file: str, address: str) -> str:
    return f"timer:{os.path.realpath(file)}:{address}"


def _iso(moment: float | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
