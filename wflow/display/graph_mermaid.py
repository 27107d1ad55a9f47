"""A workflow's graph as a Mermaid flowchart. Ids are our own; a label can hold anything and ends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wflow.display.graph_text import edge_label, node_label
from wflow.model import Edge, Graph, Node, Workflow

__all__ = ["graph_mermaid"]

#: What a label may hold as it is; everything else in ASCII means, or may come to mean, something to Mermaid.
_SPECIAL = re.compile(r"[\x00-\x7f](?<![A-Za-z0-9 _.,:/()=+-])")

_COLOURS = {
    "completed": "fill:#d3f2d3,stroke:#2e7d32",
    "running": "fill:#d6e6ff,stroke:#1565c0",
    "waiting": "fill:#d9f3f7,stroke:#00838f",
    "retrying": "fill:#fff3cd,stroke:#b58900",
    "failed": "fill:#ffd6d6,stroke:#c62828",
    "cancelled": "fill:#efd9f5,stroke:#7b1fa2",
    "skipped": "fill:#eeeeee,stroke:#9e9e9e,stroke-dasharray:4 3",
    "pending": "fill:#ffffff,stroke:#9e9e9e",
}


def graph_mermaid(workflow: Workflow, statuses: Mapping[str, str] | None = None) -> str:
    """The flowchart, without an end of line after the last; scopes are subgraphs, in each other as in the file.

    ``statuses`` are statuses by address without keys; what has one is coloured by it.
    """
    drawing = _Drawing(statuses or {})
    drawing.graph(workflow.graph, "", 1)
    return "\n".join(["flowchart TD", *drawing.lines, *drawing.classes()])


def _quoted(text: str) -> str:
    return '"' + _SPECIAL.sub(lambda match: f"#{ord(match.group())};", text) + '"'


class _Drawing:
    def __init__(self, statuses: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._statuses = statuses
        self._by_status: dict[str, list[str]] = {}
        self._count = 0

    def graph(self, graph: Graph, prefix: str, depth: int) -> None:
        names = {node.id: self._node(node, prefix, depth) for node in graph.nodes}
        indent = "    " * depth
        for edge in graph.edges:
            if edge.source in names and edge.target in names:
                self.lines.append(f"{indent}{names[edge.source]} {_arrow(edge)} {names[edge.target]}")

    def _node(self, node: Node, prefix: str, depth: int) -> str:
        self._count += 1
        name = f"n{self._count}"
        indent = "    " * depth
        status = self._statuses.get(prefix + node.id)
        if status in _COLOURS:
            self._by_status.setdefault(status, []).append(name)
        label = node_label(node)
        if node.graph is not None and node.graph.nodes:
            self.lines.append(f"{indent}subgraph {name}[{_quoted(f'{label} ({node.type})')}]")
            self.graph(node.graph, f"{prefix}{node.id}/", depth + 1)
            self.lines.append(f"{indent}end")
        elif node.type in ("if", "switch"):
            self.lines.append(f"{indent}{name}{{{_quoted(label)}}}")
        elif node.type == "subflow":
            self.lines.append(f"{indent}{name}[[{_quoted(label)}]]")
        else:
            self.lines.append(f"{indent}{name}[{_quoted(label)}]")
        return name

    def classes(self) -> list[str]:
        lines: list[str] = []
        for status, names in self._by_status.items():
            lines.append(f"    classDef {status} {_COLOURS[status]}")
            lines.append(f"    class {','.join(names)} {status}")
        return lines


def _arrow(edge: Edge) -> str:
    line = "-->" if edge.trigger in ("complete", "next") and edge.enabled else "-.->"
    label = edge_label(edge)
    return f"{line}|{_quoted(label)}|" if label else line
