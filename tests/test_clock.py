from __future__ import annotations

import time

from wflow.clock import Clock, SystemClock


def test_the_systems_clock_tells_wall_time_and_a_time_that_never_goes_back() -> None:
    clock: Clock = SystemClock()
    before = time.time()
    assert before <= clock.now() <= time.time()
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_to_sleep_lets_that_much_time_pass() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - began >= 0.01
