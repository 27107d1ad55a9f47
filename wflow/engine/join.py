"""What a node makes of its own inbound queues: when an activation starts, and when the node is skipped."""

from __future__ import annotations

from wflow.engine.events import NodeSkipped
from wflow.engine.state import DONE, Activation, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import NODE, check
from wflow.graph.plan import ALL, EACH

__all__ = ["close", "create", "look", "receive", "settle_each", "skip", "start"]


def receive(state: State, scope: Scope, node: NodeState, message: Message) -> None:
    """A message has come. What comes to a node that is done, or that a counting join has started, is dropped."""
    if node.status in DONE or node.stopped == "flow":
        return
    join = node.plan.join
    if join == EACH:
        node.came += 1
        if _may_run(scope, [message]):
            start(state, scope, node, [message])
        else:
            _keep(state, scope, node, message)
    elif node.status == "pending":
        node.came += 1
        node.inbox[message.edge] = message
        if join != ALL and node.came >= node.plan.need:
            _start_with_inbox(state, scope, node)


def close(state: State, scope: Scope, node: NodeState, broken: bool) -> None:
    """One inbound queue has closed, ``broken`` or not."""
    if node.status in DONE:
        return
    node.open -= 1
    if broken:
        node.broken = True
    if not node.open:
        look(state, scope, node)


def look(state: State, scope: Scope, node: NodeState) -> None:
    """Start, skip or end the node, where what has come and what has closed is enough to tell."""
    plan = node.plan
    if plan.join == EACH:
        settle_each(state, scope, node)
    elif node.status != "pending":
        return
    elif plan.join != ALL and node.came >= plan.need:
        _start_with_inbox(state, scope, node)
    elif not node.open:
        if plan.join == ALL and node.came and not node.broken:
            _start_with_inbox(state, scope, node)
        else:
            skip(state, scope, node, broken=node.broken)


def settle_each(state: State, scope: Scope, node: NodeState) -> None:
    """End a ``join: each`` node once its queues have closed and its activations ended."""
    if node.open or node.acts or node.status in DONE:
        return
    if node.status == "pending":
        skip(state, scope, node, broken=node.broken)
    elif node.stopped:
        STEPS["finish"](state, scope, node, "cancelled")
    elif node.fault is not None:
        STEPS["finish"](state, scope, node, "failed")
    else:
        STEPS["finish"](state, scope, node, "completed" if node.output is not None else "cancelled")


def skip(state: State, scope: Scope, node: NodeState, *, broken: bool) -> None:
    """The node will not run: ``broken`` when something before it failed or was cancelled, else not taken."""
    node.broken = broken
    address = scope.prefix + node.plan.id
    state.events.append(NodeSkipped(state.now, address, node.plan.type, "broken" if broken else "not taken"))
    STEPS["finish"](state, scope, node, "skipped")


def _start_with_inbox(state: State, scope: Scope, node: NodeState) -> None:
    messages = list(node.inbox.values())
    if not _may_run(scope, messages):
        node.stopped = _stopped_by(scope)
        skip(state, scope, node, broken=True)
        return
    start(state, scope, node, messages)
    if node.plan.node.cancel_rest:
        state.push(STEPS["cancel_rest"], state, scope, node)


def _may_run(scope: Scope, messages: list[Message]) -> bool:
    """In a cancelled scope only what follows from its clean-up edges still runs, as long as there is time for it."""
    return not scope.cancelled or (scope.grace >= 0 and any(message.cleanup for message in messages))


def _stopped_by(scope: Scope) -> str:
    return "flow" if scope.ending is not None and scope.ending.status == "completed" else "scope"


def _keep(state: State, scope: Scope, node: NodeState, message: Message) -> None:
    """A message for a ``join: each`` in a scope that was cancelled: it starts nothing until a rerun takes it up."""
    node.stopped = _stopped_by(scope)
    address = scope.prefix + node.plan.id
    state.seq += 1
    waiting = Activation(f"{address}#0", address, scope, node, 0, state.seq)
    waiting.messages = [message]
    node.left.append(waiting)


def start(state: State, scope: Scope, node: NodeState, messages: list[Message]) -> None:
    """A new activation for these messages, on its way to a worker or to the engine's own decision."""
    STEPS["begin"](state, create(state, scope, node, messages))


def create(state: State, scope: Scope, node: NodeState, messages: list[Message]) -> Activation:
    """A new activation for these messages, known to the state but not begun.

    In a rerun it goes on with the scopes of the one that failed or was cancelled before it.
    """
    address = scope.prefix + node.plan.id
    number = (state.numbers.get(address, 0) if scope.recount else node.number) + 1
    if state.memory is not None and state.memory.floors:
        number = max(number, state.memory.floors.pop(address, 0) + 1)
    if scope.recount:
        state.numbers[address] = number
        node.number += 1
    else:
        node.number = number
    if node.status != "active":
        node.status = check(NODE, node.status, "active", address)
    state.seq += 1
    activation = Activation(f"{address}#{number}", address, scope, node, number, state.seq)
    activation.messages = messages
    activation.cleanup = scope.cancelled
    if node.left and node.plan.join != EACH and not node.plan.aside:
        before = node.left.pop()
        activation.loop, activation.scopes = before.loop, before.scopes
        STEPS["taken_up"](state, before, activation)
    node.acts[activation.id] = activation
    state.activations[activation.id] = activation
    if messages and node.plan.join == EACH:
        activation.queued = True
        key = (scope.prefix, messages[0].edge)
        state.queued[key] = state.queued.get(key, 0) + 1
    return activation
