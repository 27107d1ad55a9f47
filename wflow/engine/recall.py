"""What a revised run remembers: results of before, given to the activations that have come in their place.

A revision is a re-execution with remembered results. A new state is begun, and what had ended is told to it in the
order in which it ended, each as a `Recalled`: the activation that is ready for it is over at once, by all the ways in
which work ends. A result whose activation is not there yet waits for it, also while the run goes on: an iteration that
opens later, when its loop has room, is over as soon as it begins. What never comes to be is never asked for.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from wflow.engine import activation as activations
from wflow.engine import cancel, limits, variables
from wflow.engine.events import Fault, NodeStarted
from wflow.engine.memory import Memory
from wflow.engine.state import Activation, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.stimuli import Recalled
from wflow.engine.values import Stored
from wflow.graph.plan import EACH
from wflow.ids import activation_id, owners_of, split_activation

__all__ = [
    "OF_RUNNING_TIME",
    "TIMED",
    "fingerprint",
    "held_back",
    "kind_of",
    "messages_print",
    "offered",
    "recalled",
    "settle",
]

#: Deadlines that count the time in which somebody works: of those there are none while a run's past is told.
OF_RUNNING_TIME = ("timeout", "run", "grace")

_canonical = json.JSONEncoder(sort_keys=True, default=str).encode

#: Control nodes that do not decide at once.
TIMED = ("timer", "wait")


def kind_of(activation: Activation) -> str:
    """By what the results at an address are told apart: ``all`` that an activation got, where there are several of
    them; its ``names`` in a loop, where the item of an iteration may have become another one; else nothing.
    """
    if activation.scope.recount or activation.node.plan.join == EACH:
        return "all"
    return "names" if activation.scope.names else ""


def fingerprint(activation: Activation, kind: str) -> str:
    """What stands for what the activation got: equal for equal input, and begins with its ``kind``."""
    if not kind:
        return ""
    told: list[Any] = [_names(activation.scope)]
    if kind == "all":
        entered = activation.input if activation.input is not None else activation.scope.entry_input
        told.append(messages_print(activation) if activation.messages else _value_print(entered))
    return f"{kind}:{_print_of(told)}"


def _names(scope: Scope) -> dict[str, Any]:
    """The names of the loops around, without the place of an item that has a ``key``: that is what keys are for."""
    names = scope.names
    here: Scope | None = scope
    while here is not None and names:
        owner = here.owner
        settings = owner.node.plan.node.settings if owner is not None and here.index >= 0 else {}
        if "key" in settings:
            place = f"{settings.get('as', 'item')}_index"
            names = {name: value for name, value in names.items() if name != place}
        here = owner.scope if owner is not None else None
    return names


def messages_print(activation: Activation) -> str:
    """What stands for the messages that started the activation: from where they came, and what was in them."""
    told = [[message.source, message.trigger, _value_print(message.payload)] for message in activation.messages]
    return _print_of(sorted(told))


def _value_print(value: Any) -> str:
    return value.digest if type(value) is Stored else _print_of(value)


def _print_of(value: Any) -> str:
    return blake2b(_canonical(value).encode(), digest_size=12).hexdigest()


def offered(state: State, activation: Activation) -> bool:
    """Whether a result of before stands for the work of this new activation: then it is over without a worker."""
    memory = state.memory
    assert memory is not None
    if activation.attempt:
        return False
    result = _find(memory, activation) if memory.results else None
    if result is not None:
        state.push(_give, state, activation, result)
        return True
    if memory.telling:
        memory.awaiting.setdefault(activation.address, {})[activation.id] = activation
    return False


def held_back(state: State, activation: Activation) -> bool:
    """Whether a new control node is to be decided only once the past has been told: one that runs again, and one for
    which time counts, unless it had begun then.
    """
    memory = state.memory
    if memory is None or not memory.telling or activation.attempt:
        return False
    if activation.node.plan.type in TIMED:
        return activation.address not in memory.begun
    again, address = memory.again, activation.address
    return bool(again) and (address in again or any(owner in again for owner in owners_of(address)))


def _find(memory: Memory, activation: Activation) -> Recalled | None:
    for kind in memory.kinds(activation.address):
        found = memory.take(activation.address, fingerprint(activation, kind))
        if found is not None:
            return found
    return None


def recalled(state: State, result: Recalled) -> None:
    """One thing of the past is told: what an activation came to, that it had been handed out, or was out of time."""
    memory = state.memory
    if memory is None:
        return
    activation = state.activations.get(result.activation)
    if result.status == "timeout":
        if activation is not None:
            _time_out(state, activation)
        return
    if activation is not None and activation.status == "running":
        _end(state, activation, result)
        return
    taker = _taker(memory, result)
    if taker is not None:
        _give(state, taker, result)
    elif result.status in ("completed", "failed"):
        memory.keep(result)


def _time_out(state: State, activation: Activation) -> None:
    if activation.status == "waiting":
        activations.timed_out(state, activation)
    elif activation.status == "open":
        cancel.cancel_activation(state, activation, "timeout")


def _taker(memory: Memory, result: Recalled) -> Activation | None:
    """The oldest activation at the result's address that is ready and got the same."""
    address, _ = split_activation(result.activation)
    awaiting = memory.awaiting.get(address)
    kind = result.given.partition(":")[0]
    for ident, activation in list(awaiting.items()) if awaiting else ():
        if activation.status != "ready" or activation.attempt:
            del memory.awaiting[address][ident]
        elif not kind or _known_print(memory, activation, kind) == result.given:
            del memory.awaiting[address][ident]
            memory.prints.pop(f"{kind}:{activation.id}", None)
            return activation
    return None


