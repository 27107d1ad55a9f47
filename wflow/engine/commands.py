"""What the engine asks of the runner. What is ready to run is not commanded but taken (`engine.limits.take`)."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["AskTimer", "Command", "LoadSubflow", "StopActivation"]


class StopActivation(NamedTuple):
    """Stop the attempt that runs; ``reason`` is ``cancel`` or ``timeout``. It answers with an `Ended`."""

    activation: str
    reason: str


class LoadSubflow(NamedTuple):
    """Read and check a subflow's file, then answer with a `Loaded`. ``base`` is the file of the workflow that asks."""

    activation: str
    file: str
    base: str
    parameters: dict[str, Any]


class AskTimer(NamedTuple):
    """Look whether a timer is due, and answer with an `Answered`. ``file`` and ``address`` tell timers apart."""

    activation: str
    address: str
    file: str
    settings: dict[str, Any]


Command = StopActivation | LoadSubflow | AskTimer
