"""What reaches the engine from outside. Each is journalled before it counts, and nothing else changes a run.

Every stimulus carries the wall time ``at`` (seconds since the epoch) at which it happened: the engine has no
clock of its own, and so comes to the same state whenever the journal is read again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "Answered",
    "Began",
    "Due",
    "Ended",
    "Loaded",
    "Paused",
    "Permitted",
    "Progressed",
    "Recalled",
    "Released",
    "Requested",
    "Resumed",
    "Revised",
    "Started",
    "Stimulus",
]


class Began(NamedTuple):
    """The run's first record. ``definition`` is the normalised workflow, ``files`` hashes by path, ``env`` the values
    of the environment names that its expressions read.
    """

    at: float
    run: str
    definition: dict[str, Any]
    parameters: dict[str, Any]
    files: dict[str, str]
    env: dict[str, str]
    options: dict[str, Any]


class Started(NamedTuple):
    """These activations were handed out to workers, or are control nodes that have their place of a pool."""

    at: float
    activations: tuple[str, ...]


class Released(NamedTuple):
    """These were handed out and are given back, not counted as an attempt: their worker was stopped, or never began."""

    at: float
    activations: tuple[str, ...]


class Ended(NamedTuple):
    """An attempt ended. ``output`` is a mapping or a stored value; ``failure`` is ``(type, message, traceback,
    exit_code)`` or None; ``operations`` are ``(op, name, value)``.
    """

    at: float
    activation: str
    attempt: int
    status: str
    output: Any
    operations: tuple[tuple[str, str, Any], ...]
    failure: tuple[str, str, str, int | None] | None
    began: float


class Progressed(NamedTuple):
    """A running node said how far it is, 0 to 100."""

    at: float
    activation: str
    percent: float
    message: str


class Due(NamedTuple):
    """Every deadline up to ``at`` has come."""

    at: float


class Requested(NamedTuple):
    """Somebody asked something of the run: ``what`` with its ``arguments``."""

    at: float
    what: str
    arguments: dict[str, Any]


class Paused(NamedTuple):
    """Nothing runs any more; the process that ran it leaves the run as it is."""

    at: float


class Resumed(NamedTuple):
    """A process took the run up again. ``crashed`` when the one before it had died."""

    at: float
    crashed: bool
    options: dict[str, Any]


class Loaded(NamedTuple):
    """A subflow's file was read for an activation: its normalised ``definition`` (None where the run has it already)
    and the checked ``parameters``, or the ``problem`` with them. ``file`` is the path that tells files apart.
    """

    at: float
    activation: str
    file: str
    definition: dict[str, Any] | None
    parameters: dict[str, Any]
    problem: str


class Answered(NamedTuple):
    """What a timer asked has been looked up: the node's ``output``, or the ``problem``."""

    at: float
    activation: str
    output: dict[str, Any]
    problem: str


class Permitted(NamedTuple):
    """What a breaker said to an activation that asked it: may it start, and in which ``era`` of the breaker; if not,
    the ``refusal`` is ``(type, message)`` of what it fails with.
    """

    at: float
    activation: str
    era: int
    refusal: tuple[str, str] | None


class Revised(NamedTuple):
    """The run goes on with another definition, other parameters, or with some nodes to run again: what stands here
    takes the place of the first record. ``floors`` are the last activation numbers by address; ``again`` are the
    addresses of what runs again with all that is in it; ``begun`` those of waits and timers that had begun; ``told`` is
    the hash of the file with what is told of the past (`Recalled` and the like); ``plan`` says in short what was kept
    and what not.
    """

    at: float
    definition: dict[str, Any]
    parameters: dict[str, Any]
    files: dict[str, str]
    env: dict[str, str]
    options: dict[str, Any]
    floors: dict[str, int]
    again: tuple[str, ...]
    begun: tuple[str, ...]
    told: str
    plan: dict[str, Any]


class Recalled(NamedTuple):
    """What became of an activation before the run was revised. ``given`` is the fingerprint of what it had got.

    ``status`` is ``completed``, ``failed`` (for good), ``cancelled``, ``started`` of one whose end is told by itself,
    or ``timeout`` of a scope or a wait whose time was over. The rest is as in `Ended`, of its last attempt.
    """

    at: float
    activation: str
    attempt: int
    given: str
    status: str
    output: Any
    operations: tuple[tuple[str, str, Any], ...]
    failure: tuple[str, str, str, int | None] | None
    began: float


Stimulus = (
    Answered
    | Began
    | Started
    | Released
    | Ended
    | Progressed
    | Due
    | Requested
    | Paused
    | Permitted
    | Resumed
    | Loaded
    | Revised
    | Recalled
)
