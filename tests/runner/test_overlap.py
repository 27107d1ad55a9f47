"""`wflow.runner.overlap`: starts of one file beside each other, in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wflow.errors import AlreadyRunning
from wflow.loading.parameters import bind
from wflow.runner.definitions import read
from wflow.runner.overlap import start_in_turn
from wflow.runner.run import Options
from wflow.store.disk import DiskStore
from wflow.testing import FakeClock

Command = Callable[..., "subprocess.CompletedProcess[str]"]


class Flow(NamedTuple):
    """A workflow file whose runs note that they begin and end, and last until the file ``go`` is there."""

    file: Path
    log: Path
    go: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]]

    def start(self, run_id: str, file: Path | None = None, command: str = "run") -> subprocess.Popen[str]:
        arguments = [str(file or self.file), "--id", run_id] if command == "run" else [run_id]
        process = subprocess.Popen(
            [sys.executable, "-m", "wflow", command, *arguments, "--output", "quiet"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def until(self, *lines: str) -> None:
        """Wait until the log has these lines, in any order."""
        limit = time.monotonic() + 30
        while not set(lines) <= set(self.lines()):
            assert time.monotonic() < limit, self.lines()
            time.sleep(0.01)

    def waits(self, count: int) -> None:
        """Wait until so many starts are in the line."""
        limit = time.monotonic() + 30
        while len(list(Path(self.environment["WFLOW_HOME"]).glob("turns/*/waiting/[0-9]*"))) != count:
            assert time.monotonic() < limit
            time.sleep(0.01)

    def ended(self) -> list[int]:
        return [process.wait(timeout=60) for process in self.started]


@pytest.fixture
def flow(tmp_path: Path, wflow_environment: dict[str, str]) -> Iterator[Callable[[str], Flow]]:
    made: list[Flow] = []

    def make(overlap: str) -> Flow:
        log, go = tmp_path / "log", tmp_path / "go"
        script = (
            f'echo "$WFLOW_RUN_ID begins" >> {log}; n=0; '
            f"until [ -e {go} ] || [ $n -gt 600 ]; do n=$((n+1)); sleep 0.05; done; "
            f'echo "$WFLOW_RUN_ID ends" >> {log}'
        )
        definition = {"name": "flow", "overlap": overlap, "nodes": {"work": {"type": "shell", "script": script}}}
        file = tmp_path / "flow.json"
        file.write_text(json.dumps(definition), encoding="utf-8")
        made.append(Flow(file, log, go, wflow_environment, []))
        return made[-1]

    yield make
    for one in made:
        one.go.touch()
        for process in one.started:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=30)


def statuses(wflow: Command) -> dict[str, str]:
    return {run["id"]: run["status"] for run in json.loads(wflow("status", "--json").stdout)["runs"]}


def test_allow_lets_runs_go_side_by_side_and_leaves_no_trace(flow: Callable[[str], Flow], home: Path) -> None:
    one = flow("allow")
    one.start("a")
    one.start("b")
    one.until("a begins", "b begins")
    one.go.touch()
    assert one.ended() == [0, 0]
    assert not (home / "turns").exists()


def test_skip_leaves_a_start_out_and_records_why(flow: Callable[[str], Flow], wflow: Command) -> None:
    one = flow("skip")
    one.start("a")
    one.until("a begins")
    said = wflow("run", one.file, "--id", "b", "--output", "quiet")
    reason = "skipped, since run a of it is under way (overlap: skip)"
    assert said.returncode == 7
    assert said.stderr.splitlines()[0] == f"wflow: error: flow was {reason}; this start is recorded as run b"
    assert statuses(wflow) == {"a": "running", "b": "cancelled"}
    assert reason in wflow("status", "b").stdout
    told = json.loads(wflow("status", "b", "--json").stdout)
    assert told["outputs"] == {"skipped": reason}
    one.go.touch()
    assert one.ended() == [0]
    assert wflow("run", one.file, "--id", "c").returncode == 0
    assert one.lines() == ["a begins", "a ends", "c begins", "c ends"]


def test_of_skipping_starts_at_once_one_runs(flow: Callable[[str], Flow], wflow: Command) -> None:
    one = flow("skip")
    names = [f"r{n}" for n in range(8)]
    for name in names:
        one.start(name)
    limit = time.monotonic() + 30
    while sum(process.poll() is not None for process in one.started) < 7 and time.monotonic() < limit:
        time.sleep(0.02)
    one.go.touch()
    assert sorted(one.ended()) == [0] + [7] * 7
    assert sorted(statuses(wflow).values()) == ["cancelled"] * 7 + ["completed"]
    (winner,) = [name for name, process in zip(names, one.started, strict=True) if process.returncode == 0]
    assert one.lines() == [f"{winner} begins", f"{winner} ends"]


def test_queue_runs_one_after_the_other_in_the_order_of_their_start(flow: Callable[[str], Flow]) -> None:
    one = flow("queue")
    one.start("a")
    one.until("a begins")
    for count, name in enumerate("bcd", 1):
        one.start(name)
        one.waits(count)
    assert one.lines() == ["a begins"]
    one.go.touch()
    assert one.ended() == [0] * 4
    assert one.lines() == [f"{name} {what}" for name in "abcd" for what in ("begins", "ends")]


def test_a_queued_start_that_dies_or_is_interrupted_is_passed_over(flow: Callable[[str], Flow], home: Path) -> None:
    one = flow("queue")
    one.start("a")
    one.until("a begins")
    killed = one.start("b")
    one.waits(1)
    interrupted = one.start("c")
    one.waits(2)
    one.start("d")
    one.waits(3)
    os.kill(killed.pid, signal.SIGKILL)
    os.kill(interrupted.pid, signal.SIGINT)
    assert interrupted.wait(timeout=30) == 130
    one.go.touch()
    assert one.ended() == [0, -9, 130, 0]
    assert one.lines() == ["a begins", "a ends", "d begins", "d ends"]
    assert not list(home.glob("turns/*/waiting/*"))


def test_replace_cancels_what_runs_and_starts_when_it_has_ended(flow: Callable[[str], Flow], wflow: Command) -> None:
    one = flow("replace")
    one.start("a")
    one.until("a begins")
    one.start("b")
    one.until("b begins")
    assert statuses(wflow) == {"a": "cancelled", "b": "running"}
    one.go.touch()
    assert one.ended() == [4, 0]
    assert one.lines() == ["a begins", "b begins", "b ends"]


def test_of_replacing_starts_at_once_each_but_the_last_is_cancelled(
    flow: Callable[[str], Flow], wflow: Command
) -> None:
    one = flow("replace")
    for name in "abcd":
        one.start(name)
    limit = time.monotonic() + 60
    while sum(process.poll() is not None for process in one.started) < 3 and time.monotonic() < limit:
        time.sleep(0.02)
    one.go.touch()
    assert sorted(one.ended()) == [0, 4, 4, 4]
    assert sorted(statuses(wflow).values()) == ["cancelled"] * 3 + ["completed"]
    assert len([line for line in one.lines() if line.endswith("ends")]) == 1


def test_a_resumed_run_is_under_way_like_any_other(flow: Callable[[str], Flow], wflow: Command) -> None:
    one = flow("skip")
    killed = one.start("a")
    one.until("a begins")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    one.log.unlink()
    one.start("a", command="resume")
    one.until("a begins")
    assert wflow("run", one.file, "--id", "b").returncode == 7
    one.go.touch()
    assert one.ended() == [-9, 0]


def test_a_file_is_the_same_by_whatever_path_and_another_is_not(flow: Callable[[str], Flow], wflow: Command) -> None:
    one = flow("skip")
    link = one.file.with_name("link.json")
    link.symlink_to(one.file)
    copy = one.file.with_name("copy.json")
    copy.write_bytes(one.file.read_bytes())
    one.start("a")
    one.until("a begins")
    assert wflow("run", link, "--id", "b").returncode == 7
    one.start("c", copy)
    one.until("c begins")
    one.go.touch()
    assert one.ended() == [0, 0]


QUICK = """\
name: quick
overlap: OVERLAP
nodes:
  tick: {type: timer, schedule: "0 * * * *", timezone: UTC}
