"""When a schedule comes due: cronsim's rules, with a choice for the hours that a change of clocks skips and doubles.

A schedule that names its hour and minute stands for a wall time: one in a skipped hour comes when that hour would have
begun to count (``shift``) or not at all (``skip``); one in a doubled hour comes the first time, the last, or both.
A schedule whose minute or hour begins with ``*``, or that has seconds, stands for an interval and goes on through both
as the clock on the wall shows it, as in Debian's cron.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import takewhile

from cronsim import CronSim

__all__ = ["Schedule"]

#: Seconds: more than any change of clocks has moved them (a day, where a country crossed the date line).
_FAR = 26 * 3600.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron expression in a time zone. Times in and out are seconds since the epoch.

    Every method raises cronsim's CronSimError for an expression that is none.
    """

    expression: str
    zone: tzinfo = UTC
    skipped_hour: str = "shift"
    doubled_hour: str = "first"

    def next_after(self, moment: float) -> float | None:
        """The first due time after ``moment``, or None where there is none in the next fifty years."""
        return next(self.after(moment), None)

    def latest_until(self, moment: float) -> float | None:
        """The last due time up to and with ``moment``, or None where there is none in the last fifty years."""
        return next(self._due(math.nextafter(moment, math.inf), forward=False), None)

    def between(self, after: float, until: float) -> Iterator[float]:
        """The due times after ``after`` up to and with ``until``, oldest first."""
        return takewhile(lambda due: due <= until, self.after(after))

    def after(self, moment: float) -> Iterator[float]:
        """The due times after ``moment``, oldest first."""
        return self._due(moment, forward=True)

    def _due(self, moment: float, *, forward: bool) -> Iterator[float]:
        """The due times beyond ``moment``, each once, away from it.

        cronsim gives the wall times, which around a change of clocks are not in the order of the true times: each
        true time waits until no wall time to come can be before it.
        """
        sign = 1 if forward else -1
        start = math.floor(moment) + self._offset(moment, widest=not forward) + (0 if forward else 1)
        given = sign * moment
        waiting: list[float] = []
        for wall in CronSim(self.expression, _wall(start), reverse=not forward):
            shown = wall.replace(tzinfo=UTC).timestamp()
            waiting += [sign * true for true in self._true_times(wall)]
            waiting.sort()
            sure = sign * (shown - self._offset(shown - self._offset(shown), widest=forward))
            while waiting and waiting[0] <= sure:
                due = waiting.pop(0)
                if due > given:
                    given = due
                    yield sign * due
        yield from (sign * due for due in sorted({due for due in waiting if due > given}))

    def _offset(self, moment: float, *, widest: bool | None = None) -> float:
        """Seconds that the wall shows more than UTC; the most, or the least, of what it is about that time."""
        if widest is None:
            there = datetime.fromtimestamp(moment, UTC).astimezone(self.zone).utcoffset()
            return there.total_seconds() if there is not None else 0.0
        near = [self._offset(one) for one in (moment - _FAR, moment, moment + _FAR)]
        return max(near) if widest else min(near)

    def _true_times(self, wall: datetime) -> list[float]:
        """The true times that a wall time stands for: none, one or two."""
        early, late = (wall.replace(tzinfo=self.zone, fold=fold).timestamp() for fold in (0, 1))
        if early == late:
            return [early]
        interval = self._is_interval()
        if early > late:  # the wall never shows it: read with the offset from before the change it lies after that
            return [] if interval or self.skipped_hour == "skip" else [self._change_between(late, early)]
        choice = "both" if interval else self.doubled_hour
        return {"first": [early], "last": [late], "both": [early, late]}[choice]

    def _change_between(self, before: float, after: float) -> float:
        """The true second at which the clock is moved."""
        old = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == old:
                before = middle
            else:
                after = middle
        return after

    def _is_interval(self) -> bool:
        minute, hour, *rest = self.expression.split()
        return minute.startswith("*") or hour.startswith("*") or len(rest) == 4


def _wall(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
