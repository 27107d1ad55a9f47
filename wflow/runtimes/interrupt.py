"""Stopping a script that runs in a thread: a request it can see, then an exception raised in its thread."""

from __future__ import annotations

import threading

__all__ = ["Guard", "Stopped"]


class Stopped(BaseException):
    """Raised in a script that is to stop. No Exception, so that ``except Exception`` does not swallow it."""


class Guard:
    """Raises `Stopped` in the thread that made it, but never once `leave` has returned.

    Whoever runs the script calls `leave` after it inside a ``try`` that catches `Stopped` (which can still arrive
    until then), and in that case `leave_stopped`. A ``cooperative`` script is left ``grace`` seconds first.
    """

    __slots__ = ("_active", "_cooperative", "_grace", "_lock", "_sent", "_thread", "_timer")

    def __init__(self, *, cooperative: bool, grace: float) -> None:
        self._thread = threading.get_ident()
        # Reentrant: a signal handler may ask while its own thread is leaving.
        self._lock = threading.RLock()
        self._active = True
        self._sent = False
        self._cooperative = cooperative
        self._grace = grace
        self._timer: threading.Timer | None = None

    def ask(self) -> None:
        """The script should stop: see to it. From any thread; does not block."""
        if not self._cooperative:
            self.force()
            return
        with self._lock:
            if self._active and self._timer is None:
                self._timer = threading.Timer(self._grace, self.force)
                self._timer.daemon = True
                self._timer.start()

    def force(self) -> None:
        """Raise `Stopped` in the script's thread now, cooperative or not."""
        with self._lock:
            if not self._active:
                return
            if threading.get_ident() == self._thread:
                raise Stopped
            self._sent = True
            _raise_in(self._thread, Stopped)

    def leave(self) -> None:
        """The script has ended: nothing is raised after this returns. Raises Stopped where that came just before."""
        with self._lock:
            self._active = False
            if self._sent:
                _raise_in(self._thread, None)
        if self._timer is not None:
            self._timer.cancel()

    def leave_stopped(self) -> None:
        """`leave` where `Stopped` has arrived; a second one on its way is caught as well."""
        while True:
            try:
                self.leave()
                return
            except Stopped:
                continue


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Have the interpreter raise ``exception`` in the thread at its next instruction; None takes one back."""
    import ctypes

    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_in(ctypes.c_ulong(thread), None if exception is None else ctypes.py_object(exception))
