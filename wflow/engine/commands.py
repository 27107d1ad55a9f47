"""What the engine asks of the runner. What is ready to run is not commanded but taken (`engine.limits.take`)."""

from __future__ import annotations

from typing import Any, NamedTuple

from wflow.model import Breaker

__all__ = ["AskBreaker", "AskTimer", "Command", "LoadSubflow", "StopActivation", "TellBreaker"]


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


class AskBreaker(NamedTuple):
    """Ask the breaker whether the activation may start, and answer with a `Permitted`."""

    activation: str
    breaker: Breaker


class TellBreaker(NamedTuple):
    """Tell the breaker that the call which it allowed the activation in ``era`` has ended: whether it ``failed``, None
    where it was never made or nobody can tell. Nothing is answered.
    """

    activation: str
    breaker: Breaker
    era: int
    failed: bool | None


Command = StopActivation | LoadSubflow | AskTimer | AskBreaker | TellBreaker
