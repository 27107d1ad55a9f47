"""Why a node runs, waits or was skipped, in sentences: what has come on each of its edges, and what holds it up now."""

from __future__ import annotations

from typing import NamedTuple

from wflow.engine import limits
from wflow.engine.locate import way_to
from wflow.engine.routing import enabled
from wflow.engine.state import DONE, Activation, NodeState, Scope, State
from wflow.graph.plan import ALL, EACH, EdgePlan, NodePlan

__all__ = ["Delay", "EdgeReport", "Explanation", "delay_of", "explain", "explain_absent"]

_KIND = {"foreach": "iteration", "while": "iteration", "subflow": "subflow", "container": "container"}

#: What is said of a node that has sent no message of that trigger, since its end was another one.
_OTHER_END = {"fail": ", it did not fail", "cancel": ", it was not cancelled"}

#: So many nodes are named in one sentence.
_NAMED = 5


class EdgeReport(NamedTuple):
    """How an edge to the node stands: ``state`` is ``message`` (one has come), ``open`` (one may come), ``closed``
    (none will) or ``off``; ``why`` says what about its source makes it so.
    """

    edge: str
    state: str
    why: str


class Explanation(NamedTuple):
    """``why`` a node has started, has not, or will not: a sentence without its point; ``edges`` are those that lead to
    it, in the order of the file.
    """

    why: str
    edges: tuple[EdgeReport, ...]


class Delay(NamedTuple):
    """What a node waits for that has all its messages: a sentence, and until when (seconds since the epoch) at most, 0
    where nobody knows.
    """

    what: str
    until: float = 0.0


def explain(scope: Scope, node: NodeState) -> Explanation:
    """Why it is so with the node in its scope."""
    edges = tuple(_edge(scope, node, edge) for edge in node.plan.inbound)
    return Explanation(_why(scope, node, edges), edges)


def explain_absent(state: State, address: str) -> Explanation | None:
    """The same for an address whose scope is not there: of the nearest node that it lies in. None where there is none,
    or where the scope is there.
    """
    way = way_to(state, address)
    if not way:
        return None
    scope, node = way[-1]
    here = scope.prefix + node.plan.id
    return None if here == address else Explanation(f"it lies in `{here}`, {_as_it_is(node)}", ())


def delay_of(state: State, activation: Activation) -> Delay | None:
    """What keeps an activation from going on, None of one that is at work."""
    settings = activation.node.plan.node.settings
    if activation.status == "ready":
        return Delay(_held_up(state, activation))
    if activation.status == "retrying":
        return Delay("it failed, and is tried again", activation.until)
    if activation.status == "waiting" and activation.node.plan.type == "wait":
        if "signal" in settings:
            return Delay(f"it waits for the signal `{settings['signal']}`")
        if "until" in settings:
            return Delay(f"it waits until this holds: {settings['until']}")
        return Delay("it waits", activation.until)
    return None


def _as_it_is(node: NodeState) -> str:
    return {
        "pending": "which has not started",
        "active": "which has no such part now",
        "skipped": "which was skipped",
    }.get(node.status, f"which has {node.status}" if node.status != "cancelled" else "which was cancelled")


def _edge(scope: Scope, node: NodeState, edge: EdgePlan) -> EdgeReport:
    source = scope.nodes[edge.source]
    name = source.plan.id
    if not enabled(scope, edge):
        return EdgeReport(edge.name, "off", "it is switched off")
    if edge.index in node.inbox or any(
        message.edge == edge.index for activation in node.acts.values() for message in activation.messages
    ):
        return EdgeReport(edge.name, "message", f"`{name}` has sent a message")
    if source.status not in DONE:
        doing = "has not started" if source.status == "pending" else "is not done"
        return EdgeReport(edge.name, "open", f"`{name}` {doing}")
    if node.plan.join == EACH and source.status == "completed" and node.number:
        return EdgeReport(edge.name, "closed", f"`{name}` is done: nothing more comes")
    return EdgeReport(edge.name, "closed", _unsent(source, edge))


