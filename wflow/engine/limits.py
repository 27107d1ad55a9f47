"""Who may run now: places of a node, of a pool, of a rate, and room in the queues of those who read from it.

A ready activation takes all the places it needs together, by priority, then age. One that is blocked is parked at the
place it waits for and holds up no other; giving the place back lets the next one in.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from wflow.engine.state import Activation, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import ACTIVATION, check
from wflow.graph.plan import EACH
from wflow.policy.rate import refill

__all__ = [
    "admit",
    "enqueue",
    "enqueue_again",
    "has_room",
    "hold_again",
    "lease",
    "lease_again",
    "leave_queues",
    "park",
    "release",
    "room_key",
    "take",
    "unpark",
]

#: After two crashes with it in flight an activation is a suspect; suspects run one at a time (design.md, Durability 8).
SUSPECT_AFTER = 2
_SUSPECTS = ("suspect",)


def enqueue(state: State, activation: Activation) -> None:
    """Put a ready activation where workers are fed from."""
    heappush(state.ready, (-activation.node.plan.node.priority, activation.seq, activation))


def take(state: State, count: int) -> list[Activation]:
    """Up to ``count`` activations to run now, leased to the caller, who must journal a `Started` for them.

    Nothing is taken while the run is paused or over. ``state.now`` must be the time of the `Started`.
    """
    taken: list[Activation] = []
    ready = state.ready
    if state.paused or state.finished:
        return taken
    while ready and len(taken) < count:
        entry = heappop(ready)
        activation = entry[2]
        if activation.status != "ready":
            continue
        if (activation.node.plan.limited or activation.crashes >= SUSPECT_AFTER) and not _acquire(state, activation):
            continue
        lease(state, activation)
        taken.append(activation)
    return taken


def lease(state: State, activation: Activation) -> None:
    """Count the activation as handed out at ``state.now``: one more attempt, its timeout set."""
    activation.status = check(ACTIVATION, activation.status, "running", activation.id)
    activation.attempt += 1
    activation.lease += 1
    activation.started_at = state.now
    state.running += 1
    plan = activation.node.plan
    if plan.node.timeout is not None:
        state.set_deadline(state.now + plan.node.timeout, "timeout", activation.id, activation.lease)
    if plan.join == EACH and activation.lease == 1:
        _leave_queues(state, activation)


def lease_again(state: State, activation: Activation) -> None:
    """The same when a journal is read: the places were there then, so they are taken without asking."""
    if activation.node.plan.limited or activation.crashes >= SUSPECT_AFTER:
        _hold(state, activation, _places(activation))
    lease(state, activation)
    while state.ready and state.ready[0][2].status != "ready":
        heappop(state.ready)


def hold_again(state: State, activation: Activation) -> None:
    """Count the places of an activation that a snapshot says is under way."""
    _hold(state, activation, _places(activation))


def enqueue_again(state: State, activation: Activation) -> None:
    """Put an activation that a snapshot says is ready where it was: to the workers, or on the agenda."""
    if activation.node.plan.work:
        enqueue(state, activation)
    else:
        state.push(STEPS["begin"], state, activation)


def admit(state: State, activation: Activation) -> bool:
    """Take the places of an activation that needs no worker (a scope); parked and False where one is missing."""
    return not activation.node.plan.limited or _acquire(state, activation)


def release(state: State, activation: Activation) -> None:
    """Give back the places that the activation holds, and let in who waits for them."""
    for key in activation.places:
        left = state.held[key] - 1
        if left:
            state.held[key] = left
        else:
            del state.held[key]
    places, activation.places = activation.places, ()
    for key in places:
        unpark(state, key)


def unpark(state: State, key: Any, count: int = 1) -> None:
    """Let ``count`` of those that wait at ``key`` try again, by priority, then age."""
    waiting = state.parked.get(key)
    while waiting and count:
        activation = heappop(waiting)[2]
        if activation.loop is not None:
            state.push(STEPS["pump"], state, activation)
        elif activation.status != "ready":
            continue
        elif activation.node.plan.work:
            enqueue(state, activation)
        else:
            state.push(STEPS["begin"], state, activation)
        count -= 1
    if waiting is not None and not waiting:
        del state.parked[key]


def room_key(scope: Scope, edge: int) -> tuple[str, str, int]:
    """The place that a producer waits at while the queue of ``edge`` is full."""
    return ("room", scope.prefix, edge)


def has_room(state: State, scope: Scope, node: NodeState) -> Any:
    """None when every queue that the node's messages go to has room, else the key of the one that is full."""
    for edge in node.plan.feeds:
        if state.queued.get((scope.prefix, edge.index), 0) >= edge.edge.capacity:
            return room_key(scope, edge.index)
    return None


def park(state: State, activation: Activation, key: Any) -> None:
    """Have the activation wait at ``key``."""
    entry = (-activation.node.plan.node.priority, activation.seq, activation)
    heappush(state.parked.setdefault(key, []), entry)


def _places(activation: Activation) -> list[tuple[Any, int]]:
    """The places that the activation needs, each with how many there are."""
    plan = activation.node.plan
    config = plan.node
    places: list[tuple[Any, int]] = []
    if config.max_concurrent is not None and plan.type != "foreach":
        places.append((("node", id(plan)), config.max_concurrent))
    if config.pool is not None:
        world = activation.scope.world
        places.append((("pool", world.number, config.pool), world.plan.workflow.pools.get(config.pool, 1)))
    if activation.crashes >= SUSPECT_AFTER:
        places.append((_SUSPECTS, 1))
    return places


def _acquire(state: State, activation: Activation) -> bool:
    places = _places(activation)
    missing: Any = None
    for key, size in places:
        if state.held.get(key, 0) >= size:
            missing = key
            break
    if missing is None:
        missing = has_room(state, activation.scope, activation.node)
    rate = activation.node.plan.node.rate
    if missing is None and rate is not None:
        key = ("rate", id(activation.node.plan))
        tokens, wait = refill(rate, state.buckets.get(key), state.now)
        if wait > 0:
            missing = key
            state.set_deadline(state.now + wait, "rate", activation.id)
        else:
            state.buckets[key] = (tokens - 1, state.now)
    if missing is None:
        _hold(state, activation, places)
        return True
    park(state, activation, missing)
    for key, size in places:
        if key != missing and state.held.get(key, 0) < size and key in state.parked:
            unpark(state, key)
    return False


def _hold(state: State, activation: Activation, places: list[tuple[Any, int]]) -> None:
    for key, _ in places:
        state.held[key] = state.held.get(key, 0) + 1
    activation.places = tuple(key for key, _ in places)


def _leave_queues(state: State, activation: Activation) -> None:
    prefix = activation.scope.prefix
    for message in activation.messages:
        key = (prefix, message.edge)
        left = state.queued.get(key, 1) - 1
        if left:
            state.queued[key] = left
        else:
            state.queued.pop(key, None)
        if state.parked:
            unpark(state, room_key(activation.scope, message.edge))


def leave_queues(state: State, activation: Activation) -> None:
    """The messages of an activation that no worker will take have left their queues."""
    if activation.node.plan.join == EACH:
        _leave_queues(state, activation)
