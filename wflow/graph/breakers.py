"""Circuit breakers: nodes that share one agree on its settings, and have something that it can guard."""

from __future__ import annotations

from wflow.graph.view import GraphView
from wflow.model.diagnostics import Diagnostic
from wflow.model.kinds import can_break
from wflow.model.plenty import MAX_WARNINGS, plenty
from wflow.model.workflow import Node

__all__ = ["check_breakers"]


def check_breakers(
    view: GraphView, first: dict[str, Node], diagnostics: list[Diagnostic], warnings: list[Diagnostic]
) -> None:
    """Report nodes that give a breaker other settings than the one before them, and warn of breakers that do nothing.

    ``first`` holds the node that named each breaker first; it goes from graph to graph.
    """
    for node in view.graph.nodes:
        if node.breaker is None or plenty(diagnostics):
            continue
        if not can_break(node.type):
            if len(warnings) < MAX_WARNINGS:
                warnings.append(_idle(node))
            continue
        before = first.setdefault(node.breaker.name, node)
        if before.breaker != node.breaker:
            message = f"`{before.id}` gives the breaker `{node.breaker.name}` other settings, and the two share it"
            cure = "write the same settings in both, or give it another name"
            diagnostics.append(
                Diagnostic(code="breaker-clash", message=message, path=(*node.path, "breaker"), cure=cure)
            )


def _idle(node: Node) -> Diagnostic:
    return Diagnostic(
        code="idle-breaker",
        message=f"a node of type {node.type} calls nothing that a breaker could keep from it",
        path=(*node.path, "breaker"),
        at_key=True,
        severity="warning",
        cure="remove it, or put it on the node that does the work",
    )
