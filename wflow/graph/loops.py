"""Loops that cannot end by what is in them, and names that become one in an environment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wflow.expr import ExpressionSyntaxError, compile_expression
from wflow.graph.view import GraphView
from wflow.model.diagnostics import Diagnostic
from wflow.model.kinds import KINDS, WORK_TYPES
from wflow.model.plenty import MAX_WARNINGS
from wflow.model.walk import all_nodes
from wflow.model.workflow import Node, Workflow

__all__ = ["check_environment", "check_while"]

_OTHER = re.compile(r"[^A-Z0-9]")


def check_while(view: GraphView, warnings: list[Diagnostic]) -> None:
    """Warn of every `while` whose condition nothing in its body can change."""
    for node in view.graph.nodes:
        if len(warnings) >= MAX_WARNINGS:
            return
        if node.type == "while" and node.graph is not None:
            why = _endless(node)
            if why is not None:
                warnings.append(
                    Diagnostic(
                        code="endless-loop",
                        message=f"the loop ends at `max_iterations` only: {why}",
                        path=(*node.path, "condition"),
                        severity="warning",
                        cure="have the body change what the condition reads",
                    )
                )


def _endless(node: Node) -> str | None:
    condition = node.settings.get("condition")
    if condition is True or condition == "true":
        # With a limit of its own the loop is a counted one, and meant.
        return "its condition is always true" if "max_iterations" not in node.settings else None
    if not isinstance(condition, str) or "now" in condition or "env" in condition:
        return None
    try:
        references = compile_expression(condition).references
    except ExpressionSyntaxError:
        return None
    names = {str(found.keys[0]) for found in references if found.root == "variables" and found.keys}
    if not references or any(found.root != "variables" or not found.keys for found in references):
        return None
    if node.graph is None or any(_may_change(inner, names) for inner in all_nodes(node.graph)):
        return None
    shown = ", ".join(f"`variables.{name}`" for name in sorted(names))
    return f"nothing in its body changes {shown}"


def _may_change(node: Node, names: Iterable[str]) -> bool:
    """Whether the node could write one of the variables: its script names it, or what it runs cannot be looked at."""
    if node.type == "subflow":
        return any(name in (node.settings.get("outputs") or {}) for name in names)
    if node.type in KINDS and node.type not in WORK_TYPES:
        return node.type in ("end", "wait")
    script = node.settings.get("script")
    return not isinstance(script, str) or any(name in script for name in names)


def check_environment(workflow: Workflow, warnings: list[Diagnostic]) -> None:
    """Warn of parameters and of variables that scripts would see under one name of their environment."""
    for section, prefix, names in (
        ("parameters", "WFLOW_PARAM_", workflow.parameters),
        ("variables", "WFLOW_VAR_", workflow.variables),
    ):
        seen: dict[str, str] = {}
        for name in names:
            if len(warnings) >= MAX_WARNINGS:
                return
            upper = prefix + _OTHER.sub("_", name.upper())
            first = seen.setdefault(upper, name)
            if first != name:
                message = f"`{first}` and `{name}` both become `{upper}`; `{first}` has it"
                warnings.append(
                    Diagnostic(
                        code="env-clash",
                        message=message,
                        path=(section, name),
                        at_key=True,
                        severity="warning",
                        cure="rename one of them",
                    )
                )
    _check_own(workflow, warnings)


def _check_own(workflow: Workflow, warnings: list[Diagnostic]) -> None:
    for node in all_nodes(workflow.graph):
        for name in node.env:
            if name.startswith("WFLOW_") and len(warnings) < MAX_WARNINGS:
                message = f"`{name}` is one of the names that wflow gives to scripts"
                warnings.append(
                    Diagnostic(
                        code="env-clash",
                        message=message,
                        path=(*node.path, "env", name),
                        at_key=True,
                        severity="warning",
                        cure="names that begin with `WFLOW_` are wflow's",
                    )
                )
