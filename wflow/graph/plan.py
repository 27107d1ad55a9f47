"""The plan: a workflow's graphs as immutable adjacency, made for the engine's hot paths.

Indexes instead of ids, tuples instead of dictionaries, edges sorted by trigger and priority once. Expressions are
compiled when they are first asked for, so that a graph of 100,000 nodes starts without compiling any.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from wflow.model import SCOPE_TYPES, WORK_TYPES, Edge, Graph, Node, Workflow
from wflow.model.kinds import KINDS, can_break

if TYPE_CHECKING:
    from wflow.expr import Expression

__all__ = ["ALL", "ANY", "COUNT", "EACH", "EdgePlan", "GraphPlan", "NodePlan", "Plan"]

#: The joins, as small numbers.
ALL, ANY, COUNT, EACH = 0, 1, 2, 3


class EdgePlan:
    """An edge between two nodes of one graph, by their indexes. ``order`` marks an edge that a sequential container
    implies: it carries the output only, and keeps its target waiting for nothing else.
    """

    __slots__ = ("_condition", "edge", "handles", "index", "order", "port", "source", "target", "trigger")

    def __init__(self, index: int, edge: Edge, source: int, target: int, *, order: bool = False) -> None:
        self.index = index
        self.edge = edge
        self.source = source
        self.target = target
        self.port = edge.port
        self.trigger = edge.trigger
        self.handles = edge.handles
        self.order = order
        self._condition: Expression | None = None

    @property
    def condition(self) -> Expression | None:
        """The compiled condition, or None where the edge has none."""
        if self._condition is None and self.edge.condition is not None:
            self._condition = _compiled(self.edge.condition)
        return self._condition

    @property
    def name(self) -> str:
        """The edge as a file writes it: ``check.true -> load``."""
        return self.edge.text


class NodePlan:
    """A node in its graph. ``inbound`` are its edges in the order of the file, ``out`` those from it by falling
    priority, ``on_complete``, ``on_fail``, ``on_cancel`` and ``on_next`` those of one trigger. ``need`` is how many
    messages a counting join waits for. ``feeds`` are the edges to nodes with ``join: each``, whose queues are bounded;
    ``breaker`` is the one that has to let it start; ``limited`` says that it needs more than a worker to start.
    """

    __slots__ = (
        "_expressions",
        "aside",
        "body",
        "breaker",
        "feeds",
        "id",
        "inbound",
        "index",
        "join",
        "limited",
        "need",
        "node",
        "on_cancel",
        "on_complete",
        "on_fail",
        "on_next",
        "out",
        "scope",
        "type",
        "work",
    )

    def __init__(self, index: int, node: Node, inbound: tuple[EdgePlan, ...], out: tuple[EdgePlan, ...]) -> None:
        self.index = index
        self.node = node
        self.id = node.id
        self.type = node.type
        self.work = node.type in WORK_TYPES or node.type not in KINDS
        self.scope = node.type in SCOPE_TYPES
        self.inbound = inbound
        self._lead(out)
        self.need = 1
        if node.join == "all":
            self.join = ALL
        elif node.join == "any":
            self.join = ANY
        elif node.join == "each":
            self.join = EACH
        else:
            self.join = COUNT
            self.need = int(node.join)
        self.aside = False
        self.feeds: tuple[EdgePlan, ...] = _NONE
        self.breaker = node.breaker if node.breaker is not None and can_break(node.type) else None
        self.limited = bool(node.pool or (node.max_concurrent and node.type != "foreach") or node.rate or self.breaker)
        self.body = GraphPlan(node.graph, mode=node.settings.get("mode", "graph"), owner=node) if node.graph else None
        self._expressions: dict[str, Expression] = {}

    def _lead(self, out: tuple[EdgePlan, ...]) -> None:
        self.out = out if len(out) < 2 else tuple(sorted(out, key=lambda edge: -edge.edge.priority))
        self.on_complete = self.on_fail = self.on_cancel = self.on_next = _NONE
        if out:
            self.on_complete = tuple(edge for edge in self.out if edge.trigger == "complete")
            if len(self.on_complete) != len(out):
                self.on_fail = tuple(edge for edge in self.out if edge.trigger == "fail")
                self.on_cancel = tuple(edge for edge in self.out if edge.trigger == "cancel")
                self.on_next = tuple(edge for edge in self.out if edge.trigger == "next")

    def amend(self, inbound: tuple[EdgePlan, ...], out: tuple[EdgePlan, ...]) -> None:
        """Take in edges that a run got while it was going on; they come after those of the same priority."""
        self.inbound = (*self.inbound, *inbound)
        if out:
            self._lead((*self.out, *out))

    def expression(self, key: str) -> Expression:
        """The compiled expression in the node's setting ``key``. Raises KeyError where the node has no such setting."""
        compiled = self._expressions.get(key)
        if compiled is None:
            compiled = self._expressions[key] = _compiled(self.node.settings[key])
        return compiled


