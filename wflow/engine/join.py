"""What a node makes of its own inbound queues: when an activation starts, and when the node is skipped."""

from __future__ import annotations

from wflow.engine.events import NodeSkipped
from wflow.engine.state import DONE, Activation, Message, NodeState, Scope, State
from wflow.engine.steps import STEPS
from wflow.engine.transitions import NODE, check
from wflow.graph.plan import ALL, EACH

__all__ = ["close", "create", "receive", "settle_each", "skip", "start"]


def receive(state: State, scope: Scope, node: NodeState, message: Message) -> None:
    """A message has come. What comes to a node that is done, or that a counting join has started, is dropped."""
    if node.status in DONE:
        return
    node.came += 1
    join = node.plan.join
    if join == ALL:
        node.inbox[message.edge] = message
    elif join == EACH:
        if _may_run(scope, [message]):
            start(state, scope, node, [message])
    elif not node.number:
        node.inbox[message.edge] = message
        if node.came >= node.plan.need:
            _start_with_inbox(state, scope, node)


def close(state: State, scope: Scope, node: NodeState, broken: bool) -> None:
    """One inbound queue has closed, ``broken`` or not."""
    node.open -= 1
    if broken:
        node.broken = True
    if node.open or node.status in DONE:
        return
    join = node.plan.join
    if join == ALL:
        if node.came and not node.broken:
            _start_with_inbox(state, scope, node)
        elif not node.number:
            skip(state, scope, node, broken=node.broken)
    elif join == EACH:
        settle_each(state, scope, node)
    elif not node.number:
        skip(state, scope, node, broken=node.broken)


def settle_each(state: State, scope: Scope, node: NodeState) -> None:
    """End a ``join: each`` node once its queues have closed and its activations ended."""
    if node.open or node.acts or node.status in DONE:
        return
    if not node.number:
        skip(state, scope, node, broken=node.broken)
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
        skip(state, scope, node, broken=True)
        return
    start(state, scope, node, messages)
    if node.plan.node.cancel_rest:
        state.push(STEPS["cancel_rest"], state, scope, node)


def _may_run(scope: Scope, messages: list[Message]) -> bool:
    """In a cancelled scope only what follows from its clean-up edges still runs."""
    return not scope.cancelled or any(message.cleanup for message in messages)


def start(state: State, scope: Scope, node: NodeState, messages: list[Message]) -> None:
    """A new activation for these messages, on its way to a worker or to the engine's own decision."""
    STEPS["begin"](state, create(state, scope, node, messages))


def create(state: State, scope: Scope, node: NodeState, messages: list[Message]) -> Activation:
    """A new activation for these messages, known to the state but not begun."""
    address = scope.prefix + node.plan.id
    if scope.recount:
        number = state.numbers.get(address, 0) + 1
        state.numbers[address] = number
    else:
        number = node.number + 1
    node.number += 1
    if node.status != "active":
        node.status = check(NODE, node.status, "active", address)
    state.seq += 1
    activation = Activation(f"{address}#{number}", address, scope, node, number, state.seq)
    activation.messages = messages
    if scope.cancelled:
        activation.cleanup = True
    node.acts[activation.id] = activation
    state.activations[activation.id] = activation
    if node.plan.join == EACH:
        for message in messages:
            key = (scope.prefix, message.edge)
            state.queued[key] = state.queued.get(key, 0) + 1
    return activation
