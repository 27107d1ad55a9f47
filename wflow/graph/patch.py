"""A patch adds to the outermost graph of a workflow that is running: what comes of it, and what is wrong with it.

A patch is a workflow of nothing but what it adds, with places in its own file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from wflow.graph.checks import check
from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import plenty
from wflow.model.workflow import Edge, Graph, Path, Workflow

__all__ = ["added", "check_patch", "patched"]

#: Where the edges stand that the patch did not bring: nowhere in its file.
_ELSEWHERE: Path = ("",)


def patched(workflow: Workflow, patch: Workflow) -> Workflow:
    """The workflow with what the patch adds after what it has. What is there already stays as it is."""
    new = added(workflow, patch)
    return replace(
        workflow,
        graph=Graph(nodes=workflow.graph.nodes + new.nodes, edges=workflow.graph.edges + new.edges),
        variables={**workflow.variables, **_new(patch.variables, workflow.variables)},
        pools={**workflow.pools, **_new(patch.pools, workflow.pools)},
    )


def added(workflow: Workflow, patch: Workflow) -> Graph:
    """The nodes and edges of the patch that the workflow does not have yet."""
    nodes = {node.id for node in workflow.graph.nodes}
    edges = {_told(edge) for edge in workflow.graph.edges}
    return Graph(
        nodes=tuple(node for node in patch.graph.nodes if node.id not in nodes),
        edges=tuple(edge for edge in patch.graph.edges if _told(edge) not in edges),
    )


def _new(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in known}


def check_patch(workflow: Workflow, patch: Workflow) -> list[Diagnostic]:
    """Every problem that the patch would bring to the workflow, placed in the patch's file."""
    diagnostics: list[Diagnostic] = []
    _check_new(workflow, patch, diagnostics)
    _check_edges(workflow, patch, diagnostics)
    patch = _check_stand_ins(workflow, patch, diagnostics)
    apart = tuple(replace(edge, path=_ELSEWHERE) for edge in workflow.graph.edges)
    before = replace(workflow, graph=replace(workflow.graph, edges=apart))
    new = _places(workflow, patch)
    old: set[tuple[str, str]] | None = None
    for found in check(patched(before, patch)):
        if found.path[:1] == ("edges",) or found.path[:2] in new:
            diagnostics.append(found)
            continue
        if found.severity != "error":
            continue
        if old is None:
            old = {(one.code, one.message) for one in check(workflow)}
        if (found.code, found.message) not in old:
            diagnostics.append(replace(found, path=("edges",), at_key=True, offset=0))
    return diagnostics


def _places(workflow: Workflow, patch: Workflow) -> set[Path]:
    """Where what the patch adds stands in its file, edges apart."""
    known = {node.id for node in workflow.graph.nodes}
    return {
        *(("nodes", node.id) for node in patch.graph.nodes if node.id not in known),
        *(("variables", name) for name in _new(patch.variables, workflow.variables)),
        *(("pools", name) for name in _new(patch.pools, workflow.pools)),
    }


def _check_new(workflow: Workflow, patch: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report what the patch would add and the workflow has."""
    known = {node.id for node in workflow.graph.nodes}
    things = (
        ("nodes", "node", [node.id for node in patch.graph.nodes], known),
        ("variables", "variable", list(patch.variables), set(workflow.variables)),
        ("pools", "pool", list(patch.pools), set(workflow.pools)),
    )
    for key, what, names, there in things:
        for name in names:
            if plenty(diagnostics):
                return
            if name in there:
                message = f"the run has a {what} `{name}` already"
                cure = "give the new one another name"
                diagnostics.append(
                    Diagnostic(code="already-there", message=message, path=(key, name), at_key=True, cure=cure)
                )


def _check_stand_ins(workflow: Workflow, patch: Workflow, diagnostics: list[Diagnostic]) -> Workflow:
    """Report new nodes that a node of the run's flow would have to stand in for: it has a way of its own already. Gives
    the patch without that.
    """
    nodes = workflow.graph.nodes
    flow = {node.id for node in nodes} - {name for node in nodes for name in (node.fallback, node.compensate)}
    kept = []
    for node in patch.graph.nodes:
        for key, name in (("fallback", node.fallback), ("compensate", node.compensate)):
            if name in flow and not plenty(diagnostics):
                message = f"`{name}` is in the run's flow already and cannot be the `{key}` of another"
                cure = "add a node of its own for it"
                diagnostics.append(Diagnostic(code="bad-fallback", message=message, path=(*node.path, key), cure=cure))
        fallback = None if node.fallback in flow else node.fallback
        compensate = None if node.compensate in flow else node.compensate
        kept.append(replace(node, fallback=fallback, compensate=compensate))
    return replace(patch, graph=replace(patch.graph, nodes=tuple(kept)))


def _check_edges(workflow: Workflow, patch: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report edges that the run has already."""
    known = {_told(edge) for edge in workflow.graph.edges}
    for edge in patch.graph.edges:
        if _told(edge) in known and not plenty(diagnostics):
            message = f"the run has the edge `{edge.text}` already"
            path = (*edge.path, "to", edge.target)
            diagnostics.append(Diagnostic(code="already-there", message=message, path=path, cure="remove it"))


def _told(edge: Edge) -> tuple[str, ...]:
    return edge.source, edge.target, edge.port or "", edge.trigger, str(edge.condition)
