"""The crontab lines that have cron do what `wflow schedule` does in the foreground."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from wflow.errors import UsageError
from wflow.runner.schedule import RootTimer, Scheduled
from wflow.triggers.zone import machine_zone

__all__ = ["crontab_lines"]

_EVERY_MINUTE = "* * * * *"

_MONTHS, _DAYS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", "SUNMONTUEWEDTHUFRISAT"
_NAMES = {_MONTHS[3 * n : 3 * n + 3]: n + 1 for n in range(12)} | {_DAYS[3 * n : 3 * n + 3]: n for n in range(7)}

#: A field that every cron reads as wflow does: no names, no steps but of a star or a span, nothing of cronsim's own.
_PART = r"(?:\*(?:/\d+)?|\d+(?:-\d+(?:/\d+)?)?)"
_PLAIN = re.compile(rf"{_PART}(?:,{_PART})*(?: {_PART}(?:,{_PART})*){{4}}")


def crontab_lines(files: Sequence[Scheduled], environ: Mapping[str, str], home: Path) -> list[str]:
    """A comment and the lines for each file, without ends of line; ``home`` is where runs are kept.

    Cron starts a file at its timers' own schedules where those mean the same to cron, and else every minute: what is
    not due then costs a look. Raises UsageError for a path that a crontab cannot hold.
    """
    program = Path(sys.executable).with_name("wflow")
    command = [str(program)] if program.is_file() else [sys.executable, "-m", "wflow"]
    settings = [f"WFLOW_HOME={shlex.quote(str(home))}"]
    if "TZ" in environ:
        settings.append(f"TZ={shlex.quote(environ['TZ'])}")
    lines = []
    for one in files:
        path = str(one.file.absolute())
        if not path.isprintable():
            raise UsageError(f"{path!r} cannot stand in a crontab", cure="rename the file, or its folder")
        told = "; ".join(f"{timer.node} {timer.rule.schedule.expression}" for timer in one.timers)
        lines.append(f"# {path}: {told}")
        words = " ".join(map(shlex.quote, [*command, "schedule", "--once", path]))
        line = " ".join([*settings, words]).replace("%", r"\%")  # to cron, a bare one is the end of the line
        same = all(_means_the_same(timer, environ) for timer in one.timers)
        times = [_in_numbers(timer) for timer in one.timers] if same else [_EVERY_MINUTE]
        lines += [f"{time} {line}" for time in dict.fromkeys(times)]
    return lines


def _means_the_same(timer: RootTimer, environ: Mapping[str, str]) -> bool:
    """Whether cron, on the machine's own time zone, starts the file when the timer is due and at no other time."""
    rule, schedule = timer.rule, timer.rule.schedule
    if rule.catch_up != "none" or _PLAIN.fullmatch(_in_numbers(timer)) is None:
        return False
    if (schedule.skipped_hour, schedule.doubled_hour) != ("shift", "first"):
        return False
    without_tz = {name: value for name, value in environ.items() if name != "TZ"}
    return str(schedule.zone) == str(machine_zone(without_tz))


def _in_numbers(timer: RootTimer) -> str:
    """The expression with the numbers of months and weekdays: not every cron reads a span or a list of their names."""
    words = " ".join(timer.rule.schedule.expression.upper().split())
    return re.sub(r"[A-Z]{3}", lambda found: str(_NAMES.get(found[0], found[0])), words)
