"""A workflow's graph as text: its nodes as a tree, each with the edges that leave it."""

from __future__ import annotations

from collections.abc import Mapping

from wflow.display.marks import UNICODE, Marks
from wflow.display.safe import safe_text
from wflow.model import Edge, Graph, Node, Workflow

__all__ = ["edge_label", "graph_text", "node_label"]


def graph_text(workflow: Workflow, statuses: Mapping[str, str] | None = None, marks: Marks = UNICODE) -> str:
    """The graph, a line for each node, without an end of line after the last.

    ``statuses`` are statuses by address without keys (`wflow.progress.standing`); a node in it has its mark
    before its id.
    """
    lines = [safe_text(workflow.name)]
    _below(lines, workflow.graph, "", "", statuses or {}, marks)
    return "\n".join(lines)


def _below(lines: list[str], graph: Graph, prefix: str, trunk: str, statuses: Mapping[str, str], marks: Marks) -> None:
    leaving: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        leaving.setdefault(edge.source, []).append(edge)
    for place, node in enumerate(graph.nodes):
        last = place == len(graph.nodes) - 1
        status = statuses.get(prefix + node.id)
        mark = f"{marks.status.get(status, '?')} " if status is not None else ""
        text = f"{trunk}{marks.last if last else marks.branch}{mark}{safe_text(node.id)}  ({_kind(node)})"
        targets = ", ".join(_target(edge, marks) for edge in leaving.get(node.id, ()))
        lines.append(f"{text}  {targets}" if targets else text)
        if node.graph is not None:
            below = trunk + (marks.gap if last else marks.trunk)
            _below(lines, node.graph, f"{prefix}{node.id}/", below, statuses, marks)


def _kind(node: Node) -> str:
    parts = [safe_text(node.type)]
    if node.join != "all":
        parts.append(f"join {safe_text(node.join)}")
    if node.fallback is not None:
        parts.append(f"fallback {safe_text(node.fallback)}")
    if node.compensate is not None:
        parts.append(f"undone by {safe_text(node.compensate)}")
    return ", ".join(parts)


def _target(edge: Edge, marks: Marks) -> str:
    label = edge_label(edge)
    return f"{label} {marks.arrow} {safe_text(edge.target)}" if label else f"{marks.arrow} {safe_text(edge.target)}"


def edge_label(edge: Edge) -> str:
    """What is special about an edge, free of control characters: its port, trigger and condition, or that it is off."""
    parts: list[str] = []
    if edge.port is not None:
        parts.append(safe_text(edge.port, 60))
    if edge.trigger != "complete":
        parts.append(safe_text(edge.trigger, 20))
    if edge.condition is not None:
        parts.append(f"if {safe_text(edge.condition, 60)}")
    if not edge.enabled:
        parts.append("disabled")
    return ", ".join(parts)


def node_label(node: Node) -> str:
    """What a node is called in a drawing, free of control characters: its title or its id."""
    return safe_text(node.title or node.id, 80)
