"""A run's past told to the state that it has under a revised definition: what is left of it, and what not."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from wflow.engine.commands import AskTimer, Command, LoadSubflow
from wflow.engine.decide import Decision, decide, next_due
from wflow.engine.events import (
    Event,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
)
from wflow.engine.memory import Memory
from wflow.engine.recall import messages_print
from wflow.engine.state import State
from wflow.engine.stimuli import Answered, Due, Loaded, Recalled, Stimulus
from wflow.ids import activation_id, split_activation
from wflow.runner.items import Item

__all__ = ["Told", "tell"]

#: What a node comes to by an event.
_STATUS: dict[type[Event], str] = {
    NodeStarted: "started",
    NodeCompleted: "completed",
    NodeFailed: "failed",
    NodeCancelled: "cancelled",
    NodeSkipped: "skipped",
    NodeRetrying: "started",
}

Load = Callable[[LoadSubflow, float], Loaded | None]


class Told:
    """``stimuli`` is what was told, in order, and ``state`` what came of it; ``statuses`` are how the nodes stand, by
    address (none of one that has not begun), ``moved`` the addresses of nodes that got other messages than before.
    """

    def __init__(self, state: State, first: Decision, load: Load) -> None:
        self.state = state
        self.stimuli: list[Stimulus] = []
        self.statuses: dict[str, str] = {}
        self.moved: list[str] = []
        self._load = load
        self._ids: dict[str, str] = {}
        self._questions: dict[str, deque[Command]] = {}
        self._answers: dict[str, deque[Item]] = {}
        self._pending: deque[tuple[Command, Item]] = deque()
        self._take_in(first)

    @property
    def memory(self) -> Memory:
        """What the state remembers and has had no use for so far."""
        assert self.state.memory is not None
        return self.state.memory

    def tell(self, item: Item) -> None:
        """Tell one thing, and give the answers that it makes the engine ask for."""
        stimulus = item.stimulus
        if isinstance(stimulus, Recalled):
            self._recall(item, stimulus)
        elif isinstance(stimulus, Due):
            due = next_due(self.state)
            if due is not None and due <= stimulus.at:
                self._feed(stimulus)
        elif isinstance(stimulus, Loaded | Answered):
            asked = self._questions.get(item.address)
            if asked:
                self._pending.append((asked.popleft(), item))
            else:
                self._answers.setdefault(item.address, deque()).append(item)
        elif stimulus is not None:
            self._feed(stimulus)
        while self._pending:
            self._answer(*self._pending.popleft())

    def forget(self, results: Iterable[str]) -> None:
        """Leave out results, by activation, that nothing has asked for and nothing will."""
        gone = set(results)
        self.stimuli = [one for one in self.stimuli if not (isinstance(one, Recalled) and one.activation in gone)]

    def _recall(self, item: Item, result: Recalled) -> None:
        if result.status == "timeout":
            ident = self._ids.get(item.address)
            if ident is not None:
                self._feed(result._replace(activation=ident))
            return
        if item.got and not result.given.startswith("all"):
            awaiting = self.memory.awaiting.get(item.address, {})
            ready = [one for one in awaiting.values() if one.status == "ready"]
            if ready and messages_print(ready[0]) != item.got:
                self.moved.append(item.address)
        self._feed(result)

    def _answer(self, command: Command, item: Item) -> None:
        stimulus = item.stimulus
        if isinstance(command, LoadSubflow) and isinstance(stimulus, Loaded):
            if stimulus.problem:
                self._feed(stimulus._replace(activation=command.activation))
                return
            loaded = self._load(command, self.state.now)
            if loaded is not None:
                self._feed(loaded)
        elif isinstance(command, AskTimer) and isinstance(stimulus, Answered):
            self._feed(stimulus._replace(activation=command.activation))

    def _feed(self, stimulus: Stimulus) -> None:
        self.stimuli.append(stimulus)
        self._take_in(decide(self.state, stimulus))

    def _take_in(self, decision: Decision) -> None:
        statuses = self.statuses
        for event in decision.events:
            status = _STATUS.get(type(event))
            if status is None:
                continue
            address: str = event.address  # type: ignore[union-attr]
            if isinstance(event, NodeCancelled) and not event.number and address in statuses:
                continue  # it had no activation any more
            statuses[address] = status
            if isinstance(event, NodeStarted):
                self._ids[address] = activation_id(address, event.number)
        for command in decision.commands:
            if isinstance(command, LoadSubflow | AskTimer):
                self._asked(command)

    def _asked(self, command: LoadSubflow | AskTimer) -> None:
        address, _ = split_activation(command.activation)
        known = self._answers.get(address)
        if known:
            self._pending.append((command, known.popleft()))
        else:
            self._questions.setdefault(address, deque()).append(command)


def tell(state: State, first: Decision, items: Iterable[Item], load: Load) -> Told:
    """Tell all of these to a state that has just begun. ``load`` gives a subflow's definition as it is now, None where
    that cannot be had: the node then asks again when the run goes on.
    """
    told = Told(state, first, load)
    for item in items:
        told.tell(item)
    return told
