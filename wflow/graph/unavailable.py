"""What the format has and this version of wflow does not act on: said before a run, not found out in one."""

from __future__ import annotations

from wflow.graph.view import GraphView
from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import plenty

__all__ = ["TYPES_WITHOUT_RUNTIME", "check_unavailable"]

#: Node types that have no runtime: a run fails at such a node, saying so.
TYPES_WITHOUT_RUNTIME: frozenset[str] = frozenset()


def check_unavailable(view: GraphView, warnings: list[Diagnostic]) -> None:
    """Warn of each node whose type cannot run."""
    for node in view.graph.nodes:
        if plenty(warnings):
            return
        if node.type in TYPES_WITHOUT_RUNTIME:
            message = f"nodes of type {node.type} cannot run with this version of wflow: a run fails here"
            warnings.append(
                Diagnostic(code="not-available", message=message, path=(*node.path, "type"), severity="warning")
            )
