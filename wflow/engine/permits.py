"""Permits: what a breaker has to say before an activation starts, and is told when the call has ended.

How a breaker stands is shared by all runs and so is not the engine's to know. An activation asks when it has everything
else that it needs, and keeps its places while the answer is awaited; each permit ends in one `TellBreaker`. What the
answer leads to is in `wflow.engine.breaker`.
"""

from __future__ import annotations

from wflow.engine.commands import AskBreaker, Command, TellBreaker
from wflow.engine.state import Activation, State

__all__ = ["ask", "awaited", "pending", "settle"]


def ask(state: State, activation: Activation) -> bool:
    """Have the breaker asked whether the activation, which has its places, may start; True while it has to wait.

    A run that was recorded before breakers were asked goes on as it was recorded.
    """
    breaker = activation.node.plan.breaker
    if breaker is None or not state.options.get("breakers") or activation.id in state.permits:
        return False
    if state.memory is not None and state.memory.telling:
        return False  # what is told of the past was permitted then
    if activation.id not in state.asked:
        state.asked[activation.id] = activation
        state.commands.append(AskBreaker(activation.id, breaker))
    return True


def awaited(state: State) -> int:
    """How many wait for an answer and will then need a worker."""
    return sum(1 for activation in state.asked.values() if activation.node.plan.work)


def pending(state: State) -> list[Command]:
    """The questions that were put outside of a decision, which brings what was put within it."""
    commands, state.commands = state.commands, []
    return commands


def settle(state: State, activation: Activation, failed: bool | None) -> None:
    """The call is over, or will not be made: the permit for it, if there is one, is used up."""
    era = state.permits.pop(activation.id, None)
    if era is not None:
        breaker = activation.node.plan.breaker
        assert breaker is not None
        state.commands.append(TellBreaker(activation.id, breaker, era, failed))
