"""`wflow.runner.schedule`: what is started, when and how often, on a clock that is moved by hand."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wflow.errors import DefinitionError, StoreUnavailable, UsageError
from wflow.runner.schedule import Process, Scheduled, Scheduler, start_process, upcoming
from wflow.store.interface import Shared
from wflow.store.memory import MemoryStore
from wflow.testing import FakeClock

#: Noon, UTC, on a Wednesday.
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
HOURLY = {"schedule": "0 * * * *", "timezone": "UTC"}


@pytest.fixture
def shared() -> Iterator[Shared]:
    store = MemoryStore()
    yield store.shared()
    store.close()


class Lasting:
    """A run's process that ends at a time of the clock, or when it gets a signal."""

    pid = 0

    def __init__(self, clock: FakeClock, seconds: float, code: int) -> None:
        self._clock = clock
        self._until = clock.now() + seconds
        self._code = code
        self.signals: list[int] = []

    def poll(self) -> int | None:
        return self._code if self._clock.now() >= self._until else None

    def send_signal(self, signal: int) -> None:
        self.signals.append(signal)
        self._until = self._clock.now()


class World:
    """A scheduler on a clock of its own. Each run lasts ``seconds`` and ends with ``code``; ``starts`` are the times,
    after noon, at which one was started, with its file's name.
    """

    def __init__(self, folder: Path, shared: Shared, *, at: float = NOON, seconds: float = 5, code: int = 0) -> None:
        self.folder = folder
        self.clock = FakeClock(at)
        self.shared = shared
        self.seconds = seconds
        self.code = code
        self.starts: list[tuple[float, str]] = []
        self.runs: list[Lasting] = []
        self.said: list[str] = []
        self.events: list[tuple[float, Callable[[], object]]] = []

    def file(self, *timers: dict[str, Any], name: str = "flow.json", **keys: Any) -> Path:
        nodes = {f"t{number}": {"type": "timer", **timer} for number, timer in enumerate(timers)}
        file = self.folder / name
        file.write_text(json.dumps({"name": "flow", "nodes": nodes or {"a": {"type": "noop"}}, **keys}))
        return file

    def scheduler(self, *files: Path) -> Scheduler:
        def start(file: Path, run_id: str) -> Process:
            self.starts.append((round(self.clock.now() - NOON, 3), file.name))
            self.runs.append(Lasting(self.clock, self.seconds, self.code))
            return self.runs[-1]

        read = [Scheduled.read_file(file, {}) for file in files]
        made = Scheduler(read, self.shared, _Moved(self), self.said.append, start=start, environ={})
        self.scheduled = made
        return made

    def until(self, seconds: float, *files: Path) -> list[float]:
        """Let the scheduler go until so many seconds after noon; the times at which something was started."""
        scheduler = self.scheduler(*files)
        self.events.append((NOON + seconds, lambda: scheduler.ask_end(signal.SIGTERM)))
        assert scheduler.run() == signal.SIGTERM
        return [at for at, _ in self.starts]


