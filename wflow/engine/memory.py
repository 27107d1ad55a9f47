"""What a revised run remembers of before: results that wait for the activations that come in their place."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from wflow.engine.stimuli import Recalled
from wflow.ids import split_activation

if TYPE_CHECKING:
    from wflow.engine.state import Activation

__all__ = ["Memory"]


class Memory:
    """``floors`` are the last activation numbers, by address, of nodes that have got no new number yet; ``again`` are
    the addresses of what runs again, with all that is in it.

    ``results`` wait for their activations, by address and fingerprint; ``begun`` are the addresses of waits and timers
    that had begun. While the past is being told (``telling``), ``awaiting`` are the
    activations that would take a result, by address and id; ``prints`` are fingerprints of such.
    """

    __slots__ = ("again", "awaiting", "begun", "floors", "prints", "results", "telling")

    def __init__(self, floors: Mapping[str, int], again: Iterable[str], begun: Iterable[str]) -> None:
        self.floors = dict(floors)
        self.again = frozenset(again)
        self.results: dict[str, dict[str, deque[Recalled]]] = {}
        self.begun = frozenset(begun)
        self.awaiting: dict[str, dict[str, Activation]] = {}
        self.prints: dict[str, str] = {}
        self.telling = True

    def keep(self, result: Recalled) -> None:
        """Have the result wait for its activation."""
        address, _ = split_activation(result.activation)
        self.results.setdefault(address, {}).setdefault(result.given, deque()).append(result)

    def take(self, address: str, given: str) -> Recalled | None:
        """The oldest result that waits there for one that got this, which it has then; None where there is none."""
        waiting = self.results.get(address, {})
        found = waiting.get(given)
        if found is None:
            return None
        result = found.popleft()
        if not found:
            del waiting[given]
        if not waiting:
            del self.results[address]
        return result

    def kinds(self, address: str) -> list[str]:
        """The kinds of the fingerprints there, found out from the first and the last of them: one kind, unless a
        revision has changed it.
        """
        waiting = self.results.get(address)
        if waiting is None:
            return []
        return list(dict.fromkeys(given.partition(":")[0] for given in (next(iter(waiting)), next(reversed(waiting)))))
