"""`wflow.runner.timers`: once for each due time, over runs, processes, crashes and clocks that are set."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from wflow.engine.commands import AskTimer
from wflow.errors import UsageError
from wflow.runner.timers import Timers, claim, read_rule
from wflow.store.disk import DiskStore
from wflow.store.interface import Shared
from wflow.store.memory import MemoryStore
from wflow.testing import FakeClock

#: Noon, UTC, on a Wednesday.
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
HOURLY = {"schedule": "0 * * * *", "timezone": "UTC"}
HOUR = 3600.0


@pytest.fixture
def shared() -> Iterator[Shared]:
    store = MemoryStore()
    yield store.shared()
    store.close()


def look(shared: Shared, now: float, run: str = "r", settings: dict[str, Any] = HOURLY, **more: Any) -> dict[str, Any]:
    """What a timer of a run that asks at ``now`` is told."""
    asked = {name: more.pop(name) for name in ("waited",) if name in more}
    timers = Timers(shared, run, FakeClock(now), environ={"TZ": "Europe/Berlin"}, **asked)
    answered = timers(AskTimer("tick#1", "tick", "/flows/a.yaml", {**settings, **more}))
    assert answered.at == now
    assert answered.problem == ""
    return answered.output


def test_a_due_time_triggers_and_says_when_the_next_one_is(shared: Shared) -> None:
    assert look(shared, NOON + 0.5) == {
        "triggered": True,
        "trigger_time": "2026-11-25T12:00:00.000000Z",
        "next_trigger_time": "2026-11-25T13:00:00.000000Z",
        "schedule": "0 * * * *",
    }


def test_between_due_times_nothing_triggers(shared: Shared) -> None:
    told = look(shared, NOON + 1800)
    assert (told["triggered"], told["trigger_time"]) == (False, None)
    assert told["next_trigger_time"] == "2026-11-25T13:00:00.000000Z"


def test_of_runs_started_every_minute_one_triggers_for_each_due_time(shared: Shared) -> None:
    told = [look(shared, NOON - 0.7 + minute * 60, f"r{minute}") for minute in range(200)]
    assert [one["trigger_time"] for one in told if one["triggered"]] == [
        f"2026-11-25T{hour}:00:00.000000Z" for hour in (12, 13, 14, 15)
    ]


def test_a_timer_without_a_zone_is_on_the_machines_time(shared: Shared) -> None:
    settings = {"schedule": "0 13 * * *"}
    assert look(shared, NOON, settings=settings)["triggered"]
    assert not look(shared, NOON + HOUR, "s", settings=settings)["triggered"]


def test_timers_are_told_apart_by_file_and_address_and_not_by_how_the_path_is_written(
    shared: Shared, tmp_path: Path
) -> None:
    file = tmp_path / "a.yaml"
    file.touch()
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    asked = [
        ("r1", str(file), "tick"),
        ("r2", str(file), "tock"),
        ("r3", str(tmp_path / "b.yaml"), "tick"),
        ("r4", f"{tmp_path}/../{tmp_path.name}/a.yaml", "tick"),
        ("r5", str(link), "tick"),
    ]
    told = [Timers(shared, run, FakeClock(NOON))(AskTimer("t#1", at, path, HOURLY)).output for run, path, at in asked]
    assert [one["triggered"] for one in told] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("catch_up", "window", "times"),
    [
        ("none", None, []),
        ("latest", None, [15]),
        ("latest", 1800, []),
        ("latest", "50m", [15]),
        ("all", None, [13, 14, 15]),
        ("all", 2 * HOUR, [14, 15]),
        ("all", "10m", []),
    ],
)
def test_what_was_missed_is_made_up_for_as_catch_up_says(
    shared: Shared, catch_up: str, window: Any, times: list[int]
) -> None:
    more = {"catch_up": catch_up} | ({} if window is None else {"window": window})
    assert look(shared, NOON, "r0", **more)["triggered"]
    told = [look(shared, NOON + 3.75 * HOUR + n, f"r{n}", **more) for n in range(1, 7)]
    assert [one["trigger_time"] for one in told if one["triggered"]] == [
        f"2026-11-25T{hour}:00:00.000000Z" for hour in times
    ]


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_a_clock_that_is_set_never_triggers_twice_for_one_due_time(shared: Shared, catch_up: str) -> None:
    told = []
    offsets = (
        1,
        2 * HOUR + 2,
        3,
        HOUR + 4,
        2 * HOUR + 5,
        30 * HOUR,
        HOUR + 6,
        30 * HOUR + 7,
        -50 * HOUR,
        31 * HOUR + 8,
    )
    for number, offset in enumerate(offsets):
        told.append(look(shared, NOON + offset, f"r{number}", catch_up=catch_up))
    times = [one["trigger_time"] for one in told if one["triggered"]]
    assert len(times) == len(set(times))
    assert times == sorted(times)
    assert times[0] == "2026-11-25T12:00:00.000000Z"


def test_a_start_triggers_the_first_time_that_anybody_looks(shared: Shared) -> None:
    on_start = {**HOURLY, "trigger_on_start": True}
    first = look(shared, NOON + 1234.5, "r1", on_start)
    assert (first["triggered"], first["trigger_time"]) == (True, "2026-11-25T12:20:34.500000Z")
    assert not look(shared, NOON + 1300, "r2", on_start)["triggered"]
    assert look(shared, NOON + HOUR, "r3", on_start)["triggered"]


def test_a_run_that_died_before_it_recorded_its_trigger_gets_the_same_answer_again(shared: Shared) -> None:
    first = look(shared, NOON + 5, "died")
    assert first["triggered"]
    for hour in range(1, 5):  # others go on meanwhile
        assert look(shared, NOON + hour * HOUR, f"later{hour}")["triggered"]
    assert look(shared, NOON + 5 * HOUR + 900, "died") == first
    assert look(shared, NOON + 5 * HOUR + 901, "another")["triggered"] is False


def test_a_run_that_waited_for_its_turn_is_told_what_was_due_when_it_came(shared: Shared) -> None:
    assert look(shared, NOON, "r1")["triggered"]
    assert look(shared, NOON + HOUR + 900, "r2", waited=899)["trigger_time"] == "2026-11-25T13:00:00.000000Z"
    assert not look(shared, NOON + HOUR + 900, "r3", waited=899)["triggered"]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"schedule": "every day"}, "`every day` is no cron expression"),
        ({"schedule": 5}, "`5` is no cron expression"),
        ({"schedule": "0 0 30 2 *"}, "`0 0 30 2 *` is no cron expression"),
        ({"schedule": "0 0 */100 * MON#4"}, "never comes due"),
        ({"schedule": "0 6 * * *", "timezone": "Europe/Berlim"}, "there is no time zone `Europe/Berlim`"),
        ({"schedule": "0 6 * * *", "timezone": "/etc/localtime"}, "there is no time zone"),
        ({"schedule": "0 6 * * *", "window": "soon"}, "the timer's window is wrong: `soon` is no duration"),
    ],
)
def test_a_setting_that_means_nothing_is_a_problem_and_no_crash(
    shared: Shared, settings: dict[str, Any], problem: str
) -> None:
    answered = Timers(shared, "r", FakeClock(NOON))(AskTimer("t#1", "t", "f", settings))
    assert answered.output == {}
    assert problem in answered.problem


def test_a_machine_whose_zone_cannot_be_told_is_a_problem_only_where_it_matters(shared: Shared) -> None:
    odd = {"TZ": "CET-1CEST"}
    assert read_rule(HOURLY, odd).schedule.expression == "0 * * * *"
    with pytest.raises(UsageError, match="CET-1CEST"):
        read_rule({"schedule": "0 * * * *"}, odd)


def test_shared_state_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "cache.db").write_bytes(b"no database" * 1000)
    store = DiskStore(tmp_path)
    try:
        answered = Timers(store.shared(), "r", FakeClock(NOON))(AskTimer("t#1", "t", "f", HOURLY))
    finally:
        store.close()
    assert "shared state" in answered.problem


class TestClaim:
    """`claim`: the scheduler's look at a timer."""

    FILE = "/flows/a.yaml"

    def test_one_of_several_schedulers_gets_a_due_time(self, shared: Shared) -> None:
        rule = read_rule(HOURLY, {})
        assert [claim(shared, self.FILE, "tick", rule, NOON + n) for n in range(3)] == [NOON, None, None]
        assert claim(shared, self.FILE, "tick", rule, NOON + HOUR) == NOON + HOUR

    def test_the_run_that_it_starts_still_triggers_and_no_other_does(self, shared: Shared) -> None:
        assert claim(shared, self.FILE, "tick", read_rule(HOURLY, {}), NOON) == NOON
        assert look(shared, NOON + 2, "r1")["triggered"]
        assert not look(shared, NOON + 3, "r2")["triggered"]

    def test_what_a_run_has_triggered_for_needs_no_start(self, shared: Shared) -> None:
        assert look(shared, NOON + 2, "by hand")["triggered"]
        assert claim(shared, self.FILE, "tick", read_rule(HOURLY, {}), NOON + 3) is None

    def test_a_timer_counts_as_looked_at_from_the_schedulers_first_look_on(self, shared: Shared) -> None:
        late = {**HOURLY, "catch_up": "latest"}
        rule = read_rule(late, {})
        assert claim(shared, self.FILE, "tick", rule, NOON - 900) is None
        assert claim(shared, self.FILE, "tick", rule, NOON + 900) == NOON
        assert look(shared, NOON + 901, "r", late)["trigger_time"] == "2026-11-25T12:00:00.000000Z"

    def test_a_start_is_one_and_its_run_triggers(self, shared: Shared) -> None:
        on_start = {**HOURLY, "trigger_on_start": True}
        rule = read_rule(on_start, {})
        assert [claim(shared, self.FILE, "tick", rule, NOON + 900 + n) for n in range(2)] == [NOON + 900, None]
        assert look(shared, NOON + 902, "r", on_start)["triggered"]
        assert claim(shared, self.FILE, "tick", rule, NOON + HOUR) == NOON + HOUR


