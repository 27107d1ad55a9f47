"""Connections as edges: ports, triggers, conditions, and the few that a graph of ours has no place for."""

from __future__ import annotations

from wflow.importing.control import computing_script, expression_of, switch_ports
from wflow.importing.conversion import Conversion, OurEdge, OurGraph, Scope
from wflow.importing.edge_conditions import router_condition
from wflow.importing.names import safe_id
from wflow.importing.theirs import TheirEdge, TheirGraph, TheirNode
from wflow.importing.writing import Out

__all__ = ["add_edges", "aside_nodes"]


def aside_nodes(graph: TheirGraph) -> set[str]:
    """The nodes that stand in for others or undo them: they are no part of the flow here."""
    named = (node.part.text(key) for node in graph.nodes.values() for key in ("fallbackNodeId", "compensationNodeId"))
    return {name for name in named if name is not None}


def add_edges(conversion: Conversion, theirs: TheirGraph, ours: OurGraph, scope: Scope, *, drop_disabled: bool) -> None:
    """The edges of a graph. With ``drop_disabled`` a node that only disabled ones lead to starts by itself."""
    aside = aside_nodes(theirs)
    alive = {edge.target for edge in theirs.edges if edge.enabled}
    seen: set[tuple[str, str, str | None, str]] = set()
    for edge in theirs.edges:
        notes = [*edge.notes, *_comments(conversion, edge)]
        if edge.source in aside or edge.target in aside:
            name = edge.source if edge.source in aside else edge.target
            conversion.told.lost(
                edge.path, f"`{name}` stands in for another node or undoes one: no edge leads there here"
            )
            continue
        if not edge.enabled and drop_disabled and edge.target not in alive:
            message = (
                f"this is left out: `{edge.target}`, which only disabled connections lead to, starts by itself there"
            )
            conversion.told.note(edge.path, message)
            continue
        for made in _edges(conversion, theirs.nodes[edge.source], edge, scope):
            key = (made.source, made.target, made.port, made.trigger)
            if key in seen:
                conversion.told.note(edge.path, "this connection stands here twice, and is carried once")
                continue
            seen.add(key)
            made.notes, notes = notes, []
            ours.edges.append(made)
            if edge.condition is not None:
                _add_condition(conversion, edge, made, ours, scope)
    _leave_out_cycles(conversion, ours)


def _leave_out_cycles(conversion: Conversion, ours: OurGraph) -> None:
    """Tell of every edge that closes a cycle, and leave it out: what remains can be walked in one direction."""
    after: dict[str, list[OurEdge]] = {}
    for edge in ours.edges:
        after.setdefault(edge.source, []).append(edge)
    state: dict[str, bool] = {}
    closing: set[int] = set()
    for start in ours.nodes:
        if start in state:
            continue
        # A stack of its own: a chain may be longer than Python's.
        state[start] = False
        stack = [(start, iter(after.get(start, ())))]
        while stack:
            ident, edges = stack[-1]
            for edge in edges:
                if edge.target not in state:
                    state[edge.target] = False
                    stack.append((edge.target, iter(after.get(edge.target, ()))))
                    break
                if not state[edge.target]:
                    closing.add(id(edge))
                    message = f"`{edge.source}` leads back to `{edge.target}`: a graph has no way back here"
                    conversion.told.lost(edge.path, message, cure="put what is repeated into a While or a ForEach")
            else:
                state[ident] = True
                stack.pop()
    ours.edges = [edge for edge in ours.edges if id(edge) not in closing]


def _comments(conversion: Conversion, edge: TheirEdge) -> list[str]:
    within = [line for _, lines in conversion.comments_within(edge.path) for line in lines]
    return [*conversion.comments_above(edge.path), *within]


def _edges(conversion: Conversion, source: TheirNode, edge: TheirEdge, scope: Scope) -> list[OurEdge]:
    trigger = edge.trigger or "complete"
    enabled = edge.enabled
    ports: list[str | None] = [None]
    if trigger == "next":
        _never(conversion, edge, "only loops send Next messages")
        trigger, enabled = "complete", False
    if source.kind in ("if", "switch"):
        if trigger == "complete":
            ports = _ports(conversion, source, edge)
        elif edge.port is not None:
            _never(conversion, edge, "a failure has no port")
            enabled = False
    elif edge.port is not None:
        _never(conversion, edge, f"`{edge.source}` has no port `{edge.port}`")
        enabled = False
    return [
        OurEdge(
            scope.ids[edge.source],
            scope.ids[edge.target],
            edge.path,
            port=port,
            trigger=trigger,
            priority=edge.priority,
            enabled=enabled,
            max_deliveries=edge.max_deliveries,
        )
        for port in ports
    ]


def _never(conversion: Conversion, edge: TheirEdge, why: str) -> None:
    conversion.told.note(edge.path, f"nothing ever goes this way there: {why}; the edge is disabled here")


def _ports(conversion: Conversion, source: TheirNode, edge: TheirEdge) -> list[str | None]:
    """The ports that a connection of a branch stands for: without one it has all of them."""
    if source.kind == "if":
        known = {"true": "true", "false": "false"}
    else:
        known = switch_ports(conversion, source).by_name
    if edge.port is None:
        return list(dict.fromkeys(known.values()))
    port = known.get(edge.port.lower())
    if port is None:
        names = ", ".join(known)
        conversion.told.lost(edge.part.place("sourcePort"), f"`{source.id}` has no port `{edge.port}`, only {names}")
        return []
    return [port]


def _add_condition(conversion: Conversion, edge: TheirEdge, made: OurEdge, ours: OurGraph, scope: Scope) -> None:
    found = edge.condition
    assert found is not None
    text = str(found.value).strip() if not isinstance(found.value, bool) else str(found.value).lower()
    simple = router_condition(text, scope.keys)
    if simple is not None:
        made.condition = None if simple == "true" else simple
        return
    computed = expression_of(conversion, found._replace(value=text), scope, "output")
    if computed.text is not None:
        made.condition = computed.text
        return
    feeder = safe_id(f"{made.source}-to-{made.target}", ours.nodes)
    node = Out(type="csharp", title=f"Whether `{made.source}` leads to `{made.target}`")
    node["script"] = computing_script(computed.csharp, "(bool)")
    ours.nodes[feeder] = node
    ours.notes[feeder] = [f"C# that has no counterpart in expressions: {computed.why}"]
    target, made.target = made.target, feeder
    ours.edges.append(OurEdge(feeder, target, edge.path, condition="output.result", priority=made.priority))
