"""`decide`: the only way a run's state changes. A stimulus goes in; commands, and the events to tell, come out.

Nothing here reads a clock, a file or chance: the same stimuli in the same order give the same state, which is what
a resume rests on, and what tests replay.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop
from typing import Any, NamedTuple

from wflow.engine import activation as activations
from wflow.engine import (
    breaker,
    cancel,
    compensate,
    control,
    finish,
    limits,
    loop,
    recall,
    requests,
    rerun,
    resume,
    routing,
    subflow,
    timer,
    variables,
    wait,
)
from wflow.engine import scope as scopes
from wflow.engine.commands import Command
from wflow.engine.events import (
    Event,
    Fault,
    NodeProgress,
    NodeStarted,
    RunPaused,
    RunStarted,
)
from wflow.engine.memory import Memory
from wflow.engine.state import Activation, Scope, State, World
from wflow.engine.steps import STEPS
from wflow.engine.stimuli import (
    Answered,
    Began,
    Due,
    Ended,
    Loaded,
    Paused,
    Permitted,
    Progressed,
    Recalled,
    Released,
    Requested,
    Resumed,
    Started,
    Stimulus,
)
from wflow.graph.plan import Plan
from wflow.model.definition import from_definition

__all__ = ["Decision", "begin", "decide", "next_due"]

#: Requests that a run takes though it has ended: they count when it is taken up again.
TAKEN_AFTER_THE_END = frozenset({"signal"})


class Decision(NamedTuple):
    """What follows from a stimulus: what the runner must do, and what has happened."""

    commands: list[Command]
    events: list[Event]


def begin(
    began: Began,
    plan: Plan | None = None,
    activations: dict[str, Activation] | None = None,
    memory: Memory | None = None,
) -> tuple[State, Decision]:
    """A new run's state, its root scope open. ``plan`` spares building it from the definition a second time.

    ``activations`` is where the state is to keep its unfinished activations: a reader's own mapping sees each of them.
    ``memory`` is for a run that was revised, whose past is about to be told: see `Revised`.
    """
    plan = plan or Plan(from_definition(began.definition))
    state = State(began.run, plan)
    state.memory = memory
    if activations is not None:
        state.activations = activations
    state.now = state.began_at = began.at
    state.env = began.env
    state.options = began.options
    state.files = began.files
    workflow = plan.workflow
    state.retries_left = workflow.retry_budget
    world = World(0, plan, dict(began.parameters), file=str(began.options.get("file", "")))
    state.worlds.append(world)
    state.events.append(RunStarted(began.at, began.run, workflow.name))
    state.root = Scope(
        plan.root,
        world,
        "",
        owner=None,
        entry_input=dict(began.parameters),
        names={},
        started_at=began.at,
        on_failure=workflow.on_failure,
    )
    if workflow.timeout is not None:
        state.set_deadline(began.at + workflow.timeout, "run", "")
    scopes.open_scope(state, state.root)
    return state, _work_off(state)


def decide(state: State, stimulus: Stimulus) -> Decision:
    """Apply one stimulus, and all that follows from it without anything outside."""
    state.now = stimulus.at
    _HANDLERS[type(stimulus)](state, stimulus)
    return _work_off(state)


def next_due(state: State) -> float | None:
    """When the next deadline comes (seconds since the epoch), or None. Those without an object any more are dropped."""
    deadlines = state.deadlines
    while deadlines:
        at, _, kind, ident, lease = deadlines[0]
        if kind in ("timeout", "retry", "wait", "timer", "pump"):
            activation = state.activations.get(ident)
            if activation is None or (lease and activation.lease != lease):
                heappop(deadlines)
                continue
        return at
    return None


def _work_off(state: State) -> Decision:
    agenda = state.agenda
    while agenda:
        step, arguments = agenda.popleft()
        step(*arguments)
    state.pumped = 0
    decision = Decision(state.commands, state.events)
    state.commands = []
    state.events = []
    return decision


def _started(state: State, stimulus: Started) -> None:
    for ident in stimulus.activations:
        activation = state.activations.get(ident)
        if activation is None:
            continue
        if not activation.node.plan.work:
            control.start(state, activation)
            continue
        if activation.status == "ready":
            limits.lease_again(state, activation)
        state.events.append(
            NodeStarted(
                stimulus.at, activation.address, activation.node.plan.type, activation.number, activation.attempt
            )
        )


def _released(state: State, stimulus: Released) -> None:
    for ident in stimulus.activations:
        activation = state.activations.get(ident)
        if activation is not None and activation.status == "running":
            resume.back_to_ready(state, activation)


def _ended(state: State, stimulus: Ended) -> None:
    activation = state.activations.get(stimulus.activation)
    if activation is None or activation.status != "running" or activation.attempt != stimulus.attempt:
        return
    state.running -= 1
    activation.started_at = stimulus.began
    stopping = activation.stopping
    if stopping == "timeout":
        activations.timed_out(state, activation)
    elif stimulus.status == "completed" and stopping != "set":
        if stimulus.operations:
            world = activation.scope.world
            try:
                world.variables = variables.apply(world.variables, stimulus.operations)
            except variables.OperationError as error:
                fault = Fault(activation.address, "OperationError", str(error))
                activations.fail(state, activation, fault)
                return
            if state.waits:
                state.push(wait.look_again, state)
        activations.complete(state, activation, stimulus.output)
    elif stopping or stimulus.status == "cancelled":
        activations.cancelled(state, activation)
    else:
        kind, message, traceback, exit_code = stimulus.failure or ("Error", "failed", "", None)
        activations.fail(state, activation, Fault(activation.address, kind, message, traceback), exit_code)


def _progressed(state: State, stimulus: Progressed) -> None:
    activation = state.activations.get(stimulus.activation)
    if activation is not None and activation.status == "running":
        state.events.append(NodeProgress(stimulus.at, activation.address, stimulus.percent, stimulus.message))


def _due(state: State, stimulus: Due) -> None:
    deadlines = state.deadlines
    come: list[tuple[float, int, str, str, int]] = []
    while deadlines and deadlines[0][0] <= stimulus.at:
        come.append(heappop(deadlines))
    telling = state.memory is not None and state.memory.telling
    for _, number, kind, ident, lease in come:
        if telling and kind in recall.OF_RUNNING_TIME:
            continue
        if kind == "run":
            _run_timed_out(state)
        elif kind == "grace":
            cancel.end_grace(state, number, _open_scopes(state))
        elif kind == "rate":
            limits.refilled(state, ident)
        else:
            activation = state.activations.get(ident)
            if activation is not None and (not lease or activation.lease == lease):
                _come_due(state, activation, kind)


def _come_due(state: State, activation: Activation, kind: str) -> None:
    if kind == "timeout":
        if activation.status == "waiting":
            activations.timed_out(state, activation)
        elif activation.status in ("running", "open"):
            cancel.cancel_activation(state, activation, "timeout")
    elif kind == "retry":
        if activation.status == "retrying":
            activations.move(activation, "ready")
            if not breaker.was_refused(activation):  # else there was no attempt that could have to begin anew
                activation.scopes = []
                if activation.node.plan.type == "while":
                    activation.loop = None  # begins anew, where a foreach goes on with its unfinished iterations
            state.push(control.begin, state, activation)
    elif kind == "wait":
        if activation.status == "waiting":
            wait.wake(state, activation)
    elif kind == "pump":
        loop.pump(state, activation)


def _run_timed_out(state: State) -> None:
    root = state.root
    if state.finished or root is None or root.cancelled:
        return
    limit = state.plan.workflow.timeout or 0.0
    state.timed_out = True
    root.failure = root.failure or Fault("", "TimeoutError", f"the run timed out after {limit:g} s")
    state.push(cancel.cancel_scope, state, root)


def _open_scopes(state: State) -> list[Scope]:
    found: dict[int, Scope] = {}
    if state.root is not None:
        found[id(state.root)] = state.root
    for activation in state.activations.values():
        found[id(activation.scope)] = activation.scope
    return list(found.values())


def _paused(state: State, stimulus: Paused) -> None:
    state.status = "paused"
    state.events.append(RunPaused(stimulus.at, state.run_id))


def _loaded(state: State, stimulus: Loaded) -> None:
    subflow.loaded(state, stimulus)


_HANDLERS: dict[type[Any], Callable[[State, Any], None]] = {
    Started: _started,
    Released: _released,
    Ended: _ended,
    Progressed: _progressed,
    Due: _due,
    Requested: requests.requested,
    Paused: _paused,
    Permitted: breaker.permitted,
    Resumed: resume.resumed,
    Loaded: _loaded,
    Answered: timer.answered,
    Recalled: recall.recalled,
}

control.CONTROL.update(
    container=scopes.begin_container,
    foreach=loop.begin_foreach,
    subflow=subflow.begin_subflow,
    timer=timer.begin_timer,
)
control.CONTROL["while"] = loop.begin_while
STEPS.update(
    begin=control.begin,
    cancel_rest=cancel.cancel_rest,
    cancel_scope=cancel.cancel_scope,
    fail_target=activations.fail_target,
    finish=routing.finish,
    iteration_done=loop.iteration_done,
    look_again=wait.look_again,
    note_again=compensate.note_again,
    note_undo=compensate.note,
    pump=loop.pump,
    rerun_scope=rerun.rerun_scope,
    run_done=finish.run_done,
    run_over=finish.run_over,
    scope_done=scopes.scope_done,
    subflow_done=subflow.subflow_done,
    taken_up=rerun.taken_up,
    undone=compensate.undone,
    wait=wait.begin_wait,
)
