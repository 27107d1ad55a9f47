"""A workflow's plan in words: its nodes in the order in which they may run, and what would run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from wflow.display.safe import safe_text
from wflow.model import Edge, Graph, Node, Workflow
from wflow.model.durations import format_duration

__all__ = ["plan_text", "waves"]

_WIDEST = 100


def plan_text(
    workflow: Workflow, *, only: frozenset[str] | None = None, parameters: Mapping[str, Any] | None = None
) -> str:
    """The plan, a line for each node: its wave (nodes of one number may run at once), id, type, what runs, after what.

    ``only`` are the root nodes that take part, None for all; no end of line after the last.
    """
    graph = workflow.graph
    lines = [f"plan of {safe_text(workflow.name)}"]
    for name, value in (parameters or {}).items():
        lines.append(f"  {safe_text(name)} = {_shown(json.dumps(value, ensure_ascii=False))}")
    lines += _graph_lines(graph, "  ", only, sequential=False)
    return "\n".join(lines)


def waves(graph: Graph, *, sequential: bool = False) -> list[tuple[int, Node]]:
    """Each node with its wave, from 1: one more than the highest of what leads to it. In the order of waves, then of
    the file; in a sequence every node has a wave of its own.
    """
    if sequential:
        return list(enumerate(graph.nodes, 1))
    number = dict.fromkeys((node.id for node in graph.nodes), 1)
    waiting = dict.fromkeys(number, 0)
    after: dict[str, list[str]] = {}
    for edge in graph.edges:
        waiting[edge.target] += 1
        after.setdefault(edge.source, []).append(edge.target)
    free = [name for name, count in waiting.items() if not count]
    while free:
        name = free.pop()
        for target in after.get(name, ()):
            number[target] = max(number[target], number[name] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    place = {node.id: index for index, node in enumerate(graph.nodes)}
    return sorted(((number[node.id], node) for node in graph.nodes), key=lambda one: (one[0], place[one[1].id]))


def _graph_lines(graph: Graph, indent: str, only: frozenset[str] | None, *, sequential: bool) -> Iterator[str]:
    instead = {name for node in graph.nodes for name in (node.fallback, node.compensate) if name}
    inbound: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        inbound.setdefault(edge.target, []).append(edge)
    for wave, node in waves(graph, sequential=sequential):
        if only is not None and node.id not in only:
            continue
        told = [f"{node.id} ({node.type})", _what(node), *_limits(node)]
        if node.id in instead:
            number = "-"
            told.append("only in place of another, or to undo it")
        else:
            number = str(wave)
            told.append(_after(inbound.get(node.id, ()), only))
        yield indent + number + "  " + "  ".join(safe_text(part, _WIDEST) for part in told if part)
        if node.graph is not None:
            in_order = node.settings.get("mode") == "sequential"
            yield from _graph_lines(node.graph, indent + "   ", None, sequential=in_order)


def _after(edges: Any, only: frozenset[str] | None) -> str:
    sources = []
    for edge in edges:
        if only is not None and edge.source not in only:
            continue
        port = f".{edge.port}" if edge.port else ""
        trigger = "" if edge.trigger == "complete" else f" ({edge.trigger})"
        condition = f" if {edge.condition}" if edge.condition is not None else ""
        off = "" if edge.enabled else " (disabled)"
        sources.append(f"{edge.source}{port}{trigger}{condition}{off}")
    return f"after {', '.join(sources)}" if sources else ""


#: The settings that say what a node does, of which the first that it has is told.
_TELLING = ("call", "file", "command", "script", "condition", "items", "value", "for", "until", "signal", "schedule",
            "targets", "status", "mode", "class")  # fmt: skip


def _what(node: Node) -> str:
    for name in _TELLING:
        value = node.settings.get(name)
        if value is None:
            continue
        if name == "script":
            first = next((line.strip() for line in str(value).splitlines() if line.strip()), "")
            return _shown(first + (" …" if len(str(value).strip().splitlines()) > 1 else ""))
        if name == "command" and isinstance(value, list | tuple):
            return _shown(" ".join(str(part) for part in value))
        if name == "for" and isinstance(value, int | float):
            return f"for {format_duration(value)}"
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        return _shown(f"{name}: {text}")
    return ""


def _limits(node: Node) -> list[str]:
    told = []
    if node.retry is not None:
        told.append(f"up to {node.retry.max_attempts} attempts")
    if node.timeout is not None:
        told.append(f"at most {format_duration(node.timeout)}")
    if node.pool is not None:
        told.append(f"in pool {node.pool}")
    return told


def _shown(text: str) -> str:
    return safe_text(text, _WIDEST)
