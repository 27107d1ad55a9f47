"""Subflow files: where they may lie, and whether a call fits the workflow that it calls."""

from __future__ import annotations

import os
from pathlib import Path as FilePath

from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import did_you_mean, listed, there_are
from wflow.model.workflow import Node, Workflow

__all__ = ["check_call", "outside", "project_root"]


def project_root(path: FilePath) -> FilePath:
    """The folder that subflow files of ``path`` may lie in: the nearest above it with ``.git`` or ``pyproject.toml``,
    else its own.
    """
    home = FilePath(os.path.realpath(path)).parent
    for folder in (home, *home.parents):
        if (folder / ".git").exists() or (folder / "pyproject.toml").exists():
            return folder
    return home


def outside(path: FilePath, root: FilePath) -> bool:
    """Whether ``path``, with every link in it followed, lies outside ``root``."""
    return not FilePath(os.path.realpath(path)).is_relative_to(root)


def check_call(node: Node, child: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report parameters that the subflow does not have, those it needs and does not get, and outputs it has not."""
    given = node.settings.get("with") or {}
    for name in given:
        if name not in child.parameters:
            message = f"subflow `{child.name}` has no parameter `{name}`"
            diagnostics.append(
                Diagnostic(
                    code="unknown-parameter",
                    message=message,
                    path=(*node.path, "with", name),
                    at_key=True,
                    cure=_cure(name, list(child.parameters)),
                )
            )
    missing = [name for name, schema in child.parameters.items() if "default" not in schema and name not in given]
    if missing:
        message = f"subflow `{child.name}` needs {listed(missing)}"
        diagnostics.append(
            Diagnostic(
                code="missing-parameter",
                message=message,
                path=node.path,
                at_key=True,
                cure=f"add `with: {{{missing[0]}: …}}`",
            )
        )
    for variable, name in (node.settings.get("outputs") or {}).items():
        if name not in child.outputs:
            message = f"subflow `{child.name}` has no output `{name}`"
            diagnostics.append(
                Diagnostic(
                    code="unknown-output",
                    message=message,
                    path=(*node.path, "outputs", variable),
                    cure=_cure(name, list(child.outputs)),
                )
            )


def _cure(name: str, known: list[str]) -> str:
    return did_you_mean(name, known) or (there_are(known) if known else "it has none")
