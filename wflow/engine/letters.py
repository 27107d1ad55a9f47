"""Dead letters: messages that will not be delivered again, kept with what went wrong until requeued or dropped.

A message becomes one when its deliveries are spent (engines that died with it, `max_deliveries`) or when its node's
retries are and nobody handled the failure. At most `MOST_KEPT` are kept with all that is known of them; of the oldest
beyond that the number and the times remain.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wflow.engine.events import Fault, MessageDeadLettered
from wflow.engine.names import input_parts
from wflow.engine.state import Activation, State
from wflow.engine.values import opened

__all__ = ["MOST_KEPT", "Letter", "Spent", "drop", "forget_activation", "input_of", "keep"]

#: Dead letters of a run that are kept whole.
MOST_KEPT = 10_000


class Letter(NamedTuple):
    """A dead letter: of which activation (its address, its number there, its node's type), since when (``at``), why
    (``reason`` is ``deliveries`` or ``retries``), after how many ``attempts`` and ``crashes``, with which ``fault``.

    ``envelope`` has the edge and the trigger of each message in it, none for a node that started with its scope;
    ``parts`` are the mappings and stored values that its input is merged of, the last one on top.
    """

    number: int
    at: float
    address: str
    activation: int
    type: str
    reason: str
    attempts: int
    crashes: int
    fault: Fault
    envelope: tuple[tuple[str, str], ...]
    parts: tuple[Any, ...]


class Spent(NamedTuple):
    """Dead letters that are kept no longer: how ``many``, and from when to when they came."""

    many: int
    first_at: float
    last_at: float


def keep(state: State, activation: Activation, fault: Fault, reason: str) -> None:
    """Keep the message of an activation that failed as a dead letter; ``reason`` is ``deliveries`` or ``retries``."""
    state.letter_count += 1
    number = state.letter_count
    edges = activation.scope.graph.edges
    state.letters[number] = Letter(
        number,
        state.now,
        activation.address,
        activation.number,
        activation.node.plan.type,
        reason,
        activation.attempt,
        activation.crashes,
        fault,
        tuple((edges[message.edge].name, message.trigger) for message in activation.messages),
        input_parts(activation),
    )
    state.events.append(MessageDeadLettered(state.now, activation.address, activation.number, fault))
    while len(state.letters) > MOST_KEPT:
        oldest = state.letters.pop(next(iter(state.letters)))
        spent = state.letters_spent
        count, first_at = (0, oldest.at) if spent is None else (spent.many, spent.first_at)
        state.letters_spent = Spent(count + 1, first_at, oldest.at)


def input_of(letter: Letter) -> dict[str, Any]:
    """The input that its activation had. Raises JournalDamaged where a stored part of it is gone."""
    merged: dict[str, Any] = {}
    for part in letter.parts:
        merged.update(opened(part) or {})
    return merged


def drop(state: State, number: int) -> None:
    """Forget a dead letter; what it was the message of stays failed."""
    state.letters.pop(number, None)


def forget_activation(state: State, address: str, number: int) -> None:
    """The message of that activation is handed out again: it is no dead letter any more."""
    # They run again in about the order in which they failed: the one that is sought stands among the first.
    for letter in state.letters.values():
        if letter.activation == number and letter.address == address:
            del state.letters[letter.number]
            return
