"""Reading workflow files with their checks: `loading` and `graph` are of one rank and meet here."""

from __future__ import annotations

from pathlib import Path

from wflow.loading import Loaded, cached, load
from wflow.model import Diagnostic, Workflow
from wflow.store.interface import Plans

__all__ = ["check", "read", "read_cached"]


def check(workflow: Workflow) -> list[Diagnostic]:
    """What `wflow.graph.checks.check` finds; imported when a file is checked, not when it is known already."""
    from wflow.graph.checks import check as judge

    return judge(workflow)


def read(path: Path, *, allow_outside: bool = False, root: Path | None = None) -> Loaded:
    """The workflow file with every problem of it. Raises UsageError when there is no such file.

    ``root`` is the project's folder, for a file that is read as a part of another's project.
    """
    return load(path, check=check, allow_outside=allow_outside, root=root)


def read_cached(path: Path, plans: Plans, *, allow_outside: bool = False, root: Path | None = None) -> Loaded:
    """The same; a file that was valid and has not changed since comes out of the plan cache."""
    return cached(path, plans.plan, plans.put_plan, check=check, allow_outside=allow_outside, root=root)
