"""Dead letters as a part of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wflow.engine.events import Fault
from wflow.engine.letters import Letter

__all__ = ["dump_letters", "restore_letters"]


def dump_letters(letters: Mapping[int, Letter], write: Callable[[Any], Any]) -> list[Any]:
    """The letters as JSON; ``write`` puts a value into the snapshot's table and gives its place."""
    return [[*letter[:-1], [write(part) for part in letter.parts]] for letter in letters.values()]


def restore_letters(data: list[Any], read: Callable[[Any], Any]) -> dict[int, Letter]:
    """The letters by number that `dump_letters` wrote; ``read`` gives the value at a place of the table."""
    found: dict[int, Letter] = {}
    for number, at, address, activation, kind, reason, attempts, crashes, fault, envelope, parts in data:
        letter = Letter(
            number,
            at,
            address,
            activation,
            kind,
            reason,
            attempts,
            crashes,
            Fault(*fault),
            tuple((edge, trigger) for edge, trigger in envelope),
            tuple(read(part) for part in parts),
        )
        found[letter.number] = letter
    return found
