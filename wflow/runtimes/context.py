"""What a Python script sees: the names of the table in the file format, built when they are first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from wflow.model.nearest import did_you_mean
from wflow.runtimes.masking import Masker
from wflow.runtimes.output import copied
from wflow.runtimes.variables import Variables
from wflow.runtimes.work import Work

__all__ = ["NAMES", "Context", "RunView"]


class RunView:
    """What a script may know of its run: ``id``, ``attempt`` (from 1), ``workflow`` (its name), ``node`` (the node's
    address) and ``idempotency_key``, which is the same over attempts.
    """

    __slots__ = ("attempt", "id", "idempotency_key", "node", "workflow")

    def __init__(self, work: Work) -> None:
        self.id = work.run.id
        self.attempt = work.attempt
        self.workflow = work.run.workflow
        self.node = work.address
        self.idempotency_key = work.idempotency_key

    def __repr__(self) -> str:
        return f"<run {self.id} of {self.workflow}, attempt {self.attempt} at {self.node}>"


class Context:
    """The names a script sees, as attributes; also what a function named by ``call`` gets as its argument.

    ``input``, ``inputs`` (by source node), ``params`` are copies of the script's own, ``output`` is an empty mapping to
    be filled, ``variables`` a `Variables`, ``local`` an empty mapping of the attempt's own, ``progress(percent,
    message="")`` reports, ``cancelled()`` says whether a stop was asked for, ``run`` is a `RunView`, and ``env`` the
    environment with the node's ``env`` in it (a copy: the process's own environment is shared by all threads).
    """

    def __init__(self, work: Work, masker: Masker | None = None) -> None:
        self._work = work
        self._masker = masker

    def __getattr__(self, name: str) -> Any:
        make = _TABLE.get(name)
        if make is None:
            raise AttributeError(
                f"a script's context has no `{name}`; {did_you_mean(name, NAMES) or 'see `dir()` of it'}"
            )
        value = self.__dict__[name] = make(self)
        return value

    def __dir__(self) -> list[str]:
        return list(NAMES)


def _copy(values: Mapping[str, Any]) -> Any:
    return copied(values if type(values) is dict else dict(values))


def _env(context: Context) -> dict[str, str]:
    return {**os.environ, **context._work.env}


def _cancelled(context: Context) -> Callable[[], bool]:
    stop = context._work.stop

    def cancelled() -> bool:
        """Whether the script was asked to stop."""
        return stop.asked

    return cancelled


def _progress(context: Context) -> Callable[..., None]:
    report, masker = context._work.progress, context._masker

    def progress(percent: Any, message: object = "") -> None:
        """Report how far the script is: ``percent`` from 0 to 100 (cut to that), and a word about it."""
        if isinstance(percent, bool) or not isinstance(percent, int | float) or isnan(percent):
            raise TypeError(f"progress() takes a number from 0 to 100, not {percent!r}")
        text = str(message).encode("utf-8", "backslashreplace").decode()
        report(float(min(100, max(0, percent))), text if masker is None else masker.text(text))

    return progress


_TABLE: dict[str, Callable[[Any], Any]] = {
    "input": lambda context: _copy(context._work.input),
    "inputs": lambda context: {source: _copy(values) for source, values in context._work.inputs.items()},
    "output": lambda context: {},
    "variables": lambda context: Variables(context._work.variables),
    "params": lambda context: _copy(context._work.params),
    "local": lambda context: {},
    "progress": _progress,
    "cancelled": _cancelled,
    "run": lambda context: RunView(context._work),
    "env": _env,
}

#: The names that a script sees.
NAMES: tuple[str, ...] = tuple(_TABLE)
