"""The errors that wflow raises, and the exit codes that go with them.

WflowError                     1
├── UsageError                 2   the command line or a library call is wrong
│   └── RunNotFound            2   no run, or more than one, has that id
├── DefinitionError            3   the workflow file is invalid; carries its problems
├── ExpressionError            1   an expression could not be evaluated
├── ValueNotJson               1   a value that is no JSON value; names the key
├── AlreadyRunning             7   another process owns the run
└── StoreError                 8   the state on disk is damaged or unavailable
    ├── JournalDamaged         8   a journal record does not fit
    └── StoreUnavailable       8   the folder or the cache cannot be opened
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "EXIT_ALREADY_RUNNING",
    "EXIT_CANCELLED",
    "EXIT_COMPLETED",
    "EXIT_FAILED",
    "EXIT_INVALID",
    "EXIT_PAUSED",
    "EXIT_STORE",
    "EXIT_TIMED_OUT",
    "EXIT_TOLERATED",
    "EXIT_USAGE",
    "AlreadyRunning",
    "DefinitionError",
    "ExpressionError",
    "JournalDamaged",
    "RunNotFound",
    "StoreError",
    "StoreUnavailable",
    "UsageError",
    "ValueNotJson",
    "WflowError",
]

EXIT_COMPLETED = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INVALID = 3
EXIT_CANCELLED = 4
EXIT_PAUSED = 5
EXIT_TOLERATED = 6
EXIT_ALREADY_RUNNING = 7
EXIT_STORE = 8
EXIT_TIMED_OUT = 124


class WflowError(Exception):
    """Any error that is not a bug. ``str()`` is one sentence in the user's words; ``cure`` is what to do next."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str, *, cure: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure


class UsageError(WflowError):
    """The command line, or a library call, asks for something that cannot be."""

    exit_code = EXIT_USAGE


class RunNotFound(UsageError):
    """No run, or more than one, matches what was asked for."""


class DefinitionError(WflowError):
    """A workflow file that is not valid. ``problems`` holds every ``wflow.model.Problem`` found in it."""

    exit_code = EXIT_INVALID

    def __init__(self, message: str, *, problems: Sequence[Any] = (), cure: str | None = None) -> None:
        super().__init__(message, cure=cure)
        self.problems = tuple(problems)


class ExpressionError(WflowError):
    """An expression that could not be evaluated.

    ``source`` is the expression, ``values`` what the names in it stood for (shortened), ``reason`` why it failed.
    """

    def __init__(self, source: str, reason: str, values: Mapping[str, str] | None = None) -> None:
        self.source = source
        self.reason = reason
        self.values = dict(values or {})
        seen = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        told = f"expression `{source}` could not be evaluated: {reason}"
        super().__init__(f"{told} (with {seen})" if seen else told)


class ValueNotJson(WflowError):
    """A value that is no JSON value. ``key`` is where it stands, such as ``rows[3].when``."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"`{key}` {reason}")
        self.key = key


class AlreadyRunning(WflowError):
    """Another process owns the run. ``owner`` says who, where that is known."""

    exit_code = EXIT_ALREADY_RUNNING

    def __init__(self, message: str, *, owner: str | None = None, cure: str | None = None) -> None:
        super().__init__(message, cure=cure)
        self.owner = owner


class StoreError(WflowError):
    """The state on disk is damaged or cannot be used."""

    exit_code = EXIT_STORE


class JournalDamaged(StoreError):
    """A record of a journal does not fit. ``lost`` says what cannot be read, ``position`` is the record's number."""

    def __init__(self, message: str, *, position: int, lost: str, cure: str | None = None) -> None:
        super().__init__(message, cure=cure)
        self.position = position
        self.lost = lost


class StoreUnavailable(StoreError):
    """``$WFLOW_HOME`` or the disk cache in it cannot be opened, read or written."""
