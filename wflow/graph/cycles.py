"""Order in a graph: which node comes after which, and the cycles where there is no order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wflow.graph.view import GraphView
from wflow.model.diagnostics import Diagnostic

__all__ = ["ancestry_faults", "check_cycles", "order"]

#: Edges in cycles up to which every knot is looked at for its shortest cycle; above, one cycle is shown.
_EDGES_LOOKED_AT = 5_000

#: Cycles that are told of at once: mending these will show whether more are left.
_CYCLES_SHOWN = 20

#: Nodes asked for that are followed through the graph at once: a bit each.
_AT_ONCE = 2048


def order(view: GraphView) -> list[str]:
    """The nodes, each after all that lead to it; what is in a cycle, or comes after one, is left out."""
    missing = dict.fromkeys(view.nodes, 0)
    after: dict[str, list[str]] = {}
    for source, target in view.flow:
        missing[target] += 1
        after.setdefault(source, []).append(target)
    ordered = [name for name, count in missing.items() if count == 0]
    for name in ordered:
        for target in after.get(name, ()):
            missing[target] -= 1
            if missing[target] == 0:
                ordered.append(target)
    return ordered


def check_cycles(view: GraphView, ordered: Sequence[str], diagnostics: list[Diagnostic]) -> None:
    """Report the cycles of a graph whose `order` lacks nodes: the shortest of each knot of nodes, with its path."""
    if len(ordered) == len(view.nodes):
        return
    done = set(ordered)
    left = [(source, target) for source, target in view.flow if source not in done and target not in done]
    for cycle in _knots(left) if len(left) <= _EDGES_LOOKED_AT else [_walk(left)]:
        path = " -> ".join(cycle if len(cycle) <= 12 else [*cycle[:6], "...", *cycle[-5:]])
        pair = (cycle[-2], cycle[-1])
        edge = next((edge for edge in view.edges if (edge.source, edge.target) == pair), None)
        where = (*edge.path, "to", edge.target) if edge is not None else (*view.path, "nodes", pair[1])
        message = f"the nodes form a cycle: {path}"
        cure = "remove one of its edges; repetition is a `foreach` or `while` node"
        diagnostics.append(Diagnostic(code="cycle", message=message, path=where, cure=cure))


def _knots(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """A shortest cycle of each strongly connected part, as a closed path from its first node in the file's order."""
    # Only a file with a cycle waits for the import, which takes longer than all checks of a valid one.
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(edges)
    place = {name: number for number, name in enumerate(graph)}
    cycles: list[list[str]] = []
    for part in nx.strongly_connected_components(graph):
        if len(cycles) >= _CYCLES_SHOWN:
            break
        start = min(part, key=place.__getitem__)
        if len(part) == 1:
            if graph.has_edge(start, start):
                cycles.append([start, start])
            continue
        inner = graph.subgraph(part)
        far = nx.single_source_shortest_path_length(inner, start)
        last = min(inner.predecessors(start), key=far.__getitem__)
        cycles.append([*nx.shortest_path(inner, start, last), start])
    return sorted(cycles, key=lambda cycle: place[cycle[0]])


def _walk(edges: Sequence[tuple[str, str]]) -> list[str]:
    """Some cycle among ``edges``, all of which lead from and to nodes that have an edge leading to them."""
    before = {target: source for source, target in edges}
    seen: dict[str, int] = {}
    trail: list[str] = []
    name = edges[0][1]
    while name not in seen:
        seen[name] = len(trail)
        trail.append(name)
        name = before[name]
    cycle = trail[seen[name] :][::-1]
    return [*cycle, cycle[0]]


def ancestry_faults(view: GraphView, ordered: Sequence[str], asked: Sequence[tuple[frozenset[str], str]]) -> list[int]:
    """The numbers of those in ``asked`` whose name is none of the given nodes and leads to none of them.

    Each of ``asked`` is (nodes, name). The graph is gone through once for every 2,048 different names, with a bit for
    each, so that ten thousand questions cost little more than one.
    """
    before: dict[str, list[str]] = {}
    for source, target in view.flow:
        before.setdefault(target, []).append(source)
    names = list(dict.fromkeys(name for _, name in asked))
    wrong: list[int] = []
    for start in range(0, len(names), _AT_ONCE):
        bits = {name: 1 << number for number, name in enumerate(names[start : start + _AT_ONCE])}
        reached: dict[str, int] = {}
        for name in ordered:
            here = bits.get(name, 0)
            for source in before.get(name, ()):
                here |= reached[source]
            reached[name] = here
        for number, (nodes, name) in enumerate(asked):
            bit = bits.get(name)
            # Nothing is told about what a cycle comes before: the cycle is reported, and has to go first.
            if bit is not None and all(node in reached and not reached[node] & bit for node in nodes):
                wrong.append(number)
    return sorted(wrong)
