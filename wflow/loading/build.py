"""A file's value tree to the workflow it describes.

The tree has been through the schema and what broke it is cut out (`schemaflaws.without`), so that one mistake does
not hide the others: whatever is there has the right shape, and anything but a node's id may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wflow.loading.edgetext import EdgeSyntax, parse_edge
from wflow.model.diagnostics import Diagnostic
from wflow.model.durations import UNITS, parse_duration
from wflow.model.kinds import COMMON_KEYS, KINDS
from wflow.model.plenty import plenty
from wflow.model.workflow import Breaker, Checkpoint, Edge, Graph, Node, Path, Rate, Retry, Workflow

__all__ = ["UNKNOWN_TYPE", "build"]

#: The type of a node whose ``type`` is missing or no text: nothing more can be told about it.
UNKNOWN_TYPE = ""

_COMMON = frozenset(COMMON_KEYS)
#: Own keys of a type that `Node` has a place for: ``max_concurrent`` of a foreach is that of its iterations.
_ELSEWHERE = frozenset({"nodes", "edges", "max_concurrent"})
_PRIORITIES = {"high": 10, "normal": 0, "low": -10}
_PLAIN = (
    "title",
    "description",
    "fallback",
    "compensate",
    "join",
    "cancel_rest",
    "max_concurrent",
    "pool",
    "env",
    "idempotency_key",
    "metadata",
)
_WORKFLOW_PLAIN = (
    "name",
    "description",
    "version",
    "parameters",
    "variables",
    "max_concurrency",
    "on_failure",
    "overlap",
    "retry_budget",
    "pools",
    "outputs",
)
_WORKFLOW_DURATIONS = ("timeout", "stop_grace", "cancel_grace")

#: Edges that a file may stand for, whatever it writes, and how many more for each name in its edges.
_EDGES_FREE = 10_000
_EDGES_PER_NAME = 2


def build(tree: Mapping[str, Any], diagnostics: list[Diagnostic]) -> Workflow:
    """The workflow in ``tree``. Edges that are no edges go to ``diagnostics`` and are left out."""
    keys = {key: tree[key] for key in _WORKFLOW_PLAIN if key in tree}
    keys.setdefault("name", "")
    for key in _WORKFLOW_DURATIONS:
        if key in tree:
            keys[key] = parse_duration(tree[key])
    if "secrets" in tree:
        keys["secrets"] = tuple(tree["secrets"])
    if "checkpoint" in tree:
        keys["checkpoint"] = _checkpoint(tree["checkpoint"])
    return Workflow(graph=_Builder(diagnostics).graph(tree, ()), **keys)


def _checkpoint(written: str | Mapping[str, Any]) -> Checkpoint:
    if isinstance(written, str):
        return Checkpoint(policy=written)
    if "nodes" in written:
        return Checkpoint(policy="nodes", nodes=int(written["nodes"]))
    return Checkpoint(policy="every", every=parse_duration(written["every"])) if "every" in written else Checkpoint()


class _Builder:
    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        self.names = 0
        self.edges = 0

    def graph(self, owner: Mapping[str, Any], path: Path) -> Graph:
        below = (*path, "nodes")
        nodes = tuple(self.node(ident, keys, (*below, ident)) for ident, keys in owner.get("nodes", {}).items())
        below = (*path, "edges")
        edges: list[Edge] = []
        for index, written in enumerate(owner.get("edges", ())):
            if plenty(self.diagnostics):
                break
            if isinstance(written, str):
                self.text_edge(written, (*below, index), edges)
            elif isinstance(written, dict):
                self.mapped_edge(written, (*below, index), edges)
        return Graph(nodes=nodes, edges=tuple(edges))

    def node(self, ident: str, written: Any, path: Path) -> Node:
        if not isinstance(written, dict):
            return Node(id=ident, type=UNKNOWN_TYPE, path=path)
        name = written.get("type", UNKNOWN_TYPE)
        if len(written) == 1:
            return Node(id=ident, type=name, path=path)
        keys: dict[str, Any] = {key: written[key] for key in _PLAIN if key in written}
        if "timeout" in written:
            keys["timeout"] = parse_duration(written["timeout"])
        if "priority" in written:
            priority = written["priority"]
            keys["priority"] = _PRIORITIES[priority] if isinstance(priority, str) else int(priority)
        if "retry" in written:
            keys["retry"] = _retry(written["retry"])
        if "breaker" in written and "name" in written["breaker"]:
            breaker = dict(written["breaker"])
            if "open_for" in breaker:
                breaker["open_for"] = parse_duration(breaker["open_for"])
            keys["breaker"] = Breaker(**breaker)
        if "rate" in written:
            count, unit = written["rate"].split("/")
            keys["rate"] = Rate(count=float(count), per=UNITS[unit])
        scope_body = name in KINDS and "nodes" in KINDS[name].keys
        if scope_body:
            keys["graph"] = self.graph(written, path)
        return Node(id=ident, type=name, settings=_settings(name, written), path=path, **keys)

    def text_edge(self, text: str, path: Path, edges: list[Edge]) -> None:
        self.names += text.count("->") + text.count(",") + 1
        try:
            links = parse_edge(text, most=_EDGES_FREE + _EDGES_PER_NAME * self.names - self.edges)
        except EdgeSyntax as error:
            self.diagnostics.append(
                Diagnostic(code="edge-syntax", message=str(error), path=path, offset=error.offset, cure=error.cure)
            )
            return
        self.edges += len(links)
        edges += [Edge(source=s.id, target=t.id, port=s.port, path=path) for s, t in links]

    def mapped_edge(self, written: Mapping[str, Any], path: Path, edges: list[Edge]) -> None:
        sources = _listed(written.get("from", []))
        targets = _listed(written.get("to", []))
        self.names += len(sources) + len(targets)
        most = _EDGES_FREE + _EDGES_PER_NAME * self.names - self.edges
        if len(sources) * len(targets) > most:
            message = f"this stands for {len(sources) * len(targets):,} edges, and {most:,} are the most here"
            cure = "join the sources in a `noop` node and fan out from there"
            self.diagnostics.append(Diagnostic(code="edge-syntax", message=message, path=path, cure=cure))
            return
        self.edges += len(sources) * len(targets)
        keys = {key: value for key, value in written.items() if key not in ("from", "to")}
        edges += [Edge(source=source, target=target, path=path, **keys) for source in sources for target in targets]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _retry(written: Mapping[str, Any]) -> Retry:
    keys = dict(written)
    for name in ("initial_delay", "max_delay"):
        if name in keys:
            keys[name] = parse_duration(keys[name])
    for name in ("on", "not_on"):
        if name in keys:
            keys[name] = tuple(keys[name])
    return Retry(**keys)


def _settings(name: str, written: Mapping[str, Any]) -> dict[str, Any]:
    kind = KINDS.get(name)
    if kind is None:
        return {key: value for key, value in written.items() if key not in _COMMON}
    settings = {key: written[key] for key in kind.keys if key in written and key not in _ELSEWHERE}
    for key in kind.durations:
        if key in settings:
            settings[key] = parse_duration(settings[key])
    return settings