class _Moved:
    """The world's clock, as its scheduler sees it: while it sleeps what is to happen happens, in that order."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.now, self.monotonic = world.clock.now, world.clock.monotonic

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= 1
        self._world.clock.sleep(max(seconds, 0.001))
        events = self._world.events
        while events and self._world.clock.now() >= events[0][0]:
            events.pop(0)[1]()


@pytest.fixture
def world(tmp_path: Path, shared: Shared) -> Callable[..., World]:
    return lambda **options: World(tmp_path, shared, **options)


def test_a_run_is_started_at_each_due_time(world: Callable[..., World]) -> None:
    one = world(at=NOON - 100)
    assert one.until(7300, one.file(HOURLY)) == pytest.approx([0, 3600, 7200], abs=0.01)
    assert len(one.said) == 6
    assert one.said[0].startswith("flow.json was due at 2026-11-25 12:00:00+00:00 and is started as run 20261125-12")
    assert one.said[1].endswith("of flow.json completed")


def test_several_files_and_timers_go_their_own_ways_and_one_moment_is_one_start(world: Callable[..., World]) -> None:
    one = world(at=NOON - 100)
    both = one.file(HOURLY, {"schedule": "*/30 * * * *", "timezone": "UTC"}, name="both.json")
    nightly = one.file({"schedule": "30 13 * * *", "timezone": "UTC"}, name="nightly.json")
    one.until(7300, both, nightly)
    assert [(round(at), name) for at, name in one.starts] == [
        (0, "both.json"),
        (1800, "both.json"),
        (3600, "both.json"),
        (5400, "both.json"),
        (5400, "nightly.json"),
        (7200, "both.json"),
    ]


def test_runs_of_one_file_may_lie_side_by_side(world: Callable[..., World]) -> None:
    one = world(at=NOON - 100, seconds=5000)
    assert len(one.until(7300, one.file(HOURLY))) == 3


@pytest.mark.parametrize(
    ("catch_up", "starts"),
    [("none", [0, 14400]), ("latest", [0, 12600, 14400]), ("all", [0, 12600, 12605, 12610, 14400])],
)
def test_what_a_sleeping_machine_missed_is_made_up_for_one_run_after_the_other(
    world: Callable[..., World], catch_up: str, starts: list[float]
) -> None:
    one = world(at=NOON - 100)
    one.events.append((NOON + 600, lambda: one.clock.advance(12000)))
    found = one.until(14500, one.file({**HOURLY, "catch_up": catch_up}))
    assert found == pytest.approx(starts, abs=2)


def test_a_clock_that_is_set_starts_nothing_twice_and_goes_on_when_it_is_put_right(world: Callable[..., World]) -> None:
    one = world(at=NOON - 100)

    def set_to(seconds: float) -> Callable[[], object]:
        return lambda: setattr(one.clock, "_now", NOON + seconds)

    far = 400 * 86400 + 600.0
    one.events = [(NOON + 60, set_to(-1800)), (NOON + 100, set_to(far)), (NOON + far + 50, set_to(200))]
    assert one.until(3700, one.file(HOURLY)) == pytest.approx([0, 3600], abs=1)


def test_a_timer_that_triggers_at_the_start_does_so_once(world: Callable[..., World]) -> None:
    one = world(at=NOON + 900)
    assert one.until(3700, one.file({**HOURLY, "trigger_on_start": True})) == pytest.approx([900, 3600], abs=1)


def test_of_two_schedulers_one_starts(world: Callable[..., World]) -> None:
    one, other = world(), world()
    file = one.file(HOURLY)
    assert (one.scheduler(file).run_once(), other.scheduler(file).run_once()) == (0, 0)
    assert [len(each.starts) for each in (one, other)] == [1, 0]


def test_the_end_is_passed_on_to_the_runs_and_waits_for_them(world: Callable[..., World]) -> None:
    one = world(seconds=100_000)
    file = one.file(HOURLY)
    scheduler = one.scheduler(file)
    one.events.append((NOON + 10, lambda: scheduler.ask_end(signal.SIGINT)))
    assert scheduler.run() == signal.SIGINT
    assert [run.signals for run in one.runs] == [[signal.SIGINT]]
    assert one.clock.now() < NOON + 12


class TestOnce:
    """`Scheduler.run_once`, for cron."""

    def test_starts_what_is_due_and_waits_for_it(self, world: Callable[..., World]) -> None:
        one = world(at=NOON + 20, seconds=600)
        due, other = one.file(HOURLY), one.file({"schedule": "0 4 * * *", "timezone": "UTC"}, name="other.json")
        assert one.scheduler(due, other).run_once() == 0
        assert one.starts == [(20.0, "flow.json")]
        assert one.clock.now() >= NOON + 620

    def test_does_nothing_where_nothing_is_due(self, world: Callable[..., World]) -> None:
        one = world(at=NOON + 120)
        assert one.scheduler(one.file(HOURLY)).run_once() == 0
        assert (one.starts, one.said) == ([], [])

    def test_every_minute_starts_once_for_each_due_time(self, world: Callable[..., World]) -> None:
        starts = []
        for minute in range(-5, 125):
            one = world(at=NOON + minute * 60 + 0.8, seconds=1)
            one.scheduler(one.file(HOURLY)).run_once()
            starts += one.starts
        assert [round(at) for at, _ in starts] == [1, 3601, 7201]

    def test_makes_up_for_each_missed_due_time_one_after_the_other(self, world: Callable[..., World]) -> None:
        every = {**HOURLY, "catch_up": "all"}
        first = world(at=NOON)
        first.scheduler(first.file(every)).run_once()
        one = world(at=NOON + 3 * 3600 + 900, seconds=10)
        assert one.scheduler(one.file(every)).run_once() == 0
        assert [at for at, _ in one.starts] == pytest.approx([11700, 11710, 11720], abs=0.5)

    @pytest.mark.parametrize(("code", "exit_code"), [(0, 0), (1, 1), (5, 5), (7, 0), (124, 124), (-9, 137)])
    def test_gives_the_code_of_a_run_that_did_not_complete(
        self, code: int, exit_code: int, world: Callable[..., World]
    ) -> None:
        one = world(code=code)
        assert one.scheduler(one.file(HOURLY)).run_once() == exit_code

    def test_a_signal_ends_it_with_its_runs(self, world: Callable[..., World]) -> None:
        one = world(seconds=100_000)
        scheduler = one.scheduler(one.file(HOURLY))
        one.events.append((NOON + 3, lambda: scheduler.ask_end(signal.SIGTERM)))
        assert scheduler.run_once() == 143
        assert one.runs[0].signals == [signal.SIGTERM]


def test_a_file_that_changes_is_read_again_and_a_broken_one_keeps_its_timers(world: Callable[..., World]) -> None:
    one = world(at=NOON - 100)
    file = one.file(HOURLY)

    def now_at(schedule: str) -> Callable[[], object]:
        return lambda: one.file({"schedule": schedule, "timezone": "UTC"}, description=schedule * 3)

    one.events += [(NOON + 60, now_at("20 * * * *")), (NOON + 1300, now_at("no cron")), (NOON + 1400, file.unlink)]
    assert one.until(5000, file) == pytest.approx([0, 1200, 4800], abs=2)
    assert [sentence for sentence in one.said if "has changed" in sentence] == [
        "flow.json has changed and was read again",
        f"flow.json has changed and is no more what it should be ({file} is not valid); its timers stay",
        f"flow.json has changed and is no more what it should be (no such file: {file}); its timers stay",
    ]


def test_shared_state_that_cannot_be_used_is_said_and_tried_again(
    world: Callable[..., World], shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world()
    transact = shared.transact
    refusals = [StoreUnavailable("the disk is full")]

    def refuse_once() -> Any:
        if refusals:
            raise refusals.pop()
        return transact()

    monkeypatch.setattr(shared, "transact", refuse_once)
    found = one.until(300, one.file({**HOURLY, "catch_up": "latest", "trigger_on_start": True}))
    assert found == pytest.approx([60], abs=1)
    assert one.said[0] == "flow.json cannot be looked at, and is again in a minute: the disk is full"


def test_a_run_that_cannot_be_started_is_said(world: Callable[..., World]) -> None:
    one = world()
    scheduler = one.scheduler(one.file(HOURLY))

    def refuse(file: Path, run_id: str) -> Process:
        raise OSError(11, "Resource temporarily unavailable")

    scheduler._start = refuse
    assert scheduler.run_once() == 1
    assert one.said == ["flow.json cannot be started: Resource temporarily unavailable"]


def test_the_next_due_times_of_all_files_are_in_one_order(world: Callable[..., World]) -> None:
    one = world()
    files = [
        one.file(HOURLY, {"schedule": "30 15 * * *", "timezone": "Europe/Berlin"}, name="a.json"),
        one.file({"schedule": "15 13 * * *", "timezone": "UTC"}, name="b.json"),
    ]
    found = upcoming([Scheduled.read_file(file, {}) for file in files], NOON, 5)
    assert [(round(due.at - NOON), due.file.name, due.timer.node) for due in found] == [
        (3600, "a.json", "t0"),
        (4500, "b.json", "t0"),
        (7200, "a.json", "t0"),
        (9000, "a.json", "t1"),
        (10800, "a.json", "t0"),
    ]


class TestReading:
    """`Scheduled.read_file`."""

    def test_settings_may_depend_on_parameters_and_environment(self, world: Callable[..., World]) -> None:
        timer = {"schedule": "${{ params.minute }} 6 * * *", "timezone": "${{ env('WHERE') }}"}
        file = world().file(timer, parameters={"minute": {"type": "integer", "default": 20}})
        ((node, rule),) = Scheduled.read_file(file, {"WHERE": "Asia/Tokyo"}).timers
        assert (node, rule.schedule.expression, str(rule.schedule.zone)) == ("t0", "20 6 * * *", "Asia/Tokyo")

    def test_a_timer_deeper_in_the_file_is_none_to_start_it_by(self, tmp_path: Path) -> None:
        nodes = {"box": {"type": "container", "nodes": {"t": {"type": "timer", **HOURLY}}}}
        (tmp_path / "deep.json").write_text(json.dumps({"name": "deep", "nodes": nodes}))
        with pytest.raises(UsageError, match=r"deep\.json has no timer at its top"):
            Scheduled.read_file(tmp_path / "deep.json", {})

    @pytest.mark.parametrize(
        ("timer", "keys", "message"),
        [
            ({"schedule": "${{ params.when }}"}, {"parameters": {"when": {"type": "string"}}}, "cannot be scheduled"),
            (
                {"schedule": "${{ params.when }}"},
                {"parameters": {"when": {"type": "string", "default": "soon"}}},
                "timer `t0` of .*: `soon` is no cron expression",
            ),
            ({"schedule": "${{ input.x.y }} * * * *"}, {}, "the settings of timer `t0` cannot be told before a run"),
        ],
    )
    def test_what_could_not_be_started_is_refused_at_once(
        self, timer: dict[str, Any], keys: dict[str, Any], message: str, world: Callable[..., World]
    ) -> None:
        with pytest.raises(UsageError, match=message) as caught:
            Scheduled.read_file(world().file(timer, **keys), {})
        assert caught.value.cure is not None or "cron" in message

    def test_an_invalid_file_comes_with_its_problems(self, world: Callable[..., World]) -> None:
        with pytest.raises(DefinitionError) as caught:
            Scheduled.read_file(world().file({"schedule": "no cron"}), {})
        assert [problem.code for problem in caught.value.problems] == ["bad-schedule"]


def test_a_run_is_a_process_of_its_own_in_a_group_of_its_own(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, wflow: Callable[..., Any]
) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    file = tmp_path / "flow.yaml"
    file.write_text("name: flow\nnodes: {a: {type: shell, script: 'sleep 60'}}\n", encoding="utf-8")
    process = start_process(file, "mine")
    try:
        assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
        while json.loads(wflow("status", "--json").stdout)["runs"] == [] and process.poll() is None:
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143  # type: ignore[attr-defined]
    finally:
        process.send_signal(signal.SIGKILL)
    assert json.loads(wflow("status", "mine", "--json").stdout)["status"] == "paused"
