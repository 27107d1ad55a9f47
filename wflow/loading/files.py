"""The script and subflow files that a workflow names: that they are there, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path as FilePath

from wflow.errors import UsageError
from wflow.loading.refusal import Refused
from wflow.loading.scripts import python_fault
from wflow.loading.source import digest_bytes, read_bytes
from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import plenty
from wflow.model.walk import all_nodes
from wflow.model.workflow import Node, Path, Workflow

__all__ = ["check_files", "missing_file", "subflows_of"]

#: For each type the keys that name a file.
_FILE_KEYS = {"python": ("file",), "csharp": ("file", "assembly"), "powershell": ("file",)}


def check_files(
    workflow: Workflow, folder: FilePath, home: FilePath, files: dict[str, str], diagnostics: list[Diagnostic]
) -> None:
    """Report every file that a node names and that is not there, and Python files that do not compile.

    The hash of each goes to ``files``, under its path relative to ``home``; ``folder`` is the one of this workflow's
    file. A name that holds a ``${{ }}`` is known only when the workflow runs.
    """
    for node in all_nodes(workflow.graph):
        if plenty(diagnostics):
            return
        for key in _FILE_KEYS.get(node.type, ()):
            name = node.settings.get(key)
            if not isinstance(name, str) or "${{" in name:
                continue
            path = folder / name
            where = (*node.path, key)
            try:
                data = read_bytes(path)
            except (Refused, UsageError) as error:
                diagnostics.append(missing_file(name, error, where))
                continue
            files[os.path.relpath(path, home)] = digest_bytes(data)
            if node.type == "python":
                _compile_file(name, data, where, diagnostics)


def missing_file(name: str, error: Exception, where: Path) -> Diagnostic:
    """The diagnostic for a file that could not be read: ``error`` is what `read_bytes` raised."""
    shown = name if len(name) <= 200 else name[:197] + "..."
    message = f"`{shown}` is no file that can be read" if isinstance(error, Refused) else f"there is no file `{shown}`"
    cure = "paths are read from the folder of the workflow file"
    return Diagnostic(code="missing-file", message=message, path=where, cure=cure)


def _compile_file(name: str, data: bytes, where: Path, diagnostics: list[Diagnostic]) -> None:
    try:
        wrong = python_fault(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        message = f"`{name}` is not UTF-8"
        diagnostics.append(Diagnostic(code="python-syntax", message=message, path=where))
        return
    if wrong is not None:
        message = f"`{name}` is not Python: {wrong.message} (line {wrong.line}, column {wrong.column})"
        diagnostics.append(Diagnostic(code="python-syntax", message=message, path=where))


def subflows_of(workflow: Workflow) -> Iterator[tuple[Node, str]]:
    """Every subflow node whose file is named outright, with that name."""
    for node in all_nodes(workflow.graph):
        if node.type == "subflow":
            name = node.settings.get("file")
            if isinstance(name, str) and "${{" not in name:
                yield node, name
