"""`wflow.runner.crontab`: lines that cron reads as wflow means them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from wflow.errors import UsageError
from wflow.runner.crontab import crontab_lines
from wflow.runner.schedule import Scheduled
from wflow.triggers.zone import machine_zone

HERE = str(machine_zone({}))
ELSEWHERE = "Asia/Tokyo" if HERE != "Asia/Tokyo" else "Europe/Berlin"


def lines(
    folder: Path, *timers: dict[str, Any], name: str = "flow.json", environ: dict[str, str] | None = None
) -> list[str]:
    file = folder / name
    nodes = {f"t{number}": {"type": "timer", **timer} for number, timer in enumerate(timers)}
    file.write_text(json.dumps({"name": "flow", "nodes": nodes}), encoding="utf-8")
    given = environ or {}
    return crontab_lines([Scheduled.read_file(file, given)], given, Path("/var/lib/wf low"))


def times(told: list[str]) -> list[str]:
    return [line.partition(" WFLOW_HOME=")[0] for line in told if not line.startswith("#")]


def test_a_line_names_everything_by_its_whole_path(tmp_path: Path) -> None:
    comment, line = lines(tmp_path, {"schedule": "30 2 * * *"})
    assert comment == f"# {tmp_path}/flow.json: t0 30 2 * * *"
    assert line.startswith("30 2 * * * ")
    home, *command = shlex.split(line)[5:]
    assert home == "WFLOW_HOME=/var/lib/wf low"
    assert command[-3:] == ["schedule", "--once", f"{tmp_path}/flow.json"]
    assert Path(command[0]).is_absolute()
    assert Path(command[0]).is_file()


@pytest.mark.parametrize(
    ("timer", "time"),
    [
        ({"schedule": "0 3 * * 1-5"}, "0 3 * * 1-5"),
        ({"schedule": "  */15   0-6/2 1,15 * * "}, "*/15 0-6/2 1,15 * *"),
        ({"schedule": "0 3 * jan-MAR Mon-fri"}, "0 3 * 1-3 1-5"),
        ({"schedule": "0 3 * * *", "timezone": HERE}, "0 3 * * *"),
        ({"schedule": "0 3 * * *", "timezone": ELSEWHERE}, "* * * * *"),
        ({"schedule": "0 3 * * *", "catch_up": "latest"}, "* * * * *"),
        ({"schedule": "0 3 * * *", "skipped_hour": "skip"}, "* * * * *"),
        ({"schedule": "0 3 * * *", "doubled_hour": "both"}, "* * * * *"),
        ({"schedule": "0 3 L * *"}, "* * * * *"),
        ({"schedule": "0 3 * * 1#2"}, "* * * * *"),
        ({"schedule": "5/15 3 * * *"}, "* * * * *"),
        ({"schedule": "30 0 3 * * *"}, "* * * * *"),
    ],
)
def test_cron_starts_a_file_at_its_own_times_where_it_reads_them_alike(
    timer: dict[str, Any], time: str, tmp_path: Path
) -> None:
    assert times(lines(tmp_path, timer)) == [time]


def test_each_timer_has_its_line_unless_one_needs_every_minute(tmp_path: Path) -> None:
    nightly, weekly, odd = {"schedule": "0 3 * * *"}, {"schedule": "0 4 * * 7"}, {"schedule": "0 3 L * *"}
    assert times(lines(tmp_path, nightly, weekly, nightly)) == ["0 3 * * *", "0 4 * * 7"]
    assert times(lines(tmp_path, nightly, odd)) == ["* * * * *"]


def test_a_zone_of_the_environment_goes_with_the_line(tmp_path: Path) -> None:
    (_, line) = lines(tmp_path, {"schedule": "0 3 * * *"}, environ={"TZ": ELSEWHERE})
    assert line.startswith("* * * * * ")
    assert f"TZ={ELSEWHERE}" in shlex.split(line)


def test_a_percent_sign_does_not_end_the_command(tmp_path: Path) -> None:
    (_, line) = lines(tmp_path, {"schedule": "0 3 * * *"}, name="100% sure.json")
    assert line.endswith(rf"'{tmp_path}/100\% sure.json'")


def test_a_path_that_would_break_the_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot stand in a crontab"):
        lines(tmp_path, {"schedule": "0 3 * * *"}, name="a\n* * * * * rm.json")
