from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from wflow.runtimes.interrupt import Guard, Stopped


def guarded(work: Callable[[], object], *, cooperative: bool = False, grace: float = 10.0) -> tuple[Guard, threading.Thread, list[str]]:  # fmt: skip  # noqa: E501
    ended: list[str] = []
    made: list[Guard] = []
    ready = threading.Event()

    def run() -> None:
        guard = Guard(cooperative=cooperative, grace=grace)
        made.append(guard)
        ready.set()
        try:
            work()
            guard.leave()
            ended.append("ended")
        except Stopped:
            guard.leave_stopped()
            ended.append("stopped")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(5)
    return made[0], thread, ended


def spin() -> None:
    while True:
        pass


def test_a_script_that_spins_is_stopped() -> None:
    guard, thread, ended = guarded(spin)
    guard.ask()
    thread.join(5)
    assert ended == ["stopped"]


def test_a_cooperative_script_is_left_its_grace() -> None:
    guard, thread, ended = guarded(spin, cooperative=True, grace=0.1)
    began = time.monotonic()
    guard.ask()
    guard.ask()
    thread.join(5)
    assert ended == ["stopped"]
    assert time.monotonic() - began >= 0.1


def test_a_cooperative_script_can_be_forced() -> None:
    guard, thread, ended = guarded(spin, cooperative=True, grace=60)
    guard.ask()
    guard.force()
    thread.join(5)
    assert ended == ["stopped"]
    assert guard._timer is not None
    guard._timer.join(5)
    assert not guard._timer.is_alive()


def test_nothing_is_raised_after_the_end() -> None:
    guard = Guard(cooperative=False, grace=10)
    guard.leave()
    guard.ask()
    guard.force()
    for _ in range(1000):
        pass


def test_asking_in_the_scripts_own_thread_raises_there() -> None:
    guard = Guard(cooperative=False, grace=10)
    with pytest.raises(Stopped):
        guard.ask()
    guard.leave_stopped()


def test_a_stop_at_any_moment_around_the_end_reaches_the_script_or_no_one() -> None:
    escaped: list[BaseException] = []
    threading_hook = threading.excepthook
    threading.excepthook = lambda args: escaped.append(args.exc_value or SystemExit())
    try:
        for delay in range(300):
            guard, thread, ended = guarded(lambda: str(sum(range(2000))))
            for _ in range(delay * 3):
                pass
            guard.ask()
            thread.join(5)
            assert ended in (["ended"], ["stopped"])
    finally:
        threading.excepthook = threading_hook
    assert escaped == []
