"""Files of other engines, told by their first keys: one line says what to do, instead of thirty what is wrong."""

from __future__ import annotations

from typing import Any

from wflow.model.diagnostics import Diagnostic

__all__ = ["foreign_format"]

_EXECUTION_ENGINE = ("workflowId", "graphId", "workflowName")


def foreign_format(tree: Any) -> Diagnostic | None:
    """What to do with a file in another engine's format; None where it is in none that is known."""
    if isinstance(tree, dict):
        for key in _EXECUTION_ENGINE:
            if key in tree:
                message = "this is an ExecutionEngine workflow, run `wflow import`"
                return Diagnostic(code="execution-engine", message=message, path=(key,), at_key=True)
    return None
