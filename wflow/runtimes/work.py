"""The seam between the runner and what executes a node: `Work` goes in, `Outcome` comes out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Expected", "Failure", "Outcome", "Place", "RunFacts", "Runtime", "Stop", "Work"]


class Failure(NamedTuple):
    """Why an attempt failed. ``type`` is the error's class name (``TimeoutError``, ``ExitCode``, ``ValueError``);
    for a process ``exit_code`` is its exit code, else None.
    """

    type: str
    message: str
    traceback: str = ""
    exit_code: int | None = None


class Outcome(NamedTuple):
    """How an attempt ended: ``completed``, ``failed`` or ``cancelled``.

    ``output`` is a mapping of plain JSON values of its own (no object in it is shared with the script).
    ``operations`` are its writes to variables in order: ``(op, name, value)`` with op one of ``set``, ``add``,
    ``append``, ``merge``, ``delete``; empty unless completed. ``warnings`` are sentences for the user.
    """

    status: str
    output: dict[str, Any] = {}  # noqa: RUF012 - never written to; a fresh dict for each outcome would be measured
    operations: tuple[tuple[str, str, Any], ...] = ()
    failure: Failure | None = None
    warnings: tuple[str, ...] = ()


class RunFacts(NamedTuple):
    """What every node of a run may know about it.

    ``home`` is the folder of the workflow file, where its scripts are; ``folder`` the run's own; ``cwd`` the working
    directory of the whole run, None for ``home``. ``cache`` is the folder in which runtimes may keep what they can make
    again; runs share it.
    """

    id: str
    workflow: str
    home: Path
    folder: Path
    secrets: tuple[str, ...] = ()
    stop_grace: float = 10.0
    cwd: Path | None = None
    cache: Path | None = None


class Place(NamedTuple):
    """Where the text of a setting stands: its first line is line ``line`` (from 1) of ``file``, and so on; ``column``
    characters stand before each line's first.
    """

    file: str
    line: int
    column: int = 0


class Stop:
    """A request to stop an attempt, shared by the runner (which asks) and the runtime (which obeys).

    The runner calls `ask` from its own thread; a runtime that can do something at once registers it with
    `on_ask` (called at once when the request is there already), one that polls looks at `asked`.
    """

    __slots__ = ("_asked", "_callback", "_lock", "reason")

    def __init__(self) -> None:
        self._asked = False
        self._lock = threading.Lock()
        self._callback: Callable[[], None] | None = None
        self.reason = ""

    @property
    def asked(self) -> bool:
        """Whether the attempt should stop."""
        return self._asked

    def ask(self, reason: str) -> None:
        """Ask the attempt to stop; ``reason`` is ``cancel``, ``timeout`` or ``shutdown``. A second does nothing."""
        with self._lock:
            if self._asked:
                return
            self.reason = reason
            self._asked = True
            callback = self._callback
        if callback is not None:
            callback()

    def on_ask(self, callback: Callable[[], None] | None) -> None:
        """Have ``callback`` called (from the asking thread, must not block) when asked; None takes it back."""
        with self._lock:
            self._callback = callback
            asked = self._asked
        if asked and callback is not None:
            callback()


class Work:
    """One attempt at one activation, as a runtime gets it. Read only: mappings are copied before a script sees them.

    ``settings`` are the node's own keys with every ``${{ }}`` in them evaluated; ``env`` likewise, as strings.
    ``input`` is the merged input, ``inputs`` the same apart by source node. ``log`` is the attempt's log file without
    its suffix: standard output goes to ``<log>.out``, standard error to ``<log>.err`` (created when first written to,
    their folder may not exist yet). ``scratch`` is the folder for ``$WFLOW_WORK`` and the files around a script; the
    runtime makes it (0700) and removes it. ``progress(percent, message)`` may be called from any thread.
    """

    __slots__ = (
        "activation",
        "address",
        "attempt",
        "env",
        "idempotency_key",
        "input",
        "inputs",
        "log",
        "params",
        "progress",
        "run",
        "scratch",
        "settings",
        "stop",
        "type",
        "variables",
    )

    def __init__(
        self,
        *,
        run: RunFacts,
        activation: str,
        address: str,
        attempt: int,
        type: str,
        settings: Mapping[str, Any],
        input: Mapping[str, Any],
        inputs: Mapping[str, Mapping[str, Any]],
        variables: Mapping[str, Any],
        params: Mapping[str, Any],
        env: Mapping[str, str],
        idempotency_key: str,
        log: str,
        scratch: str,
        stop: Stop,
        progress: Callable[[float, str], None],
    ) -> None:
        self.run = run
        self.activation = activation
        self.address = address
        self.attempt = attempt
        self.type = type
        self.settings = settings
        self.input = input
        self.inputs = inputs
        self.variables = variables
        self.params = params
        self.env = env
        self.idempotency_key = idempotency_key
        self.log = log
        self.scratch = scratch
        self.stop = stop
        self.progress = progress

    def place(self, key: str) -> Place | None:
        """Where the text of this setting stands in the workflow file; None where that is not known."""
        return None


class Expected(NamedTuple):
    """A node that a run has and may come to: its id with those of its scopes (``deploy/check``), its keys as they are
    written, and where the text of a key stands.
    """

    name: str
    settings: Mapping[str, Any]
    place: Callable[[str], Place | None]


class Runtime(ABC):
    """What executes the nodes of one type. One object serves a whole run, from many threads at once."""

    @abstractmethod
    def run(self, work: Work) -> Outcome:
        """Execute one attempt and say how it ended.

        Duties, in order: never raise (what goes wrong is a failed outcome; an error of ours too); obey
        ``work.stop`` (a stopped attempt is ``cancelled``); write logs as they come; end whatever the script left
        running; leave no file but logs behind. Blocks until the attempt has ended.
        """

    def expect(self, run: RunFacts, nodes: Sequence[Expected], width: int) -> None:
        """The run has these nodes of the type, ``width`` of them may be ready at once: make ready what takes time. Must
        neither block nor raise; may never be called, or more than once.
        """
        return

    def abandon(self, work: Work) -> None:
        """Make a stopped attempt end that did not end by itself: kill what can be killed. Must not block."""
        return

    def close(self) -> None:
        """Give back what was kept between attempts. Called once, after the last attempt."""
        return
