"""What happened in a run, read from its journal as far as a revision may want to tell it again.

Each result of work is an `Item`, and so is whatever else came from outside and counted: a deadline, a signal, a file
that was read. Whether a failure is a result is not known when it happens: one that a handler took is, and so is one
inside of something that went on all the same; one that the run ended with is not, since a resume runs that again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from wflow.engine.commands import StopActivation
from wflow.engine.decide import Decision
from wflow.engine.events import (
    Fault,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunFinished,
)
from wflow.engine.recall import TIMED, fingerprint, kind_of, messages_print
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Answered, Due, Ended, Loaded, Recalled, Requested, Stimulus
from wflow.graph.plan import EACH
from wflow.ids import activation_id, split_activation
from wflow.runner.items import Final, Item, Seen

__all__ = ["History"]

#: Requests that are told again as they were; a ``signal`` is too, with what it woke.
_TOLD_AGAIN = frozenset({"edge", "set"})

#: The output of what gave none.
_NOTHING: dict[str, Any] = {}


@dataclass
class History:
    """``items`` in order, ``finals`` and ``highest`` (the last activation number) by address, ``files`` the subflow
    files by the address of the node that asked for them.
    """

    inputs: bool = False
    items: list[Item] = field(default_factory=list)
    finals: dict[str, Final] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._now = 0
        self._at = 0.0
        self._begin()

    def _begin(self) -> None:
        self.seen = Seen()
        self._under: dict[str, list[Item]] = {}
        self._begun: dict[str, tuple[int, float]] = {}
        self._timed: dict[str, tuple[int, float]] = {}
        self._told: dict[str, Recalled] = {}
        self._slots: dict[tuple[int, bool], tuple[Any, list[Item]]] = {}
        self._standing: set[str] = set()
        self._waits: dict[str, Item] = {}
        self._signals: dict[str, deque[Item]] = {}

    def begin_again(self) -> None:
        """The run was revised: what is told from here on is all that counts of its past."""
        self.items.clear()
        self.finals.clear()
        self.files.clear()
        self._begin()

    def observe(self, stimulus: Stimulus, decision: Decision) -> None:
        """Take in what the stimulus led to."""
        self._now += 1
        self._at = stimulus.at
        self._note(stimulus)
        for activation in self.seen.fresh:
            self._supersede(activation)
        for event in decision.events:
            if isinstance(event, NodeStarted):
                self._started(event)
            elif isinstance(event, NodeCompleted):
                self._completed(event, stimulus)
            elif isinstance(event, NodeFailed):
                self._failed(event)
            elif isinstance(event, NodeCancelled):
                self._cancelled(event)
            elif isinstance(event, NodeRetrying):
                self._retrying(event)
            elif isinstance(event, RunFinished) and event.status == "completed":
                self._settle(self._under.pop("", []))
        if isinstance(stimulus, Due):
            self._note_timeouts(decision)
        for activation in self.seen.fresh:
            if activation.stands_for is not None:
                self._stands_in(activation.stands_for)
        self.seen.forget()

    def close(self, state: State) -> None:
        """The journal is at its end: what stands in for something is still to come, and what waits is still there."""
        for ident in list(self._under):
            activation = self.seen.known.get(ident)
            if activation is not None and activation.status == "standing":
                self._settle(self._under.pop(ident))
        self._now += 1
        for waiting in state.memory.results.values() if state.memory is not None else ():
            for results in waiting.values():
                for result in results:
                    self._add(split_activation(result.activation)[0], result).kept = True
        self.items.sort(key=lambda item: item.order)

    def _add(self, address: str, stimulus: Stimulus | None, order: tuple[int, int] | None = None) -> Item:
        item = Item(order or (self._now, 1), address, stimulus)
        self.items.append(item)
        return item

    def _note(self, stimulus: Stimulus) -> None:
        """What came from outside, but the ends of work, which are told as what became of them."""
        if isinstance(stimulus, Recalled):
            if stimulus.status != "timeout":
                self._told[stimulus.activation] = stimulus
        elif isinstance(stimulus, Due):
            self._add("", stimulus).kept = True
        elif isinstance(stimulus, Loaded | Answered):
            address, _ = split_activation(stimulus.activation)
            item = self._add(address, stimulus)
            item.kept = not stimulus.problem
            if stimulus.problem:
                self._under.setdefault(stimulus.activation, []).append(item)
            elif isinstance(stimulus, Loaded):
                self.files[address] = stimulus.file
        elif isinstance(stimulus, Requested) and stimulus.what == "signal":
            item = self._add("", stimulus)
            item.kept = True
            self._signals.setdefault(str(stimulus.arguments.get("name")), deque()).append(item)
        elif isinstance(stimulus, Requested) and stimulus.what in _TOLD_AGAIN:
            self._add(str(stimulus.arguments.get("address", "")), stimulus).kept = True

    def _started(self, event: NodeStarted) -> None:
        ident = activation_id(event.address, event.number)
        activation = self.seen.known[ident]
        if activation.undoes is not None:
            return
        if event.number > self.highest.get(event.address, 0):
            self.highest[event.address] = event.number
        final = self.finals.get(event.address)
        if final is None:
            final = self.finals[event.address] = Final("started", activation.node.plan, kind_of(activation) == "all")
        final.status, final.item = "started", None
        if ident not in self._begun:
            final.open += 1
            self._begun[ident] = (self._now, self._at)
            if event.type in TIMED:
                item = self._waits[ident] = self._add(event.address, None)
                item.kept = item.begun = True

    def _ended(self, event: NodeCompleted | NodeFailed | NodeCancelled, status: str) -> Activation | None:
        """The activation that ended, where it counts: not one that had not begun, and none that undid another."""
        activation = self.seen.known.get(activation_id(event.address, event.number))
        if activation is None or activation.undoes is not None:
            return None
        final = self.finals.get(event.address)
        if final is None:
            final = self.finals[event.address] = Final(status, activation.node.plan, kind_of(activation) == "all")
        final.status, final.item = status, None
        final.open -= activation.id in self._begun
        final.done += status == "completed"
        return activation

    def _completed(self, event: NodeCompleted, stimulus: Stimulus) -> None:
        activation = self._ended(event, "completed")
        if activation is None:
            return
        ident = activation.id
        self._settle(self._under.pop(ident, []))
        self._standing.discard(ident)
        told = self._told.get(ident)
        if isinstance(stimulus, Ended) and stimulus.activation == ident and event.output is stimulus.output:
            self._settle(self._result(activation, "completed", event.duration, event.output, stimulus.operations))
        elif told is not None and told.status == "completed":
            self._settle(self._result(activation, "completed", event.duration, event.output, told.operations))
        elif event.type == "wait" and "signal" in activation.node.plan.node.settings:
            waiting = self._signals.get(str(activation.node.plan.node.settings["signal"]))
            if waiting:
                waiting.popleft().address = event.address
        self._begun.pop(ident, None)
        self._waits.pop(ident, None)

    def _failed(self, event: NodeFailed) -> None:
        activation = self._ended(event, "failed")
        if activation is None:
            return
        items = self._under.pop(activation.id, [])
        if activation.id in self._standing:
            self._standing.discard(activation.id)
            own = [item for item in items if item.address == activation.address]
        elif activation.node.plan.work and event.attempt:
            own = self._failure(activation, event.error, event.duration)
            items += own
        else:
            own = [*self._timeout(activation, event.error), *self._unkept(activation)]
            items += own
        self._follow(activation, items, own, settled=event.handled)

    def _cancelled(self, event: NodeCancelled) -> None:
        activation = self._ended(event, "cancelled")
        if activation is None:
            return
        self._standing.discard(activation.id)
        if activation.node.plan.work and event.attempt:
            own = self._result(activation, "cancelled", event.duration)
        else:
            own = self._unkept(activation)
        items = [*self._under.pop(activation.id, []), *own]
        chosen = activation.stopping in ("target", "rest") or activation.node.stopped == "flow"
        self._follow(activation, items, own, settled=chosen)

    def _unkept(self, activation: Activation) -> list[Item]:
        """The items of a control node that ended badly: what began it, and one that has its fate."""
        begun = self._waits.pop(activation.id, None)
        if begun is not None:
            begun.kept = False
        return [*([] if begun is None else [begun]), self._add(activation.address, None)]

    def _follow(self, activation: Activation, items: list[Item], own: list[Item], *, settled: bool) -> None:
        """What ended badly stays so when that is ``settled``, else it has the fate of what it is in."""
        self.finals[activation.address].item = own[-1]
        self._begun.pop(activation.id, None)
        if activation.stands_for is not None:
            self._under.setdefault(activation.stands_for.id, []).extend(items)
        elif settled:
            self._settle(items)
        else:
            owner = activation.scope.owner
            self._under.setdefault(owner.id if owner is not None else "", []).extend(items)
        slot = _slot_of(activation)
        self._slots.setdefault((id(slot), activation.stands_for is not None), (slot, []))[1].extend(own)

    def _retrying(self, event: NodeRetrying) -> None:
        """A scope that is tried again has got over what failed in it: that is a part of how it went."""
        activation = self.seen.known.get(activation_id(event.address, event.number))
        if activation is None or activation.node.plan.work:
            return
        items = [*self._under.pop(activation.id, []), *self._timeout(activation, event.error)]
        self._settle(items)
        for item in items:
            item.passed = True

    def _timeout(self, activation: Activation, fault: Fault) -> list[Item]:
        """The item of a scope or a wait that failed because its time was over."""
        if fault.type != "TimeoutError" or fault.address != activation.address or activation.node.plan.work:
            return []
        order, at = self._timed.pop(activation.id, (self._now, self._at))
        told = Recalled(at, activation.id, activation.attempt, "", "timeout", {}, (), None, at)
        return [self._add(activation.address, told, (order, 0))]

    def _note_timeouts(self, decision: Decision) -> None:
        """Whose time was over, of what is told to stop: that must be told before what stops has ended."""
        for command in decision.commands:
            activation = self.seen.known.get(command.activation) if isinstance(command, StopActivation) else None
            owner = activation.scope.owner if activation is not None else None
            while owner is not None:
                if owner.stopping == "timeout":
                    self._timed.setdefault(owner.id, (self._now, self._at))
                owner = owner.scope.owner

    def _stands_in(self, original: Activation) -> None:
        """The fallback of an activation has begun: the last attempt at that one had failed."""
        if original.id in self._standing or original.status != "standing" or not original.node.plan.work:
            return
        self._standing.add(original.id)
        assert original.fault is not None
        duration = max(0.0, self._at - original.started_at)
        self._under.setdefault(original.id, []).extend(self._failure(original, original.fault, duration))

    def _failure(self, activation: Activation, fault: Fault, duration: float) -> list[Item]:
        failure = (fault.type, fault.message, fault.traceback, None)
        return self._result(activation, "failed", duration, failure=failure)

    def _result(
        self,
        activation: Activation,
        status: str,
        duration: float,
        output: Any = _NOTHING,
        operations: tuple[tuple[str, str, Any], ...] = (),
        failure: tuple[str, str, str, int | None] | None = None,
    ) -> list[Item]:
        """The items of an attempt that was the last one at its activation: its end, and before it that it had been
        handed out, where it was told to stop meanwhile.
        """
        ident, address, at = activation.id, activation.address, self._at
        given = self._given(activation)
        result = Recalled(at, ident, activation.attempt, given, status, output, operations, failure, at - duration)
        items = []
        if activation.stopping and ident in self._begun:
            order, began = self._begun[ident]
            begun = result._replace(
                at=began, status="started", output=_NOTHING, operations=(), failure=None, began=began
            )
            items.append(self._add(address, begun, (order, 1)))
        items.append(self._add(address, result))
        if self.inputs:
            items[-1].got = messages_print(activation)
        return items

    def _given(self, activation: Activation) -> str:
        """The fingerprint of what it got: of one that was told of, the one that it was told with."""
        told = self._told.pop(activation.id, None)
        return told.given if told is not None else fingerprint(activation, kind_of(activation))

    def _settle(self, items: list[Item]) -> None:
        for item in items:
            item.kept = not item.superseded

    def _supersede(self, activation: Activation) -> None:
        """What failed or was cancelled in the place of this new activation runs again with it."""
        slot = _slot_of(activation)
        keys = [(id(slot), True)] if activation.stands_for is not None else [(id(slot), True), (id(slot), False)]
        for key in keys:
            _, items = self._slots.pop(key, (None, []))
            for item in items:
                if not item.passed:
                    item.superseded, item.kept = True, False


def _slot_of(activation: Activation) -> Any:
    """What an activation and those that run in its place later have in common: its messages, else its node."""
    if activation.stands_for is not None:
        activation = activation.stands_for
    return activation.messages if activation.node.plan.join == EACH else activation.node
