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


def printing(file: Path, *, mode: str = "wb") -> subprocess.Popen[bytes]:
    """A process with no environment whose standard output is the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    with file.open(mode) as stream:
        return subprocess.Popen(["sleep", "60"], env={}, stdout=stream, start_new_session=True)


def test_what_a_run_left_behind_is_killed_and_nothing_else(tmp_path: Path) -> None:
    run, other = tmp_path / "r", tmp_path / "r2"
    mine = [
        sleeper(WFLOW_RUN_ID="r", WFLOW_WORK=f"{run}/work/1"),
        sleeper(WFLOW_RUN_ID="r", WFLOW_WORK=f"{run}/work/12"),
        printing(run / "logs" / "load[é]" / "a#1.1.out"),
    ]
    others = [
        sleeper(WFLOW_RUN_ID="r", WFLOW_WORK=f"{other}/work/1"),
        sleeper(WFLOW_RUN_ID="r", WFLOW_OUTPUT=f"{run}/work/1/output"),
        printing(other / "logs" / "a#1.1.out"),
        printing(run / "logs" / "a#2.1.out", mode="rb"),
    ]
    try:
        assert end_leftovers(str(run)) == sorted(process.pid for process in mine)
        assert [facts(process.pid) for process in mine] == [None] * 3
        assert end_leftovers(str(run)) == []
        assert [process.poll() for process in others] == [None] * 4
    finally:
        for process in (*mine, *others):
            process.kill()
            process.wait()


def test_children_of_what_was_left_behind_go_with_it_whatever_their_environment(tmp_path: Path) -> None:
    script = "env -i sleep 61 & echo $!; exec sleep 62"
    env = {**os.environ, "WFLOW_WORK": f"{tmp_path}/work/1"}
    process = subprocess.Popen(["sh", "-c", script], env=env, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.stdout.close()
    assert end_leftovers(str(tmp_path)) == sorted([process.pid, child])
    process.wait()
    assert gone(child)


def test_an_engine_started_by_a_script_does_not_kill_itself(tmp_path: Path) -> None:
    code = "import sys; from wflow.runtimes.leftovers import end_leftovers; print(end_leftovers(sys.argv[1]))"
    env = {**os.environ, "WFLOW_WORK": f"{tmp_path}/work/1", "PYTHONPATH": os.pathsep.join(sys.path)}
    log = tmp_path / "logs" / "a#1.1.out"
    log.parent.mkdir()
    with log.open("wb") as out:
        subprocess.run([sys.executable, "-c", code, tmp_path], env=env, stdout=out, check=True)
    assert log.read_text() == "[]\n"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 100_000, "größe[ ]"])
def test_any_name_fits_an_environment(text: str) -> None:
    data = fitting(text)
    assert b"\0" not in data
    assert len(data) <= 4096
    assert fitting(text + "y") != data


def test_a_process_without_the_marker_is_not_marked(tmp_path: Path) -> None:
    log = tmp_path / "a#1.1"
    process = sleeper(WFLOW_RUN_ID="run", WFLOW_ACTIVATION="a#1", WFLOW_WORK="/runs/run/work/1")
    prints, reads = printing(Path(f"{log}.out")), printing(Path(f"{log}.err"), mode="rb")
    try:
        assert marked(process.pid, marker_of("run", "a#1"))
        assert not marked(process.pid, marker_of("run", "a#11"))
        assert not marked(2**22 + 1, marker_of("run", "a#1"))
        traces = traces_of("/runs/run/work/1", str(log))
        assert [marked(one.pid, traces) for one in (process, prints, reads)] == [True, True, False]
        assert not marked(process.pid, traces_of("/runs/run/work/11", str(log)))
        assert not marked(prints.pid, traces_of("/runs/run/work/1", f"{log}1"))
    finally:
        for one in (process, prints, reads):
            one.send_signal(signal.SIGKILL)
            one.wait()


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
