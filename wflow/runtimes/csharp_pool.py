"""The hosts of a run: one at first, and one more whenever a script has waited for longer than a short one takes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from wflow.runtimes.csharp_process import HostProcess
from wflow.runtimes.refused import NotStarted

__all__ = ["HostPool", "Withdrawn"]

#: Seconds that a script waits for one of the hosts there are before another is started: while there are fewer than
#: processors, and else. One that runs scripts of a millisecond serves many nodes in that time, and a start costs a
#: tenth of a second of a processor. The first script of all takes as long as that, and is waited for.
PATIENCE, LONG_PATIENCE = 0.03, 0.1

#: Seconds between two looks at whether a waiting script was asked to stop.
_LOOK = 0.02


class Withdrawn(Exception):
    """Whoever waited for a host was asked to stop."""


class HostPool:
    """Hosts to be taken and given back, from many threads."""

    def __init__(self, start: Callable[[Callable[[], bool]], HostProcess]) -> None:
        """``start`` gives a host that is ready, or raises NotStarted; it gives up once what it is handed says so."""
        self._start = start
        self._changed = threading.Condition()
        self._idle: list[HostProcess] = []
        self._starting: set[threading.Thread] = set()
        self._count = 0
        self._waiting = 0
        self._processors = os.cpu_count() or 1
        self._given = 0.0
        self._grown = 0.0
        self._error: NotStarted | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """Hosts there are."""
        return self._count

    def grow(self, wanted: int) -> None:
        """Have at least so many hosts, those that are starting included. Returns at once."""
        with self._changed:
            for _ in range(wanted - self._count - len(self._starting)):
                self._grow()

    def take(self, stopped: Callable[[], bool]) -> HostProcess:
        """A host for one attempt alone. Raises NotStarted where none starts, Withdrawn once ``stopped`` says so."""
        began = time.monotonic()
        with self._changed:
            self._waiting += 1
            try:
                while True:
                    while self._idle:
                        host = self._idle.pop()
                        if host.alive:
                            return host
                        self._count -= 1
                        host.close()
                    if stopped() or self._closed:
                        raise Withdrawn
                    self._see_to_it(began)
                    self._changed.wait(_LOOK)
            finally:
                self._waiting -= 1

    def _see_to_it(self, began: float) -> None:
        if self._count + len(self._starting) == 0:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            self._grow()
        elif self._count and len(self._starting) < self._waiting:
            # Nobody has given one back for a while: what runs is no short work.
            few = self._given and self._count + len(self._starting) < self._processors
            patience = (PATIENCE if few else LONG_PATIENCE) * 2 ** len(self._starting)
            if time.monotonic() - max(began, self._given, self._grown) > patience:
                self._grow()

    def give_back(self, host: HostProcess) -> None:
        """The attempt is over, and the host good for another."""
        with self._changed:
            self._given = time.monotonic()
            if not self._closed:
                self._idle.append(host)
                self._changed.notify()
                return
            self._count -= 1
        host.close()

    def lost(self) -> None:
        """A host that was taken is gone; the next who wants one has another started."""
        with self._changed:
            self._count -= 1
            self._changed.notify()

    def _grow(self) -> None:
        if self._closed:
            return
        thread = threading.Thread(target=self._add, name="csharp host", daemon=True)
        self._starting.add(thread)
        self._grown = time.monotonic()
        thread.start()

    def _add(self) -> None:
        host, error = None, None
        try:
            host = self._start(lambda: self._closed)
        except NotStarted as not_started:
            error = not_started
        with self._changed:
            self._starting.discard(threading.current_thread())
            if host is not None and not self._closed:
                self._count += 1
                self._idle.append(host)
                host = None
            self._error = error
            self._changed.notify_all()
        if host is not None:
            host.close()

    def close(self) -> None:
        """End the hosts, those that are starting too. What was taken is ended by who has it."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._count -= len(idle)
            starting = list(self._starting)
            self._changed.notify_all()
        for host in idle:
            host.close()
        for thread in starting:
            thread.join()
