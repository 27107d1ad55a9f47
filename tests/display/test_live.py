from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

import pytest

from wflow.display.live import Canvas, Live
from wflow.engine.events import Fault


class Terminal:
    """A pseudo terminal: ``stream`` is written to, `text` is what has come out at its other end."""

    def __init__(self) -> None:
        self.leader, follower = pty.openpty()
        self.stream: TextIO = os.fdopen(follower, "w", encoding="utf-8")
        self.resize(80, 24)
        self._read = b""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def text(self, until: str, seconds: float = 10.0) -> str:
        end = time.monotonic() + seconds
        while until.encode() not in self._read and time.monotonic() < end:
            if select.select([self.leader], [], [], 0.05)[0]:
                self._read += os.read(self.leader, 65_536)
        return re.sub(r"\x1b\[[0-9;]*m", "", self._read.decode("utf-8", "replace"))


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    one = Terminal()
    yield one
    one.stream.close()
    os.close(one.leader)


ENVIRON = {"TERM": "xterm-256color", "NO_COLOR": "1"}


def test_a_canvas_is_drawn_over_where_it_stood() -> None:
    canvas = Canvas()
    assert canvas.draw(["one", "two"], [3, 3], 80) == "\rone\x1b[K\ntwo\x1b[K\n\x1b[J"
    assert canvas.draw(["three"], [5], 80) == "\x1b[2A\rthree\x1b[K\n\x1b[J"
    canvas.leave()
    assert canvas.draw(["four"], [4], 80) == "\rfour\x1b[K\n\x1b[J"


def test_a_canvas_knows_that_a_narrower_terminal_broke_its_lines() -> None:
    canvas = Canvas()
    canvas.draw(["x" * 79, "", "y" * 40], [79, 0, 40], 80)
    assert canvas.draw(["z"], [1], 40).startswith(f"\x1b[{2 + 1 + 1}A\r")


def test_the_end_of_a_run_stays_on_the_screen(node: Any, story: Any, terminal: Terminal) -> None:
    told = story(node("a"), node("b"))
    live = Live(terminal.stream, lambda address: f"/logs/{address}", ENVIRON)
    live.start(told.view)
    told.begin()
    live.event(told.events[-1], told.view)
    told.start("a")
    told.fail("a")
    told.finish("failed", Fault("a", "ValueError", "bad"))
    live.note("odd\x1b[2J\nthing")
    live.finish(told.view)
    text = terminal.text("wflow resume")
    assert "note: odd\\nthing" in text
    assert "✗ etl" in text
    assert "├── ✗ a" in text
    assert text.index("✗ etl") < text.index("etl failed at a: ValueError: bad") < text.index("its log: /logs/a")


def test_a_tick_draws_what_time_has_changed(node: Any, story: Any, terminal: Terminal) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    live = Live(terminal.stream, None, ENVIRON)
    live.start(told.view)
    live.tick(told.view, told.now + 3.0)
    assert "a  (3.0s)" in terminal.text("3.0s)")
    terminal.resize(30, 10)
    time.sleep(0.11)
    live.tick(told.view, told.now + 7.0)
    assert "a  (7.0s)" in terminal.text("7.0s)")
    told.complete("a")
    told.finish()
    live.finish(told.view)


def test_a_terminal_that_takes_nothing_holds_nothing_up(node: Any, story: Any) -> None:
    reader, writer = os.pipe()
    stream = os.fdopen(writer, "w", encoding="utf-8")
    told = story(*[node(f"n{number}") for number in range(200)])
    told.begin()
    live = Live(stream, None, ENVIRON)
    live.start(told.view)
    begun = time.monotonic()
    for _ in range(400):
        live._next = 0.0
        live.tick(told.view, told.now)
    assert time.monotonic() - begun < 5.0
    os.close(reader)
    live.finish(told.view)
    assert live._out.gone
    stream.close()


def test_no_thread_is_left_behind(node: Any, story: Any, terminal: Terminal) -> None:
    told = story(node("a"))
    told.begin()
    live = Live(terminal.stream, None, ENVIRON)
    live.start(told.view)
    told.finish()
    live.finish(told.view)
    assert not any(thread.name == "wflow-display" for thread in threading.enumerate())
