"""`wflow.store.turns`: one at a time through the door, and the line in the order of arrival, whoever dies in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wflow.errors import StoreUnavailable
from wflow.store.turns import Ticket, Turns

DIES_IN_LINE = """
import sys
from pathlib import Path
from wflow.store.turns import Turns
turns = Turns(Path(sys.argv[1]), "/a.yaml")
with turns.door():
    ticket = turns.take_ticket()
    print("in", flush=True)
    sys.stdin.read()
"""


def ticket(turns: Turns) -> Ticket:
    with turns.door():
        return turns.take_ticket()


def test_the_line_is_in_the_order_of_arrival(home: Path) -> None:
    turns = Turns(home, "/a.yaml")
    assert not turns.somebody_waits()
    first, second, third = (ticket(turns) for _ in range(3))
    assert turns.somebody_waits()
    assert [one.is_first() for one in (first, second, third)] == [True, False, False]
    second.leave()
    second.leave()
    assert [one.is_first() for one in (first, third)] == [True, False]
    first.leave()
    fourth = ticket(turns)
    assert [one.is_first() for one in (third, fourth)] == [True, False]
    third.leave()
    fourth.leave()
    assert not turns.somebody_waits()


def test_each_file_has_a_line_of_its_own(home: Path) -> None:
    mine, others = ticket(Turns(home, "/a.yaml")), ticket(Turns(home, "/b.yaml"))
    assert mine.is_first()
    assert others.is_first()
    mine.leave()
    others.leave()


def test_one_at_a_time_goes_through_the_door(home: Path) -> None:
    inside: list[int] = []

    def go(number: int) -> int:
        most = 0
        for _ in range(50):
            with Turns(home, "/a.yaml").door():
                inside.append(number)
                most = max(most, len(inside))
                inside.remove(number)
        return most

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(go, range(4))) == {1}


def test_tickets_taken_at_once_are_all_different(home: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda _: ticket(Turns(home, "/a.yaml")), range(8)))
    assert len({one.path for one in tickets}) == 8
    assert [one.is_first() for one in tickets].count(True) == 1
    for one in tickets:
        one.leave()


def test_who_dies_in_the_line_or_in_the_door_holds_nobody_up(home: Path, wflow_environment: dict[str, str]) -> None:
    died = subprocess.Popen(
        [sys.executable, "-c", DIES_IN_LINE, str(home)],
        env=wflow_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert died.stdout is not None
    assert died.stdin is not None
    assert died.stdout.readline() == "in\n"
    turns = Turns(home, "/a.yaml")
    assert turns.somebody_waits()
    os.kill(died.pid, signal.SIGKILL)
    died.wait()
    died.stdout.close()
    died.stdin.close()
    mine = ticket(turns)
    assert mine.is_first()
    assert [path.name for path in mine.path.parent.iterdir()] == [mine.path.name]
    mine.leave()


def test_a_home_that_cannot_be_used_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="ascii")
    with pytest.raises(StoreUnavailable, match="cannot be made"), Turns(tmp_path / "home", "/a.yaml").door():
        pass
