"""The workflow as plain JSON and back: what a run's journal begins with, and what the plan cache holds.

The JSON is normalised: one edge a mapping, durations as seconds, only what differs from the default, and no
positions but those that cannot be told from where a thing stands (an edge's number in its file).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from hashlib import sha256
from typing import Any

from wflow.model.workflow import Breaker, Checkpoint, Edge, Graph, Node, Path, Rate, Retry, Workflow

__all__ = ["digest_of", "from_definition", "to_definition"]


def _defaults(kind: type[Any], *without: str) -> tuple[tuple[str, Any], ...]:
    found = []
    for field in fields(kind):
        if field.name in without:
            continue
        factory = field.default_factory
        found.append((field.name, factory() if factory is not MISSING else field.default))
    return tuple(found)


_RECORDS: dict[str, type[Any]] = {"retry": Retry, "breaker": Breaker, "rate": Rate, "checkpoint": Checkpoint}
_RECORD_DEFAULTS = {name: _defaults(kind) for name, kind in _RECORDS.items()}
_NODE_DEFAULTS = _defaults(Node, "id", "graph", "path")
_EDGE_DEFAULTS = _defaults(Edge, "path")
_WORKFLOW_DEFAULTS = _defaults(Workflow, "graph")


def to_definition(workflow: Workflow) -> dict[str, Any]:
    """The workflow as a JSON object; `from_definition` gives an equal workflow back.

    The object shares the workflow's own values (parameters, variables, settings): it is for writing, not for changing.
    """
    written = _written(workflow, _WORKFLOW_DEFAULTS)
    written.update(_graph_written(workflow.graph))
    return written


def digest_of(definition: Mapping[str, Any]) -> str:
    """The sha256, in hexadecimal, of what `to_definition` gave: it tells definitions apart, not their nodes' order."""
    return sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()


def _written(thing: Any, defaults: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, default in defaults:
        value = getattr(thing, name)
        # `True == 1` in Python: a default is one of the same type.
        if value is default or (type(value) is type(default) and value == default):
            continue
        if name in _RECORDS and value is not None:
            value = _written(value, _RECORD_DEFAULTS[name])
        elif isinstance(value, tuple):
            value = list(value)
        out[name] = value
    return out


def _graph_written(graph: Graph) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for node in graph.nodes:
        written = _written(node, _NODE_DEFAULTS)
        if node.graph is not None:
            written["graph"] = _graph_written(node.graph)
        nodes[node.id] = written
    edges = []
    for edge in graph.edges:
        written = _written(edge, _EDGE_DEFAULTS)
        if edge.path:
            written["at"] = edge.path[-1]
        edges.append(written)
    return {"nodes": nodes, "edges": edges} if edges else {"nodes": nodes}


def from_definition(data: Mapping[str, Any]) -> Workflow:
    """The workflow that `to_definition` wrote.

    Raises KeyError, TypeError, ValueError or AttributeError when it did not write ``data``.
    """
    keys = {key: value for key, value in data.items() if key not in ("nodes", "edges")}
    if "checkpoint" in keys:
        keys["checkpoint"] = Checkpoint(**keys["checkpoint"])
    if "secrets" in keys:
        keys["secrets"] = tuple(keys["secrets"])
    return Workflow(graph=_graph_read(data, ()), **keys)


def _graph_read(data: Mapping[str, Any], path: Path) -> Graph:
    below = (*path, "nodes")
    nodes = []
    for ident, written in data["nodes"].items():
        here = (*below, ident)
        if written.keys() & _NESTED:
            written = _nested_read(written, here)
        nodes.append(Node(id=ident, path=here, **written))
    below = (*path, "edges")
    edges = []
    for written in data.get("edges", ()):
        at = written.get("at")
        if at is None:
            edges.append(Edge(**written))
        else:
            edges.append(Edge(path=(*below, at), **{key: value for key, value in written.items() if key != "at"}))
    return Graph(nodes=tuple(nodes), edges=tuple(edges))


_NESTED = frozenset({"retry", "breaker", "rate", "graph"})


def _nested_read(written: Mapping[str, Any], path: Path) -> dict[str, Any]:
    read = dict(written)
    if "retry" in read:
        keys = dict(read["retry"])
        for name in ("on", "not_on"):
            if name in keys:
                keys[name] = tuple(keys[name])
        read["retry"] = Retry(**keys)
    if "breaker" in read:
        read["breaker"] = Breaker(**read["breaker"])
    if "rate" in read:
        read["rate"] = Rate(**read["rate"])
    if "graph" in read:
        read["graph"] = _graph_read(read["graph"], path)
    return read
