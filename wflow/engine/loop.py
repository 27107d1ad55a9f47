"""Loops: ``foreach`` opens a window of iterations over its items, ``while`` one after another. No thread is held."""

from __future__ import annotations

from typing import Any

from wflow.engine import limits
from wflow.engine.activation import complete, fail, move
from wflow.engine.cancel import cancel_scope
from wflow.engine.control import fault_of, start_event
from wflow.engine.events import Fault, NodeProgress
from wflow.engine.names import evaluate, merged_input
from wflow.engine.rerun import is_chosen
from wflow.engine.routing import deliver
from wflow.engine.scope import open_scope, recounts, settle_stopped
from wflow.engine.state import Activation, Loop, Scope, State
from wflow.engine.steps import STEPS
from wflow.errors import ExpressionError
from wflow.ids import iteration_prefix

__all__ = ["begin_foreach", "begin_while", "iteration_done", "pump", "set_back", "take_back", "tolerated"]

#: Iterations opened within one decision; the next ones come with a deadline that is due at once, so that a loop whose
#: body needs no worker neither grows the agenda nor keeps requests waiting.
PUMPED_AT_ONCE = 1000

#: Bytes of an item's key, which is part of the names of log files.
_KEY_LIMIT = 150


def begin_foreach(state: State, activation: Activation) -> None:
    """Evaluate the items, once, and open the first iterations."""
    plan = activation.node.plan
    loop = activation.loop
    if loop is None:
        items = _items_of(state, activation)
        loop = activation.loop = Loop(items, len(items))
    else:
        set_back(state, activation, loop)
    move(activation, "open")
    if "collect" in plan.node.settings and loop.results is None:
        loop.results = [None] * loop.total
    if "key" in plan.node.settings and loop.keys is None:
        loop.keys = set()
    start_event(state, activation, items=loop.total)
    activation.input = merged_input(activation)
    pump(state, activation)


def _items_of(state: State, activation: Activation) -> list[Any] | range:
    expression = activation.node.plan.expression("items")
    items = evaluate(state, expression, activation.scope, activation, lazy=True)
    if isinstance(items, dict):
        items = [{"key": key, "value": value} for key, value in items.items()]
    if not isinstance(items, list | range):
        found = "null" if items is None else type(items).__name__
        raise ExpressionError(expression.source, f"items are a list, a mapping or a range, this is {_named(found)}")
    return items


def _named(kind: str) -> str:
    return {"str": "a string", "int": "a number", "float": "a number", "bool": "a boolean"}.get(kind, kind)


def begin_while(state: State, activation: Activation) -> None:
    """Read the condition for the first time."""
    move(activation, "open")
    if activation.loop is None:
        activation.loop = Loop(None, 0)
    else:
        set_back(state, activation, activation.loop)
    start_event(state, activation)
    activation.input = merged_input(activation)
    pump(state, activation)


def pump(state: State, activation: Activation) -> None:
    """Open as many iterations as the window has room for, or end the loop when there are no more."""
    loop = activation.loop
    if loop is None or activation.id not in state.activations or activation.status != "open":
        return
    try:
        if activation.node.plan.type == "while":
            _pump_while(state, activation, loop)
        else:
            _pump_foreach(state, activation, loop)
    except ExpressionError as error:
        loop.enough = True
        loop.fault = loop.fault or fault_of(activation, error)
        loop.total = -1
    if not loop.unfinished and (loop.enough or activation.stopping or _exhausted(activation, loop)):
        _loop_done(state, activation, loop)


def _exhausted(activation: Activation, loop: Loop) -> bool:
    return activation.node.plan.type == "foreach" and loop.next >= loop.total and not loop.again


def _held_back(state: State, activation: Activation) -> bool:
    """Whether the loop has to wait: for room with a reader of its iterations, or for the rest of this decision."""
    if activation.node.plan.feeds:
        full = limits.full_queue(state, activation)
        if full is not None:
            limits.park(state, activation, full)
            return True
        activation.parked = None
    if state.pumped >= PUMPED_AT_ONCE:
        state.set_deadline(state.now, "pump", activation.id)
        return True
    state.pumped += 1
    return False


def _window(state: State, activation: Activation) -> int:
    """How many iterations of a foreach may run side by side."""
    return int(activation.node.plan.node.max_concurrent or state.options["max_concurrency"])


