"""What loading a file gives, and what it needs handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wflow.model.diagnostics import Diagnostic, Problem
from wflow.model.workflow import Workflow

__all__ = ["Check", "Loaded"]

#: What judges a workflow's meaning: `wflow.graph.checks.check`. It is handed in because graph and loading are of one
#: rank; it gets the workflow and gives its diagnostics.
Check = Callable[[Workflow], list[Diagnostic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a file holds. ``workflow`` is None when one of the problems is an error.

    ``problems`` are sorted by file (its own first) and line. ``digest`` is the sha256 of the file's bytes. ``files``
    are the script and subflow files it names, and those that these name: path relative to the file's folder -> sha256.
    """

    workflow: Workflow | None
    problems: tuple[Problem, ...]
    digest: str
    files: dict[str, str] = field(default_factory=dict)
