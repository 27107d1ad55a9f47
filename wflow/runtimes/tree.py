"""A process that leads a session of its own, with all that descends from it: ended together, by TERM, then by KILL."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable

from wflow.runtimes import leftovers

__all__ = ["Tree"]

#: Seconds a process is given to be gone after KILL before its worker goes on without it.
_KILLED = 5.0


class Tree:
    """The process ``pid`` and what it started, told by descent, by group and session, and by ``markers``: entries of
    the environment that only what belongs to it was started with.
    """

    def __init__(self, pid: int, markers: Iterable[bytes]) -> None:
        self.pid = pid
        self._markers = tuple(markers)
        self._known: dict[int, leftovers.ProcessFacts] = {}

    def signal(self, number: int) -> None:
        """Send a signal to the group, as far as it is there. Only before the first process is reaped: its number may
        be another's afterwards.
        """
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            pass

    def terminate(self, grace: float, ended: Callable[[float], bool], at_once: Callable[[], bool]) -> None:
        """TERM to the group, ``grace`` seconds to all that is then there, KILL to what remains.

        ``ended`` waits at most so many seconds for the first process and says whether it has ended; once ``at_once``
        says so, the grace is over.
        """
        # Before TERM: once the leader has ended, what left its session can no longer be told by descent.
        self._note()
        if not at_once():
            self.signal(signal.SIGTERM)
            deadline = time.monotonic() + grace
            while (left := deadline - time.monotonic()) > 0 and not at_once():
                gone = ended(left)
                if gone and not self._others():
                    break
                if gone:
                    # From now on the wait for the first process returns at once, and its children are clearing up.
                    time.sleep(min(left, 0.01))
            self._note()
        self._kill_known()
        self.signal(signal.SIGKILL)

    def end_rest(self) -> None:
        """Kill and reap what was left running outside of the group, once the first process is gone."""
        for _ in range(20):
            left = leftovers.reap_orphans(self.pid, self._markers)
            if not left:
                return
            for one in left:
                leftovers.kill(one)
            leftovers.wait_gone(left, _KILLED)

    def end_children(self) -> None:
        """Kill what the first process, which goes on, has left running."""
        for _ in range(20):
            if leftovers.children(self.pid):
                left = [one for one in leftovers.descendants(self.pid, leftovers.processes()) if one.pid != self.pid]
                for one in left:
                    leftovers.kill(one)
                if not leftovers.wait_gone(left, _KILLED) and left:
                    continue
            self.end_rest()
            return

    def _note(self) -> None:
        """Remember every process that belongs to it."""
        table = leftovers.processes()
        for one in leftovers.descendants(self.pid, table):
            self._known[one.pid] = one
        for one in table:
            if one.pid not in self._known and leftovers.marked(one.pid, self._markers):
                self._known[one.pid] = one

    def _others(self) -> list[leftovers.ProcessFacts]:
        """Those of the known processes but the first that are alive."""
        return [
            one
            for one in self._known.values()
            if one.pid != self.pid
            and (now := leftovers.facts(one.pid)) is not None
            and now.started == one.started
            and now.state not in "ZX"
        ]

    def _kill_known(self) -> None:
        """KILL what is known, and what that has started meanwhile, until nothing new turns up."""
        for _ in range(20):
            if not [one for one in self._known.values() if leftovers.kill(one)]:
                return
            leftovers.wait_gone([one for one in self._known.values() if one.pid != self.pid], _KILLED)
            self._note()
