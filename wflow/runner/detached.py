"""A run in a process of its own, which goes on when the one that started it has gone."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing

from wflow.errors import JournalDamaged, RunNotFound
from wflow.runner.command import own_command
from wflow.runner.replay import first_record
from wflow.store.interface import Store

__all__ = ["NotBegun", "run_detached"]

#: Seconds between two looks whether the run is there.
_TICK = 0.02

#: Bytes of what a process says that are told, should it end before its run is there.
_MOST_SAID = 1 << 16


class NotBegun(Exception):
    """The process has ended and there is no run: with which exit ``code``, and what it ``said``."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


def run_detached(arguments: Sequence[str], run_id: str, store: Store, *, patience: float) -> subprocess.Popen[bytes]:
    """Start ``wflow run`` with these arguments for a run of that id, in a session of its own and without a terminal.

    Gives the process once the run has begun, or after as many seconds as ``patience``: one that waits for its turn
    begins later. What goes wrong from then on is told by the run alone. Raises NotBegun, and OSError where no process
    can be started.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            own_command("run", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        deadline = time.monotonic() + patience
        while not _has_begun(store, run_id, process.pid):
            code = process.poll()
            # It may have begun, and ended, between the two looks.
            if code is not None and not _has_begun(store, run_id, process.pid):
                said.seek(0)
                raise NotBegun(code, said.read(_MOST_SAID).decode("utf-8", "replace"))
            if code is not None or time.monotonic() > deadline:
                break
            time.sleep(_TICK)
    return process


def _has_begun(store: Store, run_id: str, pid: int) -> bool:
    """Whether the run is there and is that process's: there may be one of that id already."""
    try:
        with closing(store.open(run_id)) as run:
            return first_record(run).options.get("pid") == pid
    except (RunNotFound, JournalDamaged):
        return False