def _known_print(memory: Memory, activation: Activation, kind: str) -> str:
    key = f"{kind}:{activation.id}"
    found = memory.prints.get(key)
    if found is None:
        found = memory.prints[key] = fingerprint(activation, kind)
    return found


def _give(state: State, activation: Activation, result: Recalled) -> None:
    """The activation takes the place of the one whose result this is: its number, its attempts and its times."""
    if activation.status != "ready" or activation.id not in state.activations:
        return
    _renumber(state, activation, split_activation(result.activation)[1])
    limits.leave_queues(state, activation)
    activations.move(activation, "running")
    activation.attempt = result.attempt
    activation.lease += 1
    activation.started_at = state.now - (result.at - result.began)
    state.running += 1
    limits.drop_stale(state)
    state.events.append(
        NodeStarted(
            activation.started_at,
            activation.address,
            activation.node.plan.type,
            activation.number,
            activation.attempt,
        )
    )
    if result.status != "started":
        _end(state, activation, result)


def _renumber(state: State, activation: Activation, number: int) -> None:
    if activation.number == number:
        return
    node, address = activation.node, activation.address
    del node.acts[activation.id]
    del state.activations[activation.id]
    # The number that it got when it was made is given back, so that the next one does not leave it out.
    if activation.scope.recount:
        if state.numbers[address] == activation.number:
            state.numbers[address] -= 1
    elif node.number == activation.number:
        node.number -= 1
    activation.number = number
    activation.id = activation_id(address, number)
    node.acts[activation.id] = activation
    state.activations[activation.id] = activation


def _end(state: State, activation: Activation, result: Recalled) -> None:
    """It ends as it did: a failure is final, since what was to be tried again was."""
    state.running -= 1
    if result.status == "cancelled" and not activation.stopping:
        _take_back(state, activation)
        return
    if state.retries_left is not None:
        state.retries_left = max(0, state.retries_left - max(0, result.attempt - 1))
    if result.status == "completed":
        world = activation.scope.world
        try:
            world.variables = variables.apply(world.variables, result.operations)
        except variables.OperationError as error:
            fault = Fault(activation.address, "OperationError", str(error))
            activations.fail(state, activation, fault, final=True)
            return
        if result.operations and state.waits:
            state.push(STEPS["look_again"], state)
        activations.complete(state, activation, result.output)
    elif result.status == "cancelled":
        activations.cancelled(state, activation)
    else:
        kind, message, traceback, _ = result.failure or ("Error", "failed", "", None)
        activations.fail(state, activation, Fault(activation.address, kind, message, traceback), final=True)


def _take_back(state: State, activation: Activation) -> None:
    """What it was cancelled for has not come about: it has not begun."""
    activations.release_all(state, activation)
    activations.move(activation, "ready")
    activation.attempt = 0
    limits.enqueue(state, activation)


def settle(state: State) -> None:
    """The past has been told and the run goes on: what is under way has all the time that it may take."""
    memory = state.memory
    assert memory is not None
    memory.telling = False
    memory.awaiting.clear()
    memory.prints.clear()
    state.deadlines = [entry for entry in state.deadlines if entry[2] not in OF_RUNNING_TIME]
    state.deadlines.sort()
    if state.finished or state.root is None:
        return
    if state.plan.workflow.timeout is not None:
        state.set_deadline(state.now + state.plan.workflow.timeout, "run", "")
    scopes: dict[int, Scope] = {id(state.root): state.root}
    for activation in list(state.activations.values()):
        scopes[id(activation.scope)] = activation.scope
        limit = activation.node.plan.node.timeout
        if limit is not None and activation.status in ("open", "waiting"):
            state.set_deadline(state.now + limit, "timeout", activation.id, activation.lease)
    for scope in scopes.values():
        if scope.cancelled and scope.status == "open" and scope.grace >= 0:
            grace = scope.world.plan.workflow.cancel_grace
            scope.grace = state.set_deadline(state.now + grace, "grace", scope.prefix)
