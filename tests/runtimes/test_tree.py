"""`wflow.runtimes.tree`: a process and all that it has started, ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow.runtimes.leftovers import become_subreaper, facts, leader_reaped, leader_started, resign_as_subreaper
from wflow.runtimes.tree import Tree

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc to look into")

Started = tuple["subprocess.Popen[bytes]", Tree, list[int]]


@pytest.fixture(autouse=True)
def _orphans_come_here() -> Iterator[None]:
    become_subreaper()
    yield
    resign_as_subreaper()


def start(tmp_path: Path, script: str, count: int = 1) -> Started:
    """A shell with this script, and the ids of the processes that it has written into files of the folder."""
    process = subprocess.Popen(["sh", "-c", script], cwd=tmp_path, start_new_session=True)
    leader_started(process.pid)
    _until(lambda: len([path for path in tmp_path.glob("*.pid") if path.read_text().endswith("\n")]) == count)
    return process, Tree(process.pid, [b"WFLOW_NOT=there"]), [int(path.read_text()) for path in tmp_path.glob("*.pid")]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def alive(pid: int) -> bool:
    now = facts(pid)
    return now is not None and now.state not in "ZX"


def end(process: subprocess.Popen[bytes], tree: Tree) -> int:
    code = process.wait()
    leader_reaped(process.pid)
    tree.end_rest()
    return code


def ended(process: subprocess.Popen[bytes]) -> Callable[[float], bool]:
    def wait(seconds: float) -> bool:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    return wait


def test_what_ends_at_term_is_not_killed(tmp_path: Path) -> None:
    process, tree, _ = start(tmp_path, "trap 'exit 7' TERM; echo $$ > own.pid; while :; do sleep 0.01; done")
    tree.terminate(20.0, ended(process), lambda: False)
    assert end(process, tree) == 7


def test_what_stays_is_killed_with_what_left_its_session(tmp_path: Path) -> None:
    process, tree, pids = start(
        tmp_path, "trap '' TERM; setsid sleep 600 & echo $! > a.pid; while :; do sleep 0.01; done"
    )
    tree.terminate(0.1, ended(process), lambda: False)
    assert end(process, tree) == -signal.SIGKILL
    assert not alive(pids[0])


def test_at_once_is_without_any_grace(tmp_path: Path) -> None:
    process, tree, _ = start(tmp_path, "trap '' TERM; echo $$ > own.pid; while :; do sleep 0.01; done")
    began = time.monotonic()
    tree.terminate(60.0, ended(process), lambda: True)
    assert end(process, tree) == -signal.SIGKILL
    assert time.monotonic() - began < 30


def test_its_children_are_ended_while_it_goes_on(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > a.pid; (setsid sleep 600 & echo $! > b.pid); echo $$ > c.pid; read x < fifo"
    subprocess.run(["mkfifo", tmp_path / "fifo"], check=True)
    process, tree, _ = start(tmp_path, script, 3)
    away = int((tmp_path / "b.pid").read_text())
    # Its number is told before it has left the session.
    _until(lambda: os.getsid(away) == away)
    tree.end_children()
    alive_now = {path.stem: alive(int(path.read_text())) for path in tmp_path.glob("*.pid")}
    assert alive_now == {"a": False, "b": True, "c": True}
    # What left the session and has no marker is nobody's to tell.
    tree.signal(signal.SIGKILL)
    end(process, tree)
    os.kill(away, signal.SIGKILL)


def test_a_tree_without_children_is_left_alone(tmp_path: Path) -> None:
    process, tree, pids = start(tmp_path, "echo $$ > own.pid; exec sleep 600")
    tree.end_children()
    assert alive(pids[0])
    tree.signal(signal.SIGKILL)
    end(process, tree)


def test_a_signal_to_what_is_gone_is_nothing() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    process.wait()
    Tree(process.pid, []).signal(signal.SIGTERM)
