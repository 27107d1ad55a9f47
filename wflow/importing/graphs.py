"""A graph of theirs as one of ours: ids, nodes, edges, joins, where it begins, and the bodies in it."""

from __future__ import annotations

import re
from collections import Counter
from graphlib import TopologicalSorter
from itertools import pairwise

from wflow.importing.control import (
    Computed,
    compute_before,
    computing_script,
    expression_of,
    feed,
    switch_ports,
)
from wflow.importing.conversion import Conversion, OurEdge, OurGraph, Scope
from wflow.importing.csharp_kept import bare, is_statements, returning, split_usings, with_usings
from wflow.importing.edges import add_edges
from wflow.importing.names import safe_id
from wflow.importing.nodes import add_graph, convert_node, finish_node, renamed_id
from wflow.importing.part import Found
from wflow.importing.scripts import rewritten
from wflow.importing.theirs import LOOPS, TheirGraph, TheirNode
from wflow.importing.writing import Out

__all__ = ["convert_graph"]

_NAMES = {
    "if": ("Condition", "conditionExpression"),
    "switch": ("Expression", "switchExpression"),
    "foreach": ("CollectionExpression", "collection"),
    "while": ("Condition", "conditionExpression"),
}
_KEYS = {"if": "condition", "switch": "value", "foreach": "items", "while": "condition"}


def convert_graph(conversion: Conversion, theirs: TheirGraph, scope: Scope, *, top: bool = False) -> OurGraph:
    """The graph with everything in it. At the ``top`` connections that are disabled count for nothing there."""
    ours = OurGraph()
    taken: set[str] = set()
    for node in theirs.nodes.values():
        scope.ids[node.id] = renamed_id(conversion, node, taken)
        taken.add(scope.ids[node.id])
    for node in theirs.nodes.values():
        ours.nodes[scope.ids[node.id]] = convert_node(conversion, node, scope)
    entry = conversion.source.tree.get("entryPointNodeId") if top else None
    add_edges(conversion, theirs, ours, scope, drop_disabled=top and entry is None)
    _add_joins(theirs, ours, scope)
    for node in theirs.nodes.values():
        _own_graph(conversion, node, ours, scope)
    if top:
        _lead_somewhere(ours)
    for node in theirs.nodes.values():
        out = ours.nodes[scope.ids[node.id]]
        above = finish_node(conversion, node, out)
        if scope.ids[node.id] != node.id:
            above.append(f"{node.id} of the ExecutionEngine's file")
        ours.notes.setdefault(scope.ids[node.id], [])[:0] = above
    return ours


def _add_joins(theirs: TheirGraph, ours: OurGraph, scope: Scope) -> None:
    """There a node runs at its first message unless it says All; with one edge that is the same."""
    inbound = Counter(edge.target for edge in ours.edges)
    for node in theirs.nodes.values():
        ident = scope.ids[node.id]
        if inbound[ident] > 1 and not node.join_all:
            ours.nodes[ident]["join"] = "any"


def _own_graph(conversion: Conversion, node: TheirNode, ours: OurGraph, scope: Scope) -> None:
    """The expression that a control node decides by, and the graph that it owns."""
    out = ours.nodes[scope.ids[node.id]]
    if node.kind in _KEYS:
        found = node.part.find(*_NAMES[node.kind])
        if found is None or not str(found.value).strip():
            name = _NAMES[node.kind][0]
            conversion.told.lost(node.path, f"`{node.id}` has no `{name}`", code="missing-key")
            found = Found("false" if node.kind in ("if", "while") else "null", node.path)
        if isinstance(found.value, bool):
            found = found._replace(value=str(found.value).lower())
        _decide(conversion, node, ours, scope, found)
    if node.kind == "switch":
        out["cases"] = switch_ports(conversion, node).by_match
        if not out["cases"]:
            conversion.told.lost(node.path, f"`{node.id}` has no `Cases`", code="missing-key")
    elif node.kind == "container" and node.children is not None:
        children = convert_graph(conversion, node.children, scope.inside({}))
        _own_order(out, children)
        add_graph(out, children)
    elif node.children is not None and node.kind not in LOOPS:
        conversion.told.lost(node.part.place("ChildNodes"), f"a node of type {node.kind} has no `ChildNodes`")


def _decide(conversion: Conversion, node: TheirNode, ours: OurGraph, scope: Scope, found: Found) -> None:
    ident = scope.ids[node.id]
    out = ours.nodes[ident]
    key = _KEYS[node.kind]
    computed = expression_of(conversion, found, scope, soft=node.kind == "switch")
    if node.kind == "while":
        _while(conversion, node, ours, scope, found, computed)
        return
    if computed.text is not None:
        out[key] = computed.text
    else:
        out[key] = "input.result"
        script = computing_script(computed.csharp, "(bool)" if node.kind == "if" else "")
        compute_before(conversion, ours, ident, script, computed.why, found)
    if node.kind == "foreach":
        body = scope.inside(_item_names(conversion, node, out))
        assert node.children is not None
        add_graph(out, _body(convert_graph(conversion, node.children, body)))


def _item_names(conversion: Conversion, node: TheirNode, out: Out) -> dict[str, str]:
    """The names of the item and of its index, by what they are called there."""
    theirs = node.part.text("ItemVariableName") or "item"
    ours = safe_id(theirs, (), variable=True)
    if ours != theirs:
        path = node.part.place("ItemVariableName")
        conversion.told.note(path, f"the item `{theirs}` is `{ours}` here", code="renamed")
    if ours != "item":
        out["as"] = ours
    return {theirs: ours, f"{theirs}Index": f"{ours}_index"}


