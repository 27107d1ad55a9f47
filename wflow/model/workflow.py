"""The workflow as data: what a definition says, free of YAML and of anything that runs it.

Durations are seconds, ids are as in the file, ``path`` is where a thing stands in the file's tree (keys and
indexes from the root), which ``loading`` turns into line and column when something has to be reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wflow.model.record import Record

__all__ = ["Breaker", "Checkpoint", "Edge", "Graph", "Node", "Path", "Rate", "Retry", "Workflow"]

#: Keys and indexes from the root of the file's tree to a value in it.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Retry(Record):
    """When a failed attempt is tried again. Delays in seconds; ``max_attempts`` counts the first attempt."""

    max_attempts: int = 3
    strategy: str = "exponential"
    initial_delay: float = 1.0
    max_delay: float = 60.0
    multiplier: float = 2.0
    jitter: float = 0.25
    on: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Breaker(Record):
    """A circuit breaker, shared by all nodes that name it. ``open_for`` in seconds."""

    name: str
    failure_threshold: float = 0.5
    minimum_calls: int = 10
    open_for: float = 30.0
    half_open_successes: int = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Rate(Record):
    """At most ``count`` starts in ``per`` seconds."""

    count: float
    per: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Checkpoint(Record):
    """When the journal is synced: ``policy`` is ``node``, ``nodes``, ``every`` or ``manual``.

    ``nodes`` is how many ended nodes, ``every`` how many seconds may lie between two syncs.
    """

    policy: str = "node"
    nodes: int = 1
    every: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Edge(Record):
    """An edge of a graph. ``port`` is None for the main port; ``condition`` an expression's source."""

    source: str
    target: str
    port: str | None = None
    trigger: str = "complete"
    condition: Any = None
    priority: int = 0
    handles: bool = True
    enabled: bool = True
    capacity: int = 1000
    max_deliveries: int = 3
    path: Path = ()

    @property
    def text(self) -> str:
        """The edge as a file writes it: ``check.true -> load``."""
        port = f".{self.port}" if self.port else ""
        return f"{self.source}{port} -> {self.target}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Node(Record):
    """A node of a graph.

    ``settings`` holds the keys of the node's own type (format.md, Node types) with durations as seconds; the value
    of an expression key is its source, or a literal that is no string. ``graph`` is the body of a scope.
    """

    id: str
    type: str
    title: str | None = None
    description: str | None = None
    timeout: float | None = None
    retry: Retry | None = None
    breaker: Breaker | None = None
    fallback: str | None = None
    compensate: str | None = None
    join: str | int = "all"
    cancel_rest: bool = False
    priority: int = 0
    max_concurrent: int | None = None
    pool: str | None = None
    rate: Rate | None = None
    env: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    graph: Graph | None = None
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Graph(Record):
    """Nodes in the order of the file, and the edges between them, one source and one target each."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Workflow(Record):
    """A whole definition. ``max_concurrency`` and ``retry_budget`` are None where the file has none."""

    name: str
    description: str | None = None
    version: str | None = None
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    max_concurrency: int | None = None
    timeout: float | None = None
    on_failure: str = "continue"
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    overlap: str = "allow"
    retry_budget: int | None = None
    pools: Mapping[str, int] = field(default_factory=dict)
    stop_grace: float = 10.0
    cancel_grace: float = 30.0
    secrets: tuple[str, ...] = ()
    graph: Graph = field(default_factory=Graph)
    outputs: Mapping[str, Any] = field(default_factory=dict)
