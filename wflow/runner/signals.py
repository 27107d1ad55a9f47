"""INT pauses, a second INT stops what runs, a third leaves at once; TERM and HUP do what the second INT does."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from wflow.runner.loop import RunLoop

__all__ = ["Signals", "noted_signals"]

_HANDLED = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals:
    """Handles the process's signals while a run is in the block. ``number`` is the signal to exit with, 0 for none.

    Each is added to ``noted`` as well; one that is there already has come too early for this run, and pauses it.

    Outside the main thread, where Python takes no handlers, the block changes nothing.
    """

    def __init__(self, loop: RunLoop, noted: list[int] | None = None) -> None:
        self.number = 0
        self._loop = loop
        self._noted = noted if noted is not None else []
        self._interrupts = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = _handle_with(self._handle)
        if self._noted:
            self._loop.ask_pause()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _put_back(self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._noted.append(int(number))
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts == 1:
                self._loop.ask_pause()
                return
            if self._interrupts > 2:
                os._exit(128 + number)
        self.number = self.number or int(number)
        self._loop.ask_shutdown(leaves=number != signal.SIGINT)


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """The numbers of the signals that come while the block is left to itself, and that do nothing else: for what runs
    one run after another and ends between two of them.
    """
    noted: list[int] = []
    before = _handle_with(lambda number, frame: noted.append(int(number)))
    try:
        yield noted
    finally:
        _put_back(before)


def _handle_with(handler: Callable[[int, FrameType | None], object]) -> dict[int, Any]:
    """Have the handler get the signals; gives those that did before. One that is ignored stays so."""
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in _HANDLED:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    return before


def _put_back(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        signal.signal(number, handler)
