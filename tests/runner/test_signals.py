"""`wflow.runner.signals`: what INT, TERM and HUP ask of the loop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from wflow.runner.loop import RunLoop
from wflow.runner.signals import Signals, noted_signals


class Asked:
    """A loop that notes what is asked of it."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def ask_pause(self) -> None:
        self.notes.append("pause")

    def ask_shutdown(self, *, leaves: bool) -> None:
        self.notes.append("leave" if leaves else "shutdown")


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Under nohup HUP is ignored from the start, and what is ignored stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("sent", "notes", "number"),
    [
        (["INT"], ["pause"], 0),
        (["INT", "INT"], ["pause", "shutdown"], 2),
        (["TERM"], ["leave"], 15),
        (["HUP"], ["leave"], 1),
        (["INT", "TERM"], ["pause", "leave"], 15),
        (["TERM", "HUP"], ["leave", "leave"], 15),
    ],
)
def test_a_signal_asks_and_the_first_that_stops_is_the_one_to_exit_with(
    sent: list[str], notes: list[str], number: int
) -> None:
    asked = Asked()
    with Signals(cast("RunLoop", asked)) as signals:
        for name in sent:
            os.kill(os.getpid(), getattr(signal, f"SIG{name}"))
    assert asked.notes == notes
    assert signals.number == number


def test_a_third_int_leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    monkeypatch.setattr(os, "_exit", left.append)
    with Signals(cast("RunLoop", Asked())):
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
    assert left == [130]


def test_the_handlers_before_are_back_afterwards() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    with Signals(cast("RunLoop", Asked())):
        assert signal.getsignal(signal.SIGTERM) != before[signal.SIGTERM]
    assert {number: signal.getsignal(number) for number in before} == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        asked = Asked()
        with Signals(cast("RunLoop", asked)):
            os.kill(os.getpid(), signal.SIGHUP)
        assert asked.notes == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_another_thread_nothing_is_changed() -> None:
    found: list[bool] = []
    before = signal.getsignal(signal.SIGINT)

    def body() -> None:
        with Signals(cast("RunLoop", Asked())):
            found.append(signal.getsignal(signal.SIGINT) == before)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert found == [True]


def test_what_comes_between_two_runs_is_noted_and_pauses_the_next_that_was_on_its_way() -> None:
    before = signal.getsignal(signal.SIGINT)
    with noted_signals() as noted:
        os.kill(os.getpid(), signal.SIGINT)
        asked = Asked()
        with Signals(cast("RunLoop", asked), noted):
            assert asked.notes == ["pause"]
            os.kill(os.getpid(), signal.SIGTERM)
        assert asked.notes == ["pause", "leave"]
        os.kill(os.getpid(), signal.SIGHUP)
    assert noted == [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    assert signal.getsignal(signal.SIGINT) == before


def test_a_signal_that_is_ignored_is_not_noted() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with noted_signals() as noted:
            os.kill(os.getpid(), signal.SIGHUP)
        assert noted == []
    finally:
        signal.signal(signal.SIGHUP, before)
