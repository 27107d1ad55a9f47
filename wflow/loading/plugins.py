"""Node types that packages bring: entry points of the group ``wflow.nodes``, looked for by name and not loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from wflow.model.diagnostics import Diagnostic
from wflow.model.kinds import KINDS
from wflow.model.nearest import did_you_mean, there_are
from wflow.model.plenty import plenty
from wflow.model.walk import all_nodes
from wflow.model.workflow import Workflow

__all__ = ["GROUP", "check_types", "plugin_types"]

#: The entry point group in which a package declares its node types.
GROUP = "wflow.nodes"


def plugin_types() -> Callable[[], frozenset[str]]:
    """A function that gives the names of the installed node types; it looks when it is first called."""
    return _installed


@cache
def _installed() -> frozenset[str]:
    from importlib.metadata import entry_points

    return frozenset(point.name for point in entry_points(group=GROUP))


def check_types(workflow: Workflow, installed: Callable[[], frozenset[str]], diagnostics: list[Diagnostic]) -> None:
    """Report every node whose type is neither built in nor installed. A missing type is the schema's to report."""
    for node in all_nodes(workflow.graph):
        if plenty(diagnostics):
            return
        if node.type not in KINDS and node.type and node.type not in installed():
            known = [*KINDS, *sorted(installed())]
            cure = did_you_mean(node.type, known) or there_are(known)
            message = f"`{node.type[:60]}` is no node type, and no installed package brings one of that name"
            diagnostics.append(Diagnostic(code="unknown-type", message=message, path=(*node.path, "type"), cure=cure))
