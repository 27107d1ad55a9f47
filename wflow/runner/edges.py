"""The edge that somebody wants switched in a run: read as it is written, found in what the run is, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from wflow.engine.amend import was
from wflow.engine.edges import edges_named, key_of, within
from wflow.engine.state import DONE, Activation, NodeState, Scope, State, Switch
from wflow.errors import UsageError
from wflow.graph.plan import EACH, EdgePlan, GraphPlan, NodePlan
from wflow.ids import iteration_prefix
from wflow.loading.edgetext import EdgeSyntax, parse_edge
from wflow.model.nearest import did_you_mean, listed, there_are
from wflow.progress.address import steps
from wflow.progress.outline import LOOPS

__all__ = ["request_for", "switch_named"]

#: An arrow that stands in no iteration's key.
_ARROW = re.compile(r"->(?![^\[]*\])")
_FORM = "write `source -> target`, `source.port -> target` or, in a container or a loop, `load/source -> target`"


def switch_named(text: str, trigger: str | None) -> Switch:
    """What the text of an edge names, in whatever graph: ``deploy/a -> b``, ``load[17]/check.true -> load[17]/b``.

    Raises UsageError where it is no single edge.
    """
    ends = _ARROW.split(text)
    if len(ends) != 2:
        what = "there is no `->` in it" if len(ends) == 1 else "it names several edges, and one is switched at a time"
        raise UsageError(f"`{text}` is no edge: {what}", cure=_FORM)
    (above, source), (also, target) = (_apart(end.strip()) for end in ends)
    if also not in ("", above):
        raise UsageError(f"`{text}` is no edge: its ends lie in different graphs", cure=_FORM)
    try:
        links = parse_edge(f"{source} -> {target}")
    except EdgeSyntax as error:
        raise UsageError(f"`{text}` is no edge: {error}", cure=_FORM) from None
    if len(links) > 1:
        raise UsageError(f"`{text}` names several edges, and one is switched at a time", cure=_FORM)
    way = tuple(steps(above))
    if above != "/".join(name if key is None else f"{name}[{key}]" for name, key in way):
        raise UsageError(f"`{text}` is no edge: `{above}` is no address", cure=_FORM)
    link = links[0]
    return Switch(way, link.source.id, link.source.port, link.target.id, trigger)


def _apart(end: str) -> tuple[str, str]:
    """The address of the graph that an end of an edge lies in ("" for the root), and the end itself."""
    above, _, name = end.rpartition("/")
    return above, name


def request_for(state: State, named: Switch, *, enabled: bool) -> dict[str, Any]:
    """What the run is asked. Raises UsageError for an edge that it does not have, and for one that has closed wherever
    it is.
    """
    if state.finished or state.root is None:
        raise UsageError(f"run {state.run_id} is {state.status}: its edges have closed")
    found = _Found(state.plan.root, [state.root], False, "")
    for name, key in named.way:
        found = _step(state, found, name, key)
    source = _check_edge(state, found, named)
    if not found.to_come and all(scope.nodes[source].status in DONE for scope in found.scopes):
        raise _closed(state, found, named, source)
    return {"what": "edge", **named._asdict(), "way": [list(step) for step in named.way], "enabled": enabled}


class _Found(NamedTuple):
    """How far the way to an edge has been gone: the graph at ``address``, those scopes of it that are open, and whether
    there may be more ``to_come``.
    """

    graph: GraphPlan
    scopes: list[Scope]
    to_come: bool
    address: str


def _step(state: State, found: _Found, name: str, key: str | None) -> _Found:
    plan = _node(state, found, name)
    address = f"{found.address}{name}"
    if key is not None and plan.type not in LOOPS:
        raise UsageError(f"`{address}` in run {state.run_id} is no loop and has no iteration `{key}`")
    nodes = [scope.nodes[plan.index] for scope in found.scopes]
    scopes = [scope for node in nodes for act in node.acts.values() for scope in within(act)]
    if key is not None:
        scopes = [scope for scope in scopes if key_of(scope) == key]
    to_come = found.to_come or any(_may_open(node, key) for node in nodes)
    if key is not None and not scopes and not to_come:
        raise UsageError(f"`{address}` in run {state.run_id} has no iteration `{key}` that runs or is still to come")
    graph = plan.body or (scopes[0].graph if scopes else None)
    if graph is None:
        raise _no_graph(state, plan, address)
    return _Found(graph, scopes, to_come, f"{address}/" if key is None else iteration_prefix(address, key))


def _node(state: State, found: _Found, name: str) -> NodePlan:
    index = found.graph.index_of.get(name)
    if index is None:
        known = list(found.graph.index_of)
        where = f"`{found.address}{name}`"
        cure = did_you_mean(name, known) or there_are(known)
        raise UsageError(f"run {state.run_id} has no node {where}", cure=cure)
    return found.graph.nodes[index]


def _no_graph(state: State, plan: NodePlan, address: str) -> UsageError:
    if plan.type == "subflow":
        message = f"the file of the subflow `{address}` in run {state.run_id} is known only while it runs"
        return UsageError(message, cure="switch the edge once it has started")
    return UsageError(f"`{address}` in run {state.run_id} has no graph of its own: it is of type {plan.type}")


def _may_open(node: NodeState, key: str | None) -> bool:
    """Whether the node may still open a scope that is not open yet, for the iteration with that key if there is one."""
    if node.status in DONE:
        return False
    if not node.acts or node.plan.join == EACH or node.plan.node.retry is not None:
        return True
    return any(_act_may_open(act, key) for act in node.acts.values())


def _act_may_open(act: Activation, key: str | None) -> bool:
    if act.status in ("ready", "retrying"):
        return True
    loop = act.loop
    if loop is None:
        return act.status == "open" and not act.scopes
    if loop.enough:
        return False
    if key is None:
        return act.node.plan.type == "while" or loop.next < loop.total or bool(loop.again)
    if any(key_of(scope) == key for scope in loop.again.values()):
        return True
    if loop.keys is not None:
        return key not in loop.keys and loop.next < loop.total
    return key.isdecimal() and loop.next <= int(key) and (act.node.plan.type == "while" or int(key) < loop.total)


def _check_edge(state: State, found: _Found, named: Switch) -> int:
    """The index of the edge's source. Raises UsageError where the graph has no such edge."""
    source, target = _node(state, found, named.source), _node(state, found, named.target)
    if edges_named(found.graph, named):
        return source.index
    if found.graph.mode == "sequential":
        message = f"`{found.address[:-1]}` runs its nodes one after the other: that order is no edge to be switched"
        raise UsageError(message, cure="write it with `mode: graph` and edges")
    there = [edge for edge in source.out if edge.target == target.index]
    written = f"`{found.address}{named.source}{f'.{named.port}' if named.port else ''} -> {named.target}`"
    if named.trigger is not None:
        written += f" with trigger {named.trigger}"
    cure = _names(found, there or source.out)
    if there:
        cure += f" with trigger {listed(list(dict.fromkeys(edge.trigger for edge in there)), quote='')}"
    raise UsageError(f"run {state.run_id} has no edge {written}", cure=cure or None)


def _names(found: _Found, edges: Iterable[EdgePlan]) -> str:
    names = list(dict.fromkeys(f"{found.address}{edge.name}" for edge in edges))
    return there_are(names) if names else ""


def _closed(state: State, found: _Found, named: Switch, source: int) -> UsageError:
    if found.scopes:
        status = found.scopes[0].nodes[source].status
        how = f"`{found.address}{named.source}` {was(status)}"
    else:
        how = f"`{found.address[:-1]}` is over"
    return UsageError(f"the edge has closed in run {state.run_id}: {how}, and nothing would change")
