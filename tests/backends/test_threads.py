from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from wflow.backends.threads import ThreadBackend


def test_no_more_than_its_workers_run_at_once() -> None:
    pool, together, most = ThreadBackend(3), set[int](), [0]
    lock = threading.Lock()
    turn = threading.Semaphore(0)

    def work() -> None:
        with lock:
            together.add(threading.get_ident())
            most[0] = max(most[0], len(together))
        turn.acquire(timeout=5)
        with lock:
            together.discard(threading.get_ident())

    futures = [pool.submit(work) for _ in range(12)]
    for _ in range(12):
        turn.release()
    for future in futures:
        future.result(5)
    assert most[0] <= 3
    pool.shutdown()


def test_threads_are_made_when_they_are_needed() -> None:
    pool = ThreadBackend(8)
    for _ in range(20):
        pool.submit(int).result(5)
        while not pool._idle._value:
            pass
    assert len(pool._threads) == 1
    pool.shutdown()


def test_a_lost_worker_is_replaced_and_what_waited_goes_on() -> None:
    pool, stuck = ThreadBackend(1), threading.Event()
    lost = pool.submit(stuck.wait, 10)
    waiting = pool.submit(lambda: "done")
    assert not waiting.done()
    pool.replace_lost()
    assert waiting.result(5) == "done"
    stuck.set()
    assert lost.result(5) is True
    pool.shutdown()


def test_a_stuck_worker_does_not_keep_the_process() -> None:
    code = (
        "import time; from wflow.backends.threads import ThreadBackend; pool = ThreadBackend(2);"
        "pool.submit(time.sleep, 60); pool.close(); print('left')"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout == "left\n"


def test_closing_cancels_what_waits() -> None:
    pool, go = ThreadBackend(1), threading.Event()
    running = pool.submit(go.wait, 10)
    waiting = pool.submit(int)
    pool.close()
    assert waiting.cancelled()
    go.set()
    assert running.result(5) is True


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="one worker"):
        ThreadBackend(0)