def _pump_foreach(state: State, activation: Activation, loop: Loop) -> None:
    settings = activation.node.plan.node.settings
    window = _window(state, activation)
    while (
        len(loop.unfinished) < window
        and (loop.next < loop.total or loop.again)
        and not loop.enough
        and not activation.stopping
    ):
        if _held_back(state, activation):
            return
        if loop.again:
            _take_up(state, activation, loop)
            continue
        index = loop.next
        name = settings.get("as", "item")
        item = loop.items[index]
        names = {name: item, f"{name}_index": index}
        key = _key_of(state, activation, loop, names) if loop.keys is not None else str(index)
        loop.next += 1
        _open_iteration(state, activation, loop, index, key, names)


def set_back(state: State, activation: Activation, loop: Loop) -> None:
    """Make a loop that ended ready to run its failed and cancelled iterations again; completed ones stay, and those
    that a rerun is not for.
    """
    everything = activation.attempt > 1  # not a rerun, but the loop's own retry
    _again(loop, [s for s in loop.ended.values() if everything or is_chosen(state, s.prefix.removesuffix("/"))])
    loop.enough = False
    loop.total = len(loop.items) if activation.node.plan.type == "foreach" else 0


def take_back(state: State, activation: Activation, loop: Loop) -> None:
    """Have a loop that still runs take up those of its ended iterations that a rerun is for."""
    _again(loop, [scope for scope in loop.ended.values() if is_chosen(state, scope.prefix.removesuffix("/"))])
    state.push(pump, state, activation)


def _again(loop: Loop, scopes: list[Scope]) -> None:
    """These iterations, which had ended, have not."""
    for scope in scopes:
        loop.again[scope.index] = loop.ended.pop(scope.index)
        loop.failed -= scope.status == "failed"
        loop.cancelled -= scope.status == "cancelled"
    loop.fault = next((scope.failure for scope in loop.ended.values() if scope.failure is not None), None)


def _take_up(state: State, activation: Activation, loop: Loop) -> None:
    """Run again an iteration that did not complete."""
    index = next(iter(loop.again))
    scope = loop.again.pop(index)
    scope.owner = activation
    loop.unfinished[index] = scope
    STEPS["rerun_scope"](state, scope)


def _key_of(state: State, activation: Activation, loop: Loop, names: dict[str, Any]) -> str:
    expression = activation.node.plan.expression("key")
    value = evaluate(state, expression, activation.scope, activation, names)
    key = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    short = len(key.encode("utf-8", "replace")) <= _KEY_LIMIT
    if not key or isinstance(value, bool) or not short or not key.isprintable() or set(key) & set("[]/#"):
        raise ExpressionError(
            expression.source,
            f"a key is a short text without brackets, `/` or `#`, or a whole number; this is {value!r:.80}",
        )
    assert loop.keys is not None
    if key in loop.keys:
        raise ExpressionError(expression.source, f"two items have the key `{key}`")
    loop.keys.add(key)
    return key


def _pump_while(state: State, activation: Activation, loop: Loop) -> None:
    if loop.unfinished or loop.enough or activation.stopping:
        return
    if loop.again:
        _take_up(state, activation, loop)
        return
    plan = activation.node.plan
    names = {"iteration_index": loop.next}
    if not evaluate(state, plan.expression("condition"), activation.scope, activation, names):
        loop.enough = True
        return
    limit = int(plan.node.settings.get("max_iterations", 1000))
    if loop.next >= limit:
        loop.enough = True
        loop.total = -1
        message = f"the condition still holds after max_iterations: {limit}"
        loop.fault = loop.fault or Fault(activation.address, "MaxIterationsExceeded", message)
        return
    if _held_back(state, activation):
        return
    index = loop.next
    loop.next += 1
    _open_iteration(state, activation, loop, index, str(index), names)


def _open_iteration(
    state: State, activation: Activation, loop: Loop, index: int, key: str, names: dict[str, Any]
) -> None:
    plan = activation.node.plan
    assert plan.body is not None
    outer = activation.scope
    scope = Scope(
        plan.body,
        outer.world,
        iteration_prefix(activation.address, key),
        owner=activation,
        entry_input={**(activation.input or {}), **names},
        names={**outer.names, **names} if outer.names else names,
        started_at=state.now,
        on_failure="continue",
        index=index,
        recount=recounts(activation),
    )
    scope.apart = plan.type == "foreach" and _window(state, activation) > 1
    loop.unfinished[index] = scope
    open_scope(state, scope)