outputs: {time: nodes.tick.output.trigger_time}
"""


class _Passing(FakeClock):
    """A clock on which a wait is long, and lets another run end."""

    def __init__(self, now: float, end: Callable[[], object]) -> None:
        super().__init__(now)
        self._end = end

    def sleep(self, seconds: float) -> None:
        self._end()
        self.advance(900)


def test_a_start_that_waited_has_its_timers_look_as_if_it_had_not(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "quick.yaml"
    file.write_text(QUICK.replace("OVERLAP", "queue"), encoding="utf-8")
    store, other = DiskStore(home), DiskStore(home)
    told: list[str] = []
    try:
        held = _under_way(other, file)
        clock = _Passing(1_767_268_802.0, held.close)  # two seconds past noon
        loaded = read(file)
        assert loaded.workflow is not None
        options = Options(run_id="queued", clock=clock)
        result = start_in_turn(file, loaded, bind(loaded.workflow, {}), store, options, home=home, tell=told.append)
    finally:
        store.close()
        other.close()
    assert told == ["quick waits for run held (overlap: queue)"]
    assert result.outputs == {"time": "2026-01-01T12:00:00.000000Z"}
    assert clock.now() == 1_767_268_802.0 + 900


def test_a_left_out_start_is_an_error_for_a_caller_of_the_library(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "quick.yaml"
    file.write_text(QUICK.replace("OVERLAP", "skip"), encoding="utf-8")
    store, other = DiskStore(home), DiskStore(home)
    try:
        _under_way(other, file)
        with pytest.raises(AlreadyRunning) as caught:
            start_in_turn(file, read(file), {}, store, Options(run_id="left-out"), home=home)
        assert caught.value.owner == "held"
        assert store.summary("left-out") is not None
        assert store.shared().keys() == []  # its timer was not asked
    finally:
        store.close()
        other.close()


def _under_way(store: DiskStore, file: Path) -> Any:
    """A run of the file that this process owns and does nothing with."""
    run = store.create("held")
    definition = {"name": "quick", "nodes": {"a": {"type": "noop"}}}
    began = {
        "event": "run_started", "at": 1.0, "run": "held", "parameters": {}, "files": {}, "env": {},
        "options": {"file": str(file)}, "definition": definition,
    }  # fmt: skip
    run.append(json.dumps(began))
    return run
