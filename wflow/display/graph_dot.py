"""A workflow's graph in the DOT language of Graphviz. Ids are our own; a label can hold anything and ends nothing."""

from __future__ import annotations

from collections.abc import Mapping

from wflow.display.graph_text import edge_label, node_label
from wflow.display.safe import safe_text
from wflow.model import Edge, Graph, Node, Workflow

__all__ = ["graph_dot"]

_COLOURS = {
    "completed": "#d3f2d3",
    "running": "#d6e6ff",
    "waiting": "#d9f3f7",
    "retrying": "#fff3cd",
    "failed": "#ffd6d6",
    "cancelled": "#efd9f5",
    "skipped": "#eeeeee",
    "pending": "#ffffff",
}


def graph_dot(workflow: Workflow, statuses: Mapping[str, str] | None = None) -> str:
    """The digraph, without an end of line after the last; scopes are clusters, in each other as in the file.

    ``statuses`` are statuses by address without keys; what has one is coloured by it.
    """
    drawing = _Drawing(statuses or {})
    drawing.graph(workflow.graph, "", 1)
    head = [
        f"digraph {_quoted(safe_text(workflow.name))} {{",
        "    compound=true",
        '    node [shape=box, style="rounded,filled", fillcolor="#ffffff"]',
    ]
    return "\n".join([*head, *drawing.lines, "}"])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Drawing:
    def __init__(self, statuses: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._statuses = statuses
        self._clusters: set[str] = set()
        self._count = 0

    def graph(self, graph: Graph, prefix: str, depth: int) -> None:
        names = {node.id: self._node(node, prefix, depth) for node in graph.nodes}
        for edge in graph.edges:
            if edge.source in names and edge.target in names:
                self.lines.append("    " * depth + self._edge(edge, names[edge.source], names[edge.target]))

    def _node(self, node: Node, prefix: str, depth: int) -> str:
        self._count += 1
        name = f"n{self._count}"
        indent = "    " * depth
        status = self._statuses.get(prefix + node.id, "")
        colour = _COLOURS.get(status)
        label = node_label(node)
        if node.graph is None or not node.graph.nodes:
            shape = ", shape=diamond" if node.type in ("if", "switch") else ""
            fill = f', fillcolor="{colour}"' if colour else ""
            self.lines.append(f"{indent}{name} [label={_quoted(label)}{shape}{fill}]")
            return name
        # Edges cannot end at a cluster: they end at a point in it, and are cut off at its border.
        self._clusters.add(name)
        self.lines.append(f"{indent}subgraph cluster_{name} {{")
        self.lines.append(f"{indent}    label={_quoted(f'{label} ({safe_text(node.type)})')}")
        if colour:
            self.lines.append(f'{indent}    style=filled fillcolor="{colour}"')
        self.lines.append(f'{indent}    {name} [shape=point, style=invis, label=""]')
        self.graph(node.graph, f"{prefix}{node.id}/", depth + 1)
        self.lines.append(f"{indent}}}")
        return name

    def _edge(self, edge: Edge, source: str, target: str) -> str:
        settings: list[str] = []
        label = edge_label(edge)
        if label:
            settings.append(f"label={_quoted(label)}")
        if edge.trigger not in ("complete", "next") or not edge.enabled:
            settings.append("style=dashed")
        if source in self._clusters:
            settings.append(f"ltail=cluster_{source}")
        if target in self._clusters:
            settings.append(f"lhead=cluster_{target}")
        return f"{source} -> {target}" + (f" [{', '.join(settings)}]" if settings else "")