def test_of_ten_that_look_at_once_on_one_home_one_triggers(home: Path) -> None:
    together = Barrier(10)

    def start(number: int) -> bool:
        store = DiskStore(home)
        try:
            together.wait(timeout=30)
            return bool(look(store.shared(), NOON + number, f"r{number}")["triggered"])
        finally:
            store.close()

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(start, range(10))) == [False] * 9 + [True]


FLOW = """\
name: ticking
nodes:
  tick: {type: timer, schedule: "* * * * *", timezone: UTC, catch_up: latest}
  due: {type: if, condition: input.triggered}
  work: {type: noop}
edges: [tick -> due, due.true -> work]
outputs: {triggered: nodes.tick.output.triggered, time: nodes.tick.output.trigger_time}
"""


def test_ten_runs_started_at_once_give_one_trigger(
    home: Path, tmp_path: Path, wflow_environment: dict[str, str], wflow: Callable[..., Any]
) -> None:
    """Real processes. Should the minute change between them there may be a second due time, with one trigger too."""
    file = tmp_path / "ticking.yaml"
    file.write_text(FLOW, encoding="utf-8")
    command = [sys.executable, "-m", "wflow", "run", str(file), "--output", "quiet"]
    runs = [subprocess.Popen(command, env=wflow_environment, stdin=subprocess.DEVNULL) for _ in range(10)]
    assert [run.wait(timeout=60) for run in runs] == [0] * 10
    told = [run["outputs"] for run in json.loads(wflow("status", "--json").stdout)["runs"]]
    assert len(told) == 10
    times = [one["time"] for one in told if one["triggered"]]
    assert len(times) == len(set(times))
    assert len(times) in (1, 2)
