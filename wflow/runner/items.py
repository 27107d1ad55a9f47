"""What is noted of a run while its journal is read: results, how each node stands, which activations there are."""

from __future__ import annotations

from dataclasses import dataclass

from wflow.engine.state import Activation
from wflow.engine.stimuli import Stimulus
from wflow.graph.plan import NodePlan

__all__ = ["Final", "Item", "Seen"]


@dataclass(slots=True, eq=False)
class Item:
    """Something that happened at ``order`` to the node at ``address`` ("" for what concerns no node).

    ``stimulus`` tells of it, None for what follows from the rest. ``kept`` says whether it is a result that stays;
    ``superseded`` that its node has run again since, not for a retry, which ``passed`` over it; ``begun`` is one of a
    wait or a timer that began. ``got`` stands for the messages that it was done on.
    """

    order: tuple[int, int]
    address: str
    stimulus: Stimulus | None
    kept: bool = False
    superseded: bool = False
    passed: bool = False
    begun: bool = False
    got: str = ""


class Seen(dict[str, Activation]):
    """Unfinished activations of a state that is watched: those made of late, and those that are gone."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh: list[Activation] = []
        self.known: dict[str, Activation] = {}
        self.gone: list[str] = []

    def __setitem__(self, ident: str, activation: Activation) -> None:
        super().__setitem__(ident, activation)
        self.known[ident] = activation
        self.fresh.append(activation)

    def __delitem__(self, ident: str) -> None:
        super().__delitem__(ident)
        self.gone.append(ident)

    def forget(self) -> None:
        """Drop what is gone: the decision that it ended in has been looked at."""
        for ident in self.gone:
            if ident not in self:
                self.known.pop(ident, None)
        self.gone.clear()
        self.fresh.clear()


@dataclass(slots=True)
class Final:
    """How the node at an address stands: its last status, the plan of the node, how many of its activations completed
    (``done``) and are under way (``open``). ``several`` says that there may be more than one for what it was made for.
    ``item`` says of one that failed or was cancelled whether that stays.
    """

    status: str
    plan: NodePlan
    several: bool
    done: int = 0
    open: int = 0
    item: Item | None = None

    @property
    def finished(self) -> bool:
        """Whether it came to a result that a resume keeps."""
        return self.status == "completed" or (self.item is not None and self.item.kept)