def _body(graph: OurGraph) -> OurGraph:
    """A body has a node; one that there leads nowhere has one that does nothing."""
    if not graph.nodes:
        graph.nodes["nothing"] = Out(type="noop")
    _lead_somewhere(graph)
    return graph


def _while(
    conversion: Conversion, node: TheirNode, ours: OurGraph, scope: Scope, found: Found, computed: Computed
) -> None:
    ident = scope.ids[node.id]
    assert node.children is not None
    body = _body(convert_graph(conversion, node.children, scope.inside({"iterationIndex": "iteration_index"})))
    text = computed.text
    # What it reads of its input is the loop's own at first, and then what its body gave: no expression sees both.
    if text is not None and not re.search(r"\binput\b", text):
        ours.nodes[ident]["condition"] = text
    else:
        why = computed.why or "its input is another one in each round"
        csharp = rewritten(str(found.value).strip(), "csharp", scope.keys, scope.loops)
        _compute_each_round(conversion, ours, ident, body, csharp, why, found)
    add_graph(ours.nodes[ident], body)


def _compute_each_round(
    conversion: Conversion, ours: OurGraph, ident: str, body: OurGraph, csharp: str, why: str, found: Found
) -> None:
    """Compute whether the loop goes on in C#: before it, and at the end of each round."""
    name = safe_id(f"{ident}_goes_on", conversion.own_variables, variable=True)
    conversion.own_variables[name] = False
    usings, rest = split_usings(csharp)
    condition = f"(({bare(rest)}))"
    if is_statements(rest):
        condition = f"((Func<object>)(() => {{ {returning(rest)} }}))()"
    script = with_usings(
        f"{usings}"
        f'SetGlobal("{name}", (bool){condition});\nforeach (var given in Input) SetOutput(given.Key, given.Value);\n'
    )
    out = ours.nodes[ident]
    out["condition"] = f"variables.{name}"
    first = Out(type="csharp", title=f"Whether `{ident}` begins")
    for key in ("join", "priority"):
        if key in out:
            first[key] = out.pop(key)
    first["script"] = script
    feeder = safe_id(f"{ident}-begins", ours.nodes)
    feed(ours, ident, feeder, first, found)
    ours.notes.setdefault(feeder, []).append(f"C# that has no counterpart in expressions: {why}")
    again = safe_id(f"{ident}-goes-on", body.nodes)
    ends = _ends(body)
    body.nodes[again] = Out(type="csharp", title=f"Whether `{ident}` goes on", script=script)
    body.edges += [OurEdge(other, again, found.path, port=port) for other, port in ends]


def _ends(graph: OurGraph) -> list[tuple[str, str | None]]:
    """The ways out of a body: of each node that nothing surely follows on, and the ports of branches that lead nowhere.

    A round has gone one of them at least, whatever its branches and conditions said.
    """
    after: dict[str, list[OurEdge]] = {}
    for edge in graph.edges:
        if edge.trigger == "complete" and edge.enabled and edge.condition is None:
            after.setdefault(edge.source, []).append(edge)
    nodes = _flow(graph)
    before: dict[str, list[str]] = {ident: [] for ident in nodes}
    for edge in graph.edges:
        before[edge.target].append(edge.source)
    ends: list[tuple[str, str | None]] = []
    # What comes later in a round says more: of the same key its value stands.
    for ident in TopologicalSorter(before).static_order():
        followed = {edge.port for edge in after.get(ident, ())}
        ends += [(ident, port) for port in _ports(nodes[ident]) if port not in followed]
    return ends


def _flow(graph: OurGraph) -> dict[str, Out]:
    """The nodes that take part in the flow: not those that stand in for others or undo them."""
    aside = {out.get(key) for out in graph.nodes.values() for key in ("fallback", "compensate")}
    return {ident: out for ident, out in graph.nodes.items() if ident not in aside}


def _ports(out: Out) -> list[str | None]:
    if out["type"] == "if":
        return ["true", "false"]
    if out["type"] == "switch":
        return list(dict.fromkeys([*out["cases"].values(), "default"]))
    return [None]


def _lead_somewhere(graph: OurGraph) -> None:
    """Have a branch that decides nothing lead to a node that does nothing: here it must lead somewhere."""
    leading = {edge.source for edge in graph.edges if edge.port is not None}
    for ident, out in list(graph.nodes.items()):
        if out["type"] in ("if", "switch") and ident not in leading:
            nothing = safe_id(f"{ident}-decided", graph.nodes)
            graph.nodes[nothing] = Out(type="noop")
            graph.edges += [OurEdge(ident, nothing, (), port=port) for port in _ports(out)]


def _own_order(out: Out, graph: OurGraph) -> None:
    """A container's nodes in a row or side by side, where some need edges of their own: the same as a graph."""
    branches = any(node["type"] in ("if", "switch") for node in graph.nodes.values())
    if not (graph.edges or branches):
        return
    if out.pop("mode", "graph") == "sequential":
        fed = {(edge.source, edge.target) for edge in graph.edges}
        for before, after in pairwise(_flow(graph)):
            if (before, after) not in fed:
                graph.edges += [OurEdge(before, after, (), port=port) for port in _ports(graph.nodes[before])]
    _lead_somewhere(graph)
