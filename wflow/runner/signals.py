"""INT pauses, a second INT stops what runs, a third leaves at once; TERM and HUP do what the second INT does."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from wflow.runner.loop import RunLoop

__all__ = ["Signals"]

_HANDLED = ("SIGINT", "SIGTERM", "SIGHUP")


class Signals:
    """Handles the process's signals while a run is in the block. ``number`` is the signal to exit with, 0 for none.

    Outside the main thread, where Python takes no handlers, the block changes nothing.
    """

    def __init__(self, loop: RunLoop) -> None:
        self.number = 0
        self._loop = loop
        self._interrupts = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for name in _HANDLED:
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            self._interrupts += 1
            if self._interrupts == 1:
                self._loop.ask_pause()
                return
            if self._interrupts > 2:
                os._exit(128 + number)
        self.number = self.number or int(number)
        self._loop.ask_shutdown()
