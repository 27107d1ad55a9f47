"""A workflow run step by step in one thread, without clock, files or workers: the engine as tests and tools see it.

Time passes only when nothing else can happen, straight to the next deadline. What nodes do is a function that is
given; the order in which attempts end is a choice that is given too, so that every order can be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wflow.engine.commands import AskBreaker, AskTimer, Command, LoadSubflow, TellBreaker
from wflow.engine.decide import Decision, begin, decide, next_due
from wflow.engine.events import (
    Event,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    NodeStarted,
)
from wflow.engine.invariants import broken_invariants
from wflow.engine.limits import take
from wflow.engine.names import merged_input
from wflow.engine.permits import pending
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Answered, Began, Due, Ended, Loaded, Permitted, Resumed, Started, Stimulus

__all__ = ["Did", "Simulation"]


@dataclass(frozen=True, slots=True)
class Did:
    """What an attempt did: its ``status``, its output, its writes to variables, and its failure as (type, message)."""

    status: str = "completed"
    output: dict[str, Any] = field(default_factory=dict)
    operations: tuple[tuple[str, str, Any], ...] = ()
    failure: tuple[str, str] = ("RuntimeError", "failed")
    exit_code: int | None = None


Work = Callable[[Activation, dict[str, Any]], Did]
Choose = Callable[[int], int]


class Simulation:
    """One run. ``stimuli`` is its journal, ``events`` what was told; `run` goes on until the run is at rest.

    ``work`` says what an attempt does (by default it completes with no output), ``choose(n)`` which of n running
    attempts ends next (by default the oldest), ``subflows`` gives the definition of a subflow's file (KeyError: there
    is none), whose parameters are taken as they come, ``timers`` the output of a timer (ValueError: what is wrong with
    it), ``breakers`` what a breaker refuses a start with (None: it allows it, as all do by default); ``told`` is what
    breakers were told. Invariants are checked after every step: AssertionError names one that does not hold.
    """

    def __init__(
        self,
        definition: dict[str, Any],
        parameters: dict[str, Any] | None = None,
        *,
        work: Work | None = None,
        choose: Choose | None = None,
        workers: int = 4,
        subflows: Callable[[str], dict[str, Any]] | None = None,
        timers: Callable[[AskTimer], dict[str, Any]] | None = None,
        breakers: Callable[[AskBreaker], str | None] | None = None,
    ) -> None:
        self._work = work or (lambda activation, given: Did())
        self._choose = choose or (lambda count: 0)
        self._subflows = subflows
        self._timers = timers
        self._breakers = breakers
        self._loads: list[LoadSubflow] = []
        self._asks: list[AskTimer] = []
        self._starts: list[AskBreaker] = []
        self.told: list[TellBreaker] = []
        self.workers = workers
        self.stimuli: list[Stimulus] = []
        self.events: list[Event] = []
        self.running: list[Activation] = []
        self.inputs: dict[str, dict[str, Any]] = {}
        options = {"max_concurrency": workers, "workers": workers, "breakers": True, "gated": True}
        began = Began(1000.0, "simulated", definition, parameters or {}, {}, {}, options)
        self.stimuli.append(began)
        self.state, first = begin(began)
        self._take_in(first)

    def run(self, steps: int = 1_000_000) -> State:
        """Go on until the run is finished, or waits for something from outside, or after that many steps."""
        for _ in range(steps):
            if not self.step():
                break
        return self.state

    def step(self) -> bool:
        """Let one thing happen; False when nothing can."""
        if self.state.finished:
            return False
        if self._loads:
            self.load(self._loads.pop(0))
            return True
        if self._asks:
            self.answer(self._asks.pop(0))
            return True
        if self.hand_out():
            return True
        if self._starts:
            self.permit_all()
            return True
        if self.running:
            self.end(self.running[self._choose(len(self.running))])
            return True
        due = next_due(self.state)
        if due is None:
            return False
        self.feed(Due(max(due, self.state.now)))
        return True

    def hand_out(self) -> bool:
        """Give ready activations to the workers that are free, and places to control nodes: True if one has started."""
        taken = take(self.state, self.workers - len(self.running))
        work = [activation for activation in taken if activation.node.plan.work]
        if taken:
            self.running += work
            for activation in work:
                self.inputs[activation.id] = merged_input(activation)
            self.feed(Started(self.state.now, tuple(activation.id for activation in taken)))
        self._obey(pending(self.state))
        return len(taken) > len(work)

    def end(self, activation: Activation) -> None:
        """Let one running attempt end."""
        self.running.remove(activation)
        if activation.stopping:
            did = Did("cancelled")
        else:
            did = self._work(activation, merged_input(activation))
        failure = (*did.failure, "", did.exit_code) if did.status == "failed" else None
        now = self.state.now + 0.001
        self.feed(
            Ended(
                now,
                activation.id,
                activation.attempt,
                did.status,
                did.output if did.status == "completed" else {},
                did.operations,
                failure,
                now - 0.001,
            )
        )

    def load(self, command: LoadSubflow) -> None:
        """Answer the engine's question for a subflow's file."""
        at, ident, file = self.state.now, command.activation, command.file
        if file in self.state.definitions:
            self.feed(Loaded(at, ident, file, None, command.parameters, ""))
            return
        try:
            definition = self._subflows(file) if self._subflows is not None else None
            problem = "" if definition is not None else f"there is no `{file}`"
        except KeyError:
            definition, problem = None, f"there is no `{file}`"
        self.feed(Loaded(at, ident, file, definition, command.parameters, problem))

    def answer(self, command: AskTimer) -> None:
        """Answer the engine's question whether a timer is due."""
        output, problem = {}, ""
        try:
            if self._timers is None:
                raise ValueError(f"nobody looks after the timer `{command.address}`")
            output = self._timers(command)
        except ValueError as error:
            problem = str(error)
        self.feed(Answered(self.state.now, command.activation, output, problem))

    def permit_all(self) -> None:
        """Answer the engine's questions whether breakers let activations start, as many as there are by now."""
        asked, self._starts = self._starts, []
        for command in asked:
            refusal = self._breakers(command) if self._breakers is not None else None
            answer = None if refusal is None else ("BreakerOpen", refusal)
            self.feed(Permitted(self.state.now, command.activation, 0, answer))

    def feed(self, stimulus: Stimulus) -> None:
        """Journal one stimulus and let it count."""
        self.stimuli.append(stimulus)
        self._take_in(decide(self.state, stimulus))

    def crash(self) -> None:
        """Forget everything but the journal, read it again (``events`` too), and take the run up as a resume does."""
        first, *rest = self.stimuli
        assert isinstance(first, Began)
        self.state, decision = begin(first)
        self.events = list(decision.events)
        for stimulus in rest:
            self.events += decide(self.state, stimulus).events
        self.running = []
        self._loads = []
        self._asks = []
        self._starts = []
        self.feed(Resumed(self.state.now, crashed=True, options={}))

    def _take_in(self, decision: Decision) -> None:
        self.events += decision.events
        self._obey(decision.commands)
        problems = broken_invariants(self.state)
        assert not problems, problems

    def _obey(self, commands: list[Command]) -> None:
        self._loads += [command for command in commands if isinstance(command, LoadSubflow)]
        self._asks += [command for command in commands if isinstance(command, AskTimer)]
        self._starts += [command for command in commands if isinstance(command, AskBreaker)]
        self.told += [command for command in commands if isinstance(command, TellBreaker)]

    def statuses(self) -> dict[str, str]:
        """The last status of each address that something was told of."""
        found: dict[str, str] = {}
        for event in self.events:
            if isinstance(event, NodeStarted):
                found[event.address] = "running"
            elif isinstance(event, NodeCompleted):
                found[event.address] = "completed"
            elif isinstance(event, NodeFailed):
                found[event.address] = "failed"
            elif isinstance(event, NodeSkipped):
                found[event.address] = "skipped"
            elif isinstance(event, NodeCancelled):
                found[event.address] = "cancelled"
        return found

    def order(self) -> list[str]:
        """The addresses of completed activations, in order."""
        return [event.address for event in self.events if isinstance(event, NodeCompleted)]

    def output(self, address: str) -> Any:
        """What the last completed activation at that address gave. Raises KeyError where none completed."""
        for event in reversed(self.events):
            if isinstance(event, NodeCompleted) and event.address == address:
                return event.output
        raise KeyError(address)