def iteration_done(state: State, activation: Activation, scope: Scope, status: str, fault: Fault | None) -> None:
    """Count a finished iteration, hand on what it gave, and look whether enough is done."""
    loop = activation.loop
    assert loop is not None
    settings = activation.node.plan.node.settings
    del loop.unfinished[scope.index]
    result: Any = None
    if status == "completed" and "collect" in settings:
        try:
            result = evaluate(state, activation.node.plan.expression("collect"), scope)
        except ExpressionError as error:
            status, fault = "failed", Fault(scope.prefix.rstrip("/"), "ExpressionError", error.message)
    if status == "completed":
        loop.completed += 1
        loop.last = result
        if loop.results is not None:
            loop.results[scope.index] = result
        if activation.node.plan.on_next:
            _send_next(state, activation, scope, result)
    elif status == "failed":
        loop.failed += 1
        if loop.fault is None:
            loop.fault = fault
        loop.ended[scope.index] = scope
    else:
        loop.cancelled += 1
        loop.ended[scope.index] = scope
    if status == "failed" and _fails_now(activation, loop):
        _stop_rest(state, loop)
    if not loop.enough and "until" in settings:
        _look_at_until(state, activation, loop)
    _tell(state, activation, loop)
    state.push(pump, state, activation)
    if state.parked:
        for edge in activation.node.plan.feeds:
            limits.unpark(state, limits.room_key(activation.scope, edge.index))


def _fails_now(activation: Activation, loop: Loop) -> bool:
    settings = activation.node.plan.node.settings
    default = "stop" if activation.node.plan.type == "while" else "continue"
    return settings.get("on_failure", default) == "stop" and loop.failed > tolerated(settings, loop)


def tolerated(settings: Any, loop: Loop) -> int:
    """How many failed items the loop may have and still complete: a count, or a share of all items, rounded down."""
    allowed = settings.get("tolerate", 0)
    if isinstance(allowed, str):
        return int(float(allowed.rstrip("%")) * loop.total / 100 + 1e-9)
    return int(allowed)


def _send_next(state: State, activation: Activation, scope: Scope, result: Any) -> None:
    own = activation.node.plan.node.settings.get("as", "item")
    if activation.node.plan.type == "while":
        payload = {"iteration_index": scope.index, "result": result}
    else:
        payload = {own: scope.names[own], f"{own}_index": scope.index, "result": result}
    for edge in activation.node.plan.on_next:
        deliver(
            state,
            activation.scope,
            edge,
            payload,
            activation=activation,
            extra={"output": payload, "error": None},
            cleanup=activation.cleanup,
        )


def _look_at_until(state: State, activation: Activation, loop: Loop) -> None:
    extra = {
        "completed": loop.completed,
        "failed": loop.failed,
        "results": loop.results if loop.results is not None else [],
    }
    try:
        enough = evaluate(state, activation.node.plan.expression("until"), activation.scope, activation, extra)
    except ExpressionError as error:
        loop.fault = loop.fault or fault_of(activation, error)
        loop.total = -1
        enough = True
    if enough:
        _stop_rest(state, loop)


def _stop_rest(state: State, loop: Loop) -> None:
    loop.enough = True
    for scope in list(loop.unfinished.values()):
        cancel_scope(state, scope)


def _tell(state: State, activation: Activation, loop: Loop) -> None:
    """Report progress, at most a hundred times in a loop's life."""
    if loop.total <= 0:
        return
    done = loop.completed + loop.failed + loop.cancelled
    percent = done * 100 // loop.total
    if percent > loop.told:
        loop.told = percent
        failed = f", {loop.failed} failed" if loop.failed else ""
        state.events.append(NodeProgress(state.now, activation.address, percent, f"{done}/{loop.total}{failed}"))


def _loop_done(state: State, activation: Activation, loop: Loop) -> None:
    if settle_stopped(state, activation):
        return
    settings = activation.node.plan.node.settings
    over = loop.total < 0 and loop.fault is not None
    if over or loop.failed > tolerated(settings, loop):
        assert loop.fault is not None
        fail(state, activation, loop.fault)
        return
    loop.ended.clear()
    if activation.node.plan.type == "while":
        complete(state, activation, {"iteration_count": loop.completed, "last": loop.last})
        return
    state.tolerated += loop.failed
    output: dict[str, Any] = {
        "items_processed": loop.completed,
        "total_items": loop.total,
        "failed_items": loop.failed,
    }
    if loop.results is not None:
        output["results"] = loop.results
    complete(state, activation, output)