def _unsent(source: NodeState, edge: EdgePlan) -> str:
    """Why a node that is done has sent nothing along its edge."""
    name, status = source.plan.id, source.status
    if status == "skipped":
        return f"`{name}` was skipped, " + ("since something before it failed" if source.broken else "not taken")
    reached = {"complete": "completed", "fail": "failed", "cancel": "cancelled"}.get(edge.trigger, status)
    if status != reached:
        did = {"completed": "has completed", "failed": "has failed", "cancelled": "was cancelled"}[status]
        return f"`{name}` {did}{_OTHER_END.get(edge.trigger, '')}"
    port = _port_taken(source)
    if port is not None and edge.trigger == "complete" and edge.port != port:
        return f"`{name}` has taken the way `{port}`"
    if edge.edge.condition is not None:
        return f"its condition did not hold: {edge.edge.condition}"
    return f"`{name}` has sent nothing"


def _port_taken(source: NodeState) -> str | None:
    key = {"if": "branch_taken", "switch": "port_selected"}.get(source.plan.type)
    output = source.output
    return str(output[key]) if key is not None and isinstance(output, dict) and key in output else None


def _why(scope: Scope, node: NodeState, edges: tuple[EdgeReport, ...]) -> str:
    if node.status == "pending":
        return _before(scope, node, edges)
    if node.status == "skipped":
        return _skipped(scope, node)
    return _started(scope, node, edges)


def _started(scope: Scope, node: NodeState, edges: tuple[EdgeReport, ...]) -> str:
    if node.plan.aside:
        return _stands_in(scope, node.plan)
    if not node.plan.inbound:
        return f"nothing leads to it: it starts with {_around(scope)}"
    came = [edge.edge for edge in edges if edge.state == "message"]
    if node.plan.join == EACH:
        return f"it runs once for each message: {node.came} have come"
    if node.plan.join == ALL:
        return f"all edges to it are done, and a message has come on {_listed(came)}"
    return f"{node.plan.need} message{'s' * (node.plan.need > 1)} let it start: on {_listed(came)}"


def _before(scope: Scope, node: NodeState, edges: tuple[EdgeReport, ...]) -> str:
    if node.plan.aside:
        return _stands_in(scope, node.plan)
    left = [edge.edge for edge in edges if edge.state == "open"]
    if node.plan.join in (ALL, EACH):
        return f"it waits for {_listed(left)}" if left else f"it starts with {_around(scope)}"
    return f"it waits for {node.plan.need - node.came} of {_listed(left)}"


def _skipped(scope: Scope, node: NodeState) -> str:
    if node.stopped == "flow":
        return "the workflow had ended, or had cancelled what was left, when its turn came"
    if node.stopped:
        return f"{_around(scope)} was being cancelled when its turn came"
    if node.broken:
        return "something that leads to it failed or was cancelled"
    if node.plan.join == ALL:
        return "no message came on any edge to it"
    return f"of the {node.plan.need} messages that it needs {node.came or 'none'} came"


def _stands_in(scope: Scope, plan: NodePlan) -> str:
    fallback = [other.plan.id for other in scope.nodes if other.plan.node.fallback == plan.id]
    undoes = [other.plan.id for other in scope.nodes if other.plan.node.compensate == plan.id]
    told = [f"it stands in for {_listed(fallback)}, should that fail"] if fallback else []
    told += [f"it undoes {_listed(undoes)}, should the run be compensated"] if undoes else []
    return "; ".join(told)


def _around(scope: Scope) -> str:
    owner = scope.owner
    return "the run" if owner is None else f"its {_KIND.get(owner.node.plan.type, 'scope')} `{scope.prefix[:-1]}`"


def _held_up(state: State, activation: Activation) -> str:
    """What a node that has all its messages waits for."""
    if state.paused:
        return "it is ready, and the run is paused"
    plan = activation.node.plan
    if activation.id in state.asked:
        assert plan.breaker is not None
        return f"it is ready, and its breaker `{plan.breaker.name}` is being asked"
    missing = limits.missing_place(state, activation)
    kind = missing[0] if missing is not None else ""
    if kind == "pool":
        assert missing is not None
        have = [one.address for one in state.activations.values() if missing in one.places]
        return f"it is ready, and the pool `{plan.node.pool}` has no place: {_listed(have)} hold it"
    if kind == "node":
        return f"it is ready, and {plan.node.max_concurrent} of it run, as many as `max_concurrent` allows"
    if kind == "rate":
        return "it is ready, and its `rate` lets it start later"
    if kind == "suspect":
        return "it is ready; the engine has died twice while it ran, and such run one at a time"
    if kind == "room":
        return "it is ready, and the queue that it sends to is full"
    return "it is ready, and waits for a worker"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown or "nothing"
