"""Who may run now: places of a node, of a pool, of a rate, room in the queues of those who read from it, a breaker.

A ready activation takes all the places it needs together, by priority, then age, which outweighs priority in the end.
One that is blocked is parked at the place it waits for and holds up no other; giving the place back lets the next one
in.

A place of a pool may go to work or to a control node. Work is tried when a worker is free, which no record tells; so
whoever reads the journal cannot know who was the next of those that waited at the pool, but by a record of who started.
So control nodes of a pool are taken as work is, at the gate. Places that no work can take need no record (`admit`).
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf
from typing import Any

from wflow.engine import permits
from wflow.engine.state import Activation, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import ACTIVATION, check
from wflow.graph.plan import EACH
from wflow.policy.rate import refill

__all__ = [
    "AT_GATE",
    "acquire",
    "acquire_again",
    "admit",
    "drop_stale",
    "enqueue",
    "enqueue_again",
    "enqueue_permitted",
    "enter_gate",
    "full_queue",
    "give_way",
    "hold_again",
    "lease",
    "lease_again",
    "leave_queues",
    "missing_place",
    "park",
    "refilled",
    "release",
    "room_key",
    "take",
    "unpark",
]

#: After two crashes with it in flight an activation is a suspect; suspects run one at a time (design.md, Durability 8).
SUSPECT_AFTER = 2
_SUSPECTS = ("suspect",)

#: Where a control node stands that starts by a record once it has its places.
AT_GATE = ("gate",)

#: How many later activations a point of priority goes before: `high` before `low` unless that is 20,000 older.
AGE = 1000


def enqueue(state: State, activation: Activation) -> None:
    """Put a ready activation where workers are fed from."""
    heappush(state.ready, _in_turn(activation))


def _in_turn(activation: Activation) -> tuple[int, int, Activation]:
    """The entry that sorts it by priority, then age: a point of priority is worth `AGE` later activations, so that one
    of low priority waits for many others and not for ever.
    """
    seq = activation.seq
    return (seq - activation.node.plan.node.priority * AGE, seq, activation)


def enter_gate(state: State, activation: Activation) -> None:
    """Put a ready control node where it is taken from, which needs no worker."""
    activation.parked = AT_GATE
    heappush(state.gate, _in_turn(activation))


def enqueue_permitted(state: State, activation: Activation) -> None:
    """Put an activation whose breaker has let it start before all others: its worker has been kept free for it."""
    heappush(state.ready, (-inf, activation.seq, activation))


def take(state: State, count: int, free: int | None = None) -> list[Activation]:
    """Up to ``count`` activations to run now, leased to the caller, who must journal a `Started` for them; and the
    control nodes at the gate that have their places now, which the `Started` starts.

    Of those with a breaker only as many are asked about (`permits.pending`) and taken as there are ``free`` workers,
    ``count`` where none is given: what is handed out ahead would start long after its breaker was asked.

    Nothing is taken while the run is paused or over. ``state.now`` must be the time of the `Started`.
    """
    taken: list[Activation] = []
    admitted: list[Activation] = []
    ready = state.ready
    if state.paused or state.finished:
        return taken
    if free is None:
        free = count
    if state.asked:
        count = min(count, free) - permits.awaited(state)
    while state.gate or (ready and len(taken) < count):
        if state.gate and (not ready or len(taken) >= count or state.gate[0] < ready[0]):
            admitted += _take_from_gate(state)
            continue
        entry = heappop(ready)
        activation = entry[2]
        if activation.status != "ready":
            continue
        if _is_limited(activation) and activation.id not in state.permits:
            if activation.id in state.asked:
                continue
            if activation.node.plan.breaker is not None and len(taken) >= free:
                heappush(ready, entry)
                count = len(taken)
                continue
            if not acquire(state, activation):
                continue
            if permits.ask(state, activation):
                count = min(count, free) - 1
                continue
        lease(state, activation)
        taken.append(activation)
    return taken + admitted


def _take_from_gate(state: State) -> list[Activation]:
    """The first control node, if it is there yet and all its places are."""
    activation = heappop(state.gate)[2]
    if activation.status != "ready" or activation.parked is not AT_GATE:
        return []
    activation.parked = None
    return [activation] if acquire(state, activation) else []


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
    if activation.queued:
        leave_queues(state, activation)


def lease_again(state: State, activation: Activation) -> None:
    """The same when a journal is read: the places were there then, so they are taken without asking."""
    acquire_again(state, activation)
    lease(state, activation)
    drop_stale(state)


def acquire_again(state: State, activation: Activation) -> None:
    """`acquire` when a journal is read: what the activation took was there."""
    hold_again(state, activation)
    rate = activation.node.plan.node.rate
    if rate is not None:
        _spend(state, activation, refill(rate, state.buckets.get(_rate_key(activation)), state.now)[0])


def drop_stale(state: State) -> None:
    """Take out of the way what stands first in the row of those that are ready, and is not any more."""
    while state.ready and state.ready[0][2].status != "ready":
        heappop(state.ready)


def hold_again(state: State, activation: Activation) -> None:
    """Count the places of an activation that is known to be under way."""
    if _is_limited(activation):
        _hold(state, activation, _places(state, activation))


def enqueue_again(state: State, activation: Activation) -> None:
    """Put an activation that a snapshot says is ready where it was: to the workers, or on the agenda."""
    if activation.node.plan.work:
        enqueue(state, activation)
    else:
        state.push(STEPS["begin"], state, activation)


def admit(state: State, activation: Activation) -> bool:
    """Take the places of an activation that needs no worker (a scope); False where one is missing, and it is parked, or
    while its breaker has not answered.
    """
    if activation.id in state.asked or activation.id in state.permits:
        return False
    if not activation.node.plan.limited:
        return True
    return acquire(state, activation) and not permits.ask(state, activation)


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
        if activation.parked != key:
            continue
        activation.parked = None
        if activation.status == "open":
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


def full_queue(state: State, activation: Activation) -> Any:
    """Where a loop has to wait: the key of a queue that its open iterations may fill, or None while all have room."""
    scope, node = activation.scope, activation.node
    coming = sum(len(act.loop.unfinished) for act in node.acts.values() if act.loop is not None)
    for edge in node.plan.feeds:
        if edge.trigger == "next" and state.queued.get((scope.prefix, edge.index), 0) + coming >= edge.edge.capacity:
            return room_key(scope, edge.index)
    return None


def park(state: State, activation: Activation, key: Any) -> None:
    """Have the activation wait at ``key``, and nowhere else: whoever is woken there must be somebody who waits."""
    if activation.parked == key:
        return
    activation.parked = key
    heappush(state.parked.setdefault(key, []), _in_turn(activation))


def _is_limited(activation: Activation) -> bool:
    """Whether it needs more than a worker to start."""
    return activation.node.plan.limited or activation.crashes >= SUSPECT_AFTER


def _places(state: State, activation: Activation) -> list[tuple[Any, int]]:
    """The places that the activation needs, each with how many there are.

    One that may send to a ``join: each`` needs room there for what it sends, which others under way may fill as well.
    """
    plan = activation.node.plan
    config = plan.node
    scope = activation.scope
    places: list[tuple[Any, int]] = []
    if config.max_concurrent is not None and plan.type != "foreach":
        places.append((("node", id(plan)), config.max_concurrent))
    if config.pool is not None:
        world = scope.world
        places.append((("pool", world.number, config.pool), world.plan.workflow.pools.get(config.pool, 1)))
    if activation.crashes >= SUSPECT_AFTER:
        places.append((_SUSPECTS, 1))
    if plan.join == EACH:
        for edge in plan.feeds:
            if edge.trigger != "next":
                waiting = state.queued.get((scope.prefix, edge.index), 0)
                places.append((room_key(scope, edge.index), edge.edge.capacity - waiting))
    return places


def acquire(state: State, activation: Activation) -> bool:
    """Take all the places that the activation needs, or none, and park it at one that is missing."""
    places = _places(state, activation)
    missing: Any = None
    for key, size in places:
        if state.held.get(key, 0) >= size:
            missing = key
            break
    rate = activation.node.plan.node.rate
    if missing is None and rate is not None:
        tokens, wait = refill(rate, state.buckets.get(_rate_key(activation)), state.now)
        if wait > 0:
            missing = _rate_key(activation)
            _await_token(state, activation, wait)
        else:
            _spend(state, activation, tokens)
    if missing is None:
        _hold(state, activation, places)
        return True
    park(state, activation, missing)
    for key, size in places:
        if key != missing and state.held.get(key, 0) < size:
            unpark(state, key)
    if rate is not None and missing != _rate_key(activation):
        unpark(state, _rate_key(activation))
    return False


def missing_place(state: State, activation: Activation) -> tuple[Any, ...] | None:
    """What a ready activation would have to wait for now: the key of a place, which begins with its kind; None where
    all are there. Changes nothing.
    """
    for key, size in _places(state, activation):
        if state.held.get(key, 0) >= size:
            return tuple(key)
    rate = activation.node.plan.node.rate
    if rate is not None and refill(rate, state.buckets.get(_rate_key(activation)), state.now)[1] > 0:
        return _rate_key(activation)
    return None


def _hold(state: State, activation: Activation, places: list[tuple[Any, int]]) -> None:
    for key, _ in places:
        state.held[key] = state.held.get(key, 0) + 1
    activation.places = tuple(key for key, _ in places)
    activation.parked = None


def _rate_key(activation: Activation) -> tuple[str, int]:
    return ("rate", id(activation.node.plan))


def _spend(state: State, activation: Activation, tokens: float) -> None:
    """Take a token; who else waits for one is woken when it comes."""
    key = _rate_key(activation)
    state.buckets[key] = (tokens - 1, state.now)
    if key in state.parked:
        rate = activation.node.plan.node.rate
        assert rate is not None
        _await_token(state, activation, refill(rate, state.buckets[key], state.now)[1])


def _await_token(state: State, activation: Activation, wait: float) -> None:
    """Have `refilled` called once there is a token: one deadline for all that wait, however many they are."""
    ident = id(activation.node.plan)
    if ident not in state.refilling:
        state.refilling.add(ident)
        state.set_deadline(state.now + wait, "rate", str(ident))


def refilled(state: State, ident: str) -> None:
    """There is a token again: the next one that waits for it may try."""
    state.refilling.discard(int(ident))
    unpark(state, ("rate", int(ident)))


def give_way(state: State, activation: Activation) -> None:
    """A ready activation will not run: its message leaves the queue, and others may have what it would have taken."""
    leave_queues(state, activation)
    activation.parked = None
    if state.parked and _is_limited(activation):
        for key, _ in _places(state, activation):
            unpark(state, key)
        unpark(state, _rate_key(activation))


def leave_queues(state: State, activation: Activation) -> None:
    """The message of an activation leaves its queue, the first time that a worker or the engine takes it."""
    if not activation.queued:
        return
    activation.queued = False
    edge = activation.messages[0].edge
    key = (activation.scope.prefix, edge)
    left = state.queued[key] - 1
    if left:
        state.queued[key] = left
    else:
        del state.queued[key]
    if state.parked:
        unpark(state, room_key(activation.scope, edge))