class GraphPlan:
    """One graph. ``entries`` are the nodes that start with their scope; nodes that only stand in for another
    (``fallback``, ``compensate``) are ``aside`` and belong to no flow.
    """

    def __init__(self, graph: Graph, *, mode: str = "graph", owner: Node | None = None) -> None:
        self.graph = graph
        self.mode = mode
        self.index_of = {node.id: index for index, node in enumerate(graph.nodes)}
        edges = self._edges_from(0)
        aside = {name for node in graph.nodes for name in (node.fallback, node.compensate) if name}
        if mode == "sequential":
            edges += _in_sequence(graph, aside, goes_on=owner is not None and _goes_on(owner))
        self.edges = tuple(edges)
        inbound: list[list[EdgePlan]] = [[] for _ in graph.nodes]
        out: list[list[EdgePlan]] = [[] for _ in graph.nodes]
        for edge in edges:
            inbound[edge.target].append(edge)
            out[edge.source].append(edge)
        self.nodes = tuple(
            NodePlan(index, node, tuple(inbound[index]), tuple(out[index])) for index, node in enumerate(graph.nodes)
        )
        for plan in self.nodes:
            if plan.join == EACH:
                for edge in plan.inbound:
                    self._feed(edge)
        for name in aside:
            self.nodes[self.index_of[name]].aside = True
        self._count()

    def amended(self, graph: Graph) -> GraphPlan:
        """The plan of ``graph``, which has this one's nodes and edges first and new ones after them.

        What is here already keeps its index, and its plan: what runs goes on with the same objects, which know of the
        new edges from now on. Only for a graph of ``mode: graph``; an edge to a node that is here needs that to be no
        entry, and no ``fallback`` or ``compensate``.
        """
        new = GraphPlan.__new__(GraphPlan)
        new.graph, new.mode = graph, self.mode
        new.index_of = {node.id: index for index, node in enumerate(graph.nodes)}
        edges = new._edges_from(len(self.edges))
        new.edges = (*self.edges, *edges)
        inbound: dict[int, list[EdgePlan]] = {}
        out: dict[int, list[EdgePlan]] = {}
        for edge in edges:
            inbound.setdefault(edge.target, []).append(edge)
            out.setdefault(edge.source, []).append(edge)
        known = len(self.nodes)
        added = tuple(
            NodePlan(index, node, tuple(inbound.get(index, ())), tuple(out.get(index, ())))
            for index, node in enumerate(graph.nodes[known:], known)
        )
        new.nodes = (*self.nodes, *added)
        for index in sorted({index for index in (*inbound, *out) if index < known}):
            self.nodes[index].amend(tuple(inbound.get(index, ())), tuple(out.get(index, ())))
        for edge in edges:
            if new.nodes[edge.target].join == EACH:
                new._feed(edge)
        for node in graph.nodes[known:]:
            for name in (node.fallback, node.compensate):
                if name:
                    new.nodes[new.index_of[name]].aside = True
        new._count()
        return new

    def _edges_from(self, first: int) -> list[EdgePlan]:
        return [
            EdgePlan(number, edge, self.index_of[edge.source], self.index_of[edge.target])
            for number, edge in enumerate(self.graph.edges[first:], first)
        ]

    def _count(self) -> None:
        self.entries = tuple(plan for plan in self.nodes if not plan.inbound and not plan.aside)
        self.flow_size = sum(1 for plan in self.nodes if not plan.aside)

    def _feed(self, edge: EdgePlan) -> None:
        producer = self.nodes[edge.source]
        producer.feeds = (*producer.feeds, edge)
        producer.limited = producer.limited or producer.join == EACH

    def node(self, name: str) -> NodePlan:
        """The node with that id. Raises KeyError."""
        return self.nodes[self.index_of[name]]

    def feeders(self, index: int) -> tuple[int, ...]:
        """The nodes all of whose paths lead to node ``index``: what a join with ``cancel_rest`` may cancel."""
        inside: set[int] = set()
        pending = [edge.source for edge in self.nodes[index].inbound]
        while pending:
            here = pending.pop()
            if here in inside or any(e.target != index and e.target not in inside for e in self.nodes[here].out):
                continue
            inside.add(here)
            pending.extend(edge.source for edge in self.nodes[here].inbound)
        return tuple(sorted(inside))


class Plan:
    """A workflow with its graphs made ready to run. ``root`` spares building the plan of its outermost graph."""

    def __init__(self, workflow: Workflow, root: GraphPlan | None = None) -> None:
        self.workflow = workflow
        self.root = root or GraphPlan(workflow.graph)

    @cached_property
    def outputs(self) -> dict[str, Expression]:
        """The compiled expressions of the workflow's outputs."""
        return {name: _compiled(value) for name, value in self.workflow.outputs.items()}

    def find(self, path: Iterable[str]) -> NodePlan:
        """The node at these ids, from the root down. Raises KeyError."""
        graph: GraphPlan | None = self.root
        found: NodePlan | None = None
        for name in path:
            if graph is None:
                raise KeyError(name)
            found = graph.node(name)
            graph = found.body
        if found is None:
            raise KeyError("")
        return found


_NONE: tuple[EdgePlan, ...] = ()


def _compiled(value: Any) -> Expression:
    """The expression compiled. The language is imported with the first one: most short workflows have none."""
    from wflow.expr import compile_value

    return compile_value(value)


def _goes_on(owner: Node) -> bool:
    return bool(owner.settings.get("on_failure", "stop") == "continue")


def _in_sequence(graph: Graph, aside: set[str], *, goes_on: bool) -> list[EdgePlan]:
    """The edges that ``mode: sequential`` stands for: each node after the one before it, in the order of the file."""
    flow: list[tuple[int, Any]] = [(i, node) for i, node in enumerate(graph.nodes) if node.id not in aside]
    trigger = "always" if goes_on else "complete"
    return [
        EdgePlan(number, Edge(source=a.id, target=b.id, trigger=trigger), i, j, order=True)
        for number, ((i, a), (j, b)) in enumerate(pairwise(flow))
    ]
