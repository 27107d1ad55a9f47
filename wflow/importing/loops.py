"""Flat loops folded: what the ExecutionEngine reaches over a port becomes the body that our loops own.

A body is what is reached over ``LoopBody`` (or by ``Next`` messages) and not from the loop's own end; an edge from it
back to the loop, which there starts the next round, is no edge here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wflow.importing.theirs import LOOPS, TheirEdge, TheirGraph
from wflow.importing.told import Told

__all__ = ["fold"]


def fold(graph: TheirGraph, told: Told) -> None:
    """Put every loop's body into its ``children``, in the graph and in all graphs inside it."""
    ways = _Ways(graph)
    bodies = {ident: ways.body(ident) for ident, node in graph.nodes.items() if node.kind in LOOPS}
    nested = {inner for body in bodies.values() for inner in bodies.keys() & body}
    owner: dict[str, str] = {}
    for ident, body in bodies.items():
        if ident in nested or ident in owner:
            continue
        for other in body:
            if owner.setdefault(other, ident) != ident:
                message = f"`{other}` is in the bodies of two loops, `{owner[other]}` and `{ident}`"
                told.lost(graph.nodes[other].path, message)
    _take_bodies(graph, owner, [ident for ident in bodies if ident not in owner], told)
    for node in list(graph.nodes.values()):
        if node.children is not None:
            fold(node.children, told)


def _is_body_edge(edge: TheirEdge) -> bool:
    return edge.port == "loopbody" or edge.trigger == "next"


class _Ways:
    """Which node leads where."""

    def __init__(self, graph: TheirGraph) -> None:
        self._after: dict[str, list[TheirEdge]] = {}
        self._before: dict[str, list[str]] = {}
        for edge in graph.edges:
            self._after.setdefault(edge.source, []).append(edge)
            self._before.setdefault(edge.target, []).append(edge.source)

    def body(self, loop: str) -> set[str]:
        out = self._after.get(loop, [])
        inside = self._reached(loop, [edge.target for edge in out if _is_body_edge(edge)])
        ends = [edge.target for edge in out if not _is_body_edge(edge)]
        # Nearly always nothing but the loop leads into a body, and what follows the loop need not be gone through.
        closed = inside.isdisjoint(ends) and all(
            before in inside or before == loop for ident in inside for before in self._before.get(ident, ())
        )
        return inside if closed else inside - self._reached(loop, ends)

    def _reached(self, without: str, start: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        pending = [ident for ident in start if ident != without]
        while pending:
            ident = pending.pop()
            if ident not in seen:
                seen.add(ident)
                pending += [edge.target for edge in self._after.get(ident, ()) if edge.target != without]
        return seen


def _take_bodies(graph: TheirGraph, owner: Mapping[str, str], loops: Iterable[str], told: Told) -> None:
    """Move the nodes into the graphs of the loops that own them, and the edges between them."""
    inner = {ident: graph.nodes[ident].children or TheirGraph() for ident in loops}
    for ident in [ident for ident in graph.nodes if ident in owner]:
        inner[owner[ident]].nodes[ident] = graph.nodes.pop(ident)
    kept: list[TheirEdge] = []
    begins: list[TheirEdge] = []
    back: set[str] = set()
    for edge in graph.edges:
        source, target = owner.get(edge.source), owner.get(edge.target)
        if source is not None and source == target:
            inner[source].edges.append(edge)
        elif edge.source in inner and _is_body_edge(edge):
            graph.nodes[edge.source].folded.append(edge.path)
            begins.append(edge)
        elif source is None and target is None:
            kept.append(edge)
        elif source == edge.target:
            back.add(edge.target)
            graph.nodes[edge.target].folded.append(edge.path)
            _goes_back(edge, told)
        elif target == edge.source:
            message = f"this leads from `{edge.source}` into its own body, and not over LoopBody"
            told.lost(edge.path, message)
        else:
            way, loop = ("out of", source) if source is not None else ("into", target)
            message = f"this leads {way} the body of `{loop}`, whose nodes are in a graph of their own here"
            told.lost(edge.path, message)
    graph.edges = kept
    for ident, body in inner.items():
        loop_node = graph.nodes[ident]
        loop_node.children = body
        if loop_node.kind == "while" and ident in owner.values() and ident not in back:
            message = f"nothing leads back to `{ident}`: the ExecutionEngine would go round once, this loop goes on"
            told.note(loop_node.path, message)
    followed = {ident: {edge.target for edge in body.edges if edge.enabled} for ident, body in inner.items()}
    for edge in begins:
        _begins(edge, followed[edge.source], told)


def _begins(edge: TheirEdge, followed: set[str], told: Told) -> None:
    """An edge from the loop into its body: here a body's nodes that nothing leads to start by themselves."""
    if edge.condition is not None:
        told.lost(edge.condition.path, "what begins a loop's body has no condition here")
    if not edge.enabled:
        told.lost(edge.path, "what begins a loop's body cannot be disabled here")
    if edge.target in followed:
        message = f"`{edge.target}` begins the body and follows another node of it: here it would wait for that"
        told.lost(edge.path, message)


def _goes_back(edge: TheirEdge, told: Told) -> None:
    if edge.condition is not None:
        told.lost(edge.condition.path, "what leads back to a loop has no condition here: the loop's own ends it")
