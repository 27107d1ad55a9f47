"""`wflow rm` removes runs, and no other than those that are meant."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wflow.store.disk import DiskStore

FLOW = "name: x\nnodes: {a: {type: noop}}\n"


def test_runs_are_removed_with_all_that_was_kept_of_them(cli: Any, write: Callable[..., Path], home: Path) -> None:
    for name in ("one", "two", "three"):
        cli("run", write(FLOW), "--id", name, "--output", "quiet")
    assert cli("rm", "one", "last", "three") == (0, "removed one\nremoved three\n", "")
    assert [path.name for path in (home / "runs").iterdir()] == ["two"]
    assert "two" in cli("status").out
    assert "one" not in cli("status").out


def test_nothing_is_removed_when_one_of_them_is_not_there(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(FLOW), "--id", "one", "--output", "quiet")
    assert cli("rm", "one", "nosuch").code == 2
    assert (home / "runs" / "one").exists()


def test_a_run_that_a_process_owns_is_not_removed(cli: Any, write: Callable[..., Path], home: Path) -> None:
    cli("run", write(FLOW), "--id", "one", "--output", "quiet")
    store = DiskStore(home)
    owned = store.open("one", own=True)
    said = cli("rm", "one")
    assert said == (7, "", "wflow: error: run `one` is running\n  = `wflow cancel one` ends it\n")
    owned.close()
    store.close()
    assert cli("rm", "one").code == 0


def test_no_run_is_removed_when_a_process_owns_one_of_them(cli: Any, write: Callable[..., Path], home: Path) -> None:
    for name in ("one", "two", "three"):
        cli("run", write(FLOW), "--id", name, "--output", "quiet")
    store = DiskStore(home)
    store.open("two", own=True)
    assert cli("rm", "one", "two", "last").code == 7
    assert sorted(path.name for path in (home / "runs").iterdir()) == ["one", "three", "two"]
    store.close()
    assert cli("rm", "one", "two", "last", "last") == (0, "removed one\nremoved two\nremoved three\n", "")


def test_what_the_scripts_of_an_interrupted_run_left_running_ends_with_it(
    cli: Any, live: Any, leave: Any, tmp_path: Path
) -> None:
    process = live("name: x\nnodes: {a: {type: shell, script: 'echo $$ > pid; touch started; exec sleep 600'}}\n")
    leave(process, "interrupted")
    script = int((tmp_path / "pid").read_text())
    os.kill(script, 0)
    assert cli("rm", "r") == (0, "removed r\n", "")
    deadline = time.monotonic() + 10
    while Path(f"/proc/{script}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{script}").exists()
