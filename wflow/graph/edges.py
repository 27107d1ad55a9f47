"""Edges: between nodes that there are, from ports that they have, each once; and nodes that nothing can reach."""

from __future__ import annotations

from collections.abc import Sequence

from wflow.graph.view import LOOPS, GraphView
from wflow.model.diagnostics import Diagnostic
from wflow.model.kinds import KINDS, ports_of
from wflow.model.nearest import Speller, there_are
from wflow.model.plenty import plenty
from wflow.model.workflow import Edge

__all__ = ["check_edges", "check_reach"]


def check_edges(view: GraphView, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    """Report edges to or from nothing, from ports that are not there, ``next`` of what is no loop, and doubles."""
    seen: set[tuple[str, ...]] = set()
    graph = view.graph
    if graph.edges and view.mode != "graph":
        message = f"a container with `mode: {view.mode}` has no edges"
        runs = "all nodes start at once" if view.mode == "parallel" else "the nodes run in their order"
        diagnostics.append(
            Diagnostic(
                code="mode-edges", message=message, path=(*view.path, "edges"), at_key=True, cure=f"remove them: {runs}"
            )
        )
    for edge in graph.edges:
        if plenty(diagnostics):
            return
        known = True
        for role, name in (("from", edge.source), ("to", edge.target)):
            if name not in view.nodes:
                known = False
                cure = speller.did_you_mean(name, view.nodes)
                diagnostics.append(
                    Diagnostic(
                        code="unknown-node",
                        message=f"there is no node `{name}` in this graph",
                        path=(*edge.path, role, name),
                        cure=cure,
                    )
                )
        if edge.source in view.nodes:
            _check_port(view, edge, speller, diagnostics)
            _check_next(view, edge, diagnostics)
        key = (edge.source, edge.target, edge.port or "", edge.trigger, str(edge.condition))
        if key in seen and known:
            message = f"the edge `{edge.text}` stands here twice"
            diagnostics.append(
                Diagnostic(
                    code="duplicate-edge",
                    message=message,
                    path=(*edge.path, "to", edge.target),
                    cure="remove one of the two",
                )
            )
        seen.add(key)
        _check_aside(view, edge, diagnostics)


def _check_port(view: GraphView, edge: Edge, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    source = view.nodes[edge.source]
    if source.type not in KINDS or (source.type == "switch" and not isinstance(source.settings.get("cases"), dict)):
        return
    ports = ports_of(source.type, source.settings)
    if edge.port is None:
        if ports and edge.trigger == "complete":
            message = f"`{edge.source}` is {_article(source.type)} node: its edges name a port"
            cure = f"write `{edge.source}.{ports[0]} -> {edge.target}`; {there_are(ports)}"
            diagnostics.append(
                Diagnostic(code="missing-port", message=message, path=(*edge.path, "from", edge.source), cure=cure)
            )
    elif edge.port not in ports:
        path = (*edge.path, "port", edge.port)
        if not ports:
            message = f"`{edge.source}` is {_article(source.type)} node and has no port `{edge.port}`"
            cure = f"write `{edge.source} -> {edge.target}`"
        else:
            message = f"`{edge.source}` has no port `{edge.port}`"
            cure = speller.did_you_mean(edge.port, ports) or there_are(ports)
        diagnostics.append(Diagnostic(code="unknown-port", message=message, path=path, cure=cure))


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} `{kind}`"


def _check_next(view: GraphView, edge: Edge, diagnostics: list[Diagnostic]) -> None:
    source = view.nodes[edge.source]
    if edge.trigger == "next" and source.type in KINDS and source.type not in LOOPS:
        message = f"`{edge.source}` is {_article(source.type)} node and has no iterations that `next` could tell of"
        diagnostics.append(
            Diagnostic(
                code="next-source",
                message=message,
                path=(*edge.path, "trigger"),
                cure="`next` comes from `foreach` and `while` nodes",
            )
        )


def _check_aside(view: GraphView, edge: Edge, diagnostics: list[Diagnostic]) -> None:
    for role, name in (("from", edge.source), ("to", edge.target)):
        if name not in view.nodes:
            continue
        for node in view.stands_for.get(name, ()):
            what = "fallback" if node.fallback == name else "compensate"
            message = f"`{name}` is the `{what}` of `{node.id}` and can have no edges"
            diagnostics.append(
                Diagnostic(
                    code="aside-edges",
                    message=message,
                    path=(*edge.path, role, name),
                    cure="remove the edge, or use a node of its own",
                )
            )
            break


def check_reach(view: GraphView, ordered: Sequence[str], diagnostics: list[Diagnostic]) -> None:
    """Report nodes that never start, since all that leads to them is an `end` or never starts itself, and decisions
    (`if`, `switch`) that decide nothing, since no edge leads from them.
    """
    before: dict[str, list[str]] = {}
    leaving: set[str] = set()
    for edge in view.edges:
        before.setdefault(edge.target, []).append(edge.source)
        if edge.trigger == "complete":
            leaving.add(edge.source)
    never: set[str] = set()
    for name in ordered:
        if plenty(diagnostics):
            return
        sources = before.get(name)
        if not sources or not all(view.nodes[source].type == "end" or source in never for source in sources):
            continue
        never.add(name)
        source = view.nodes[sources[0]]
        why = f"`{source.id}` ends the scope" if source.type == "end" else f"`{source.id}` is never reached"
        diagnostics.append(
            Diagnostic(
                code="unreachable",
                message=f"`{name}` is never reached: {why}",
                path=view.nodes[name].path,
                at_key=True,
                cure="lead an edge to it from a node that is, or remove it",
            )
        )
    for node in view.graph.nodes:
        if plenty(diagnostics):
            return
        if node.type in ("if", "switch") and node.id not in leaving and node.id not in view.stands_for:
            ports = ports_of(node.type, node.settings if isinstance(node.settings.get("cases"), dict) else {})
            cure = f"write `{node.id}.{ports[0]} -> …`; {there_are(ports)}"
            diagnostics.append(
                Diagnostic(
                    code="no-edge",
                    message=f"no edge leads from `{node.id}`: it decides nothing",
                    path=node.path,
                    at_key=True,
                    cure=cure,
                )
            )
