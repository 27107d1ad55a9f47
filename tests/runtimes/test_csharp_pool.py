"""`wflow.runtimes.csharp_pool`: hosts taken and given back, and how many there are."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow.runtimes.csharp_build import build_host
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_pool import HostPool, Withdrawn
from wflow.runtimes.csharp_process import HostProcess, start_host
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import RunFacts


def no() -> bool:
    return False


@pytest.fixture
def pool(dotnet: Dotnet, csharp_cache: Path, tmp_path: Path) -> Iterator[HostPool]:
    files = build_host(dotnet, csharp_cache)
    facts = RunFacts(f"pool-{os.getpid()}", "flow", tmp_path, tmp_path)
    made = HostPool(lambda stopped: start_host(dotnet, files, facts, stopped))
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_that_was_given_back_is_taken_again(pool: HostPool) -> None:
    host = pool.take(no)
    pool.give_back(host)
    assert pool.take(no) is host
    pool.give_back(host)
    assert pool.size == 1


def test_while_one_is_busy_for_long_another_is_started(pool: HostPool) -> None:
    first = pool.take(no)
    second = pool.take(no)
    assert first is not second
    for host in (first, second):
        pool.give_back(host)
    assert pool.size == 2


def test_short_work_of_many_is_done_by_few(pool: HostPool) -> None:
    pool.grow(1)
    until(lambda: pool.size == 1)

    def work() -> None:
        for _ in range(50):
            pool.give_back(pool.take(no))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pool.size <= 2


def test_as_many_are_started_as_are_wanted_and_no_more(pool: HostPool) -> None:
    pool.grow(2)
    pool.grow(2)
    until(lambda: pool.size == 2)
    pool.grow(1)
    assert pool.size == 2


def test_one_that_died_while_it_was_idle_is_not_handed_out(pool: HostPool) -> None:
    host = pool.take(no)
    pool.give_back(host)
    os.kill(host.pid, signal.SIGKILL)
    until(lambda: not host.alive)
    other = pool.take(no)
    assert other is not host
    pool.give_back(other)
    assert pool.size == 1


def test_who_is_asked_to_stop_waits_no_longer(pool: HostPool) -> None:
    with pytest.raises(Withdrawn):
        pool.take(lambda: True)


def test_one_that_is_lost_is_replaced_for_the_next(pool: HostPool) -> None:
    host = pool.take(no)
    host.end()
    pool.lost()
    other = pool.take(no)
    assert other is not host
    pool.give_back(other)


def test_where_none_starts_each_who_wants_one_hears_why() -> None:
    def start(_: Callable[[], bool]) -> HostProcess:
        raise NotStarted("no luck")

    pool = HostPool(start)
    pool.grow(1)
    for _ in range(2):
        with pytest.raises(NotStarted, match="no luck"):
            pool.take(no)
    pool.close()


def test_after_closing_nobody_gets_one_and_what_is_given_back_is_ended(pool: HostPool) -> None:
    host = pool.take(no)
    pool.close()
    with pytest.raises(Withdrawn):
        pool.take(no)
    pool.give_back(host)
    assert not host.usable
