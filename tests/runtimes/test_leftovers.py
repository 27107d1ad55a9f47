from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.runtimes import leftovers
from wflow.runtimes.leftovers import (
    ProcessFacts,
    descendants,
    end_leftovers,
    facts,
    fitting,
    kill,
    marked,
    marker_of,
    traces_of,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc to look into")


def sleeper(*, session: bool = True, **env: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, **env}, start_new_session=session)
    # It has no environment yet for a moment after it was started.
    while not Path(f"/proc/{process.pid}/environ").read_bytes():
        time.sleep(0.001)
    return process


def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = facts(pid)
        if now is None or now.state in "ZX":
            return True
        time.sleep(0.01)
    return False


def test_a_process_is_told_by_its_facts() -> None:
    process = sleeper()
    now = facts(process.pid)
    assert now is not None
    assert (now.parent, now.group, now.session) == (os.getpid(), process.pid, process.pid)
    assert kill(now)
    process.wait()
    assert facts(process.pid) is None
    assert not kill(now)


def test_a_process_with_the_id_of_another_is_not_killed() -> None:
    process = sleeper()
    now = facts(process.pid)
    assert now is not None
    assert not kill(now._replace(started=now.started - 1))
    assert process.poll() is None
    process.kill()
    process.wait()


def test_descendants_are_found_by_parent_group_and_session() -> None:
    def one(pid: int, parent: int, group: int, session: int) -> ProcessFacts:
        return ProcessFacts(pid, parent, group, session, "S", 1)

    table = [
        one(1, 0, 1, 1),
        one(10, 1, 10, 10),
        one(11, 10, 10, 10),
        one(12, 11, 12, 12),  # in a session of its own
        one(13, 12, 12, 12),
        one(14, 1, 10, 10),  # an orphan of the session
        one(20, 1, 20, 20),
    ]
    assert {found.pid for found in descendants(10, table)} == {10, 11, 12, 13, 14}


def test_what_an_activation_left_behind_is_killed_and_nothing_else(tmp_path: Path) -> None:
    log = tmp_path / "a[é]#1.1"
    mine = sleeper(WFLOW_RUN_ID="r", WFLOW_WORK="/home/runs/r/work/1")
    neighbour = sleeper(WFLOW_RUN_ID="r", WFLOW_WORK="/home/runs/r/work/11")
    elsewhere = sleeper(WFLOW_RUN_ID="r", WFLOW_WORK="/other/runs/r/work/1")
    with Path(f"{log}.err").open("wb") as error, Path(f"{tmp_path}/a[é]#1.11.out").open("wb") as other:
        silent = subprocess.Popen(["env", "-i", "sleep", "60"], stderr=error, start_new_session=True)
        printing = subprocess.Popen(["env", "-i", "sleep", "60"], stdout=other, start_new_session=True)
    with Path(f"{log}.err").open("rb") as reading:
        reader = subprocess.Popen(["sleep", "60"], stdin=reading, stdout=reading, start_new_session=True)
    others = (neighbour, elsewhere, printing, reader)
    try:
        traces = traces_of("/home/runs/r/work/1", str(log))
        assert end_leftovers(traces) == sorted([mine.pid, silent.pid])
        assert mine.wait() is not None
        assert silent.wait() is not None
        assert end_leftovers(traces) == []
        assert [process.poll() for process in others] == [None] * 4
    finally:
        for process in (mine, silent, *others):
            process.kill()
            process.wait()


def test_children_of_what_was_left_behind_go_with_it_whatever_their_environment() -> None:
    script = "env -i sleep 61 & echo $!; exec sleep 62"
    env = {**os.environ, "WFLOW_WORK": "/home/runs/z/work/1"}
    process = subprocess.Popen(["sh", "-c", script], env=env, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.stdout.close()
    assert end_leftovers(traces_of("/home/runs/z/work/1", "/x")) == sorted([process.pid, child])
    process.wait()
    assert gone(child)


def test_an_engine_started_by_a_script_does_not_kill_itself(tmp_path: Path) -> None:
    code = (
        "import os, sys; from wflow.runtimes.leftovers import end_leftovers, traces_of;"
        "print(end_leftovers(traces_of(os.environ['WFLOW_WORK'], sys.argv[1])))"
    )
    env = {**os.environ, "WFLOW_WORK": "/home/runs/q/work/1", "PYTHONPATH": os.pathsep.join(sys.path)}
    log = tmp_path / "a#1.1"
    with Path(f"{log}.out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code, log], env=env, stdout=out, check=True)
    assert Path(f"{log}.out").read_text() == "[]\n"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 100_000, "größe[ ]"])
def test_any_name_fits_an_environment(text: str) -> None:
    data = fitting(text)
    assert b"\0" not in data
    assert len(data) <= 4096
    assert fitting(text + "y") != data


def test_a_process_without_the_marker_is_not_marked() -> None:
    process = sleeper(WFLOW_RUN_ID="run", WFLOW_ACTIVATION="a#1")
    try:
        assert marked(process.pid, marker_of("run", "a#1"))
        assert not marked(process.pid, marker_of("run", "a#11"))
        assert not marked(2**22 + 1, marker_of("run", "a#1"))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_orphans_become_the_engines_and_are_reaped_but_no_child_of_its_own(tmp_path: object) -> None:
    assert leftovers.become_subreaper()
    try:
        own = subprocess.Popen(["true"])
        starter: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run
        pid = int(
            starter(["sh", "-c", "setsid sleep 0.01 & echo $!"], capture_output=True, text=True, check=True).stdout
        )
        assert gone(pid)
        assert leftovers.reap_orphans(-1, marker_of("none", "a#1")) == []
        assert facts(pid) is None
        assert own.wait() == 0
    finally:
        leftovers.resign_as_subreaper()
