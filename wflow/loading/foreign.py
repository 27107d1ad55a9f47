"""Files of other engines: told by their first keys, so that one line says what to do; read, to be imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from wflow.loading.comments import Comments
from wflow.loading.refusal import Found, Refused
from wflow.loading.source import decode, is_json, read_bytes
from wflow.model.diagnostics import Diagnostic, Problem

__all__ = ["ForeignFile", "foreign_format", "read_foreign"]

_EXECUTION_ENGINE = ("workflowid", "graphid", "workflowname")


def foreign_format(tree: Any) -> Diagnostic | None:
    """What to do with a file in another engine's format; None where it is in none that is known."""
    if not isinstance(tree, dict):
        return None
    for key in tree:
        if key.lower() in _EXECUTION_ENGINE or (key.lower() == "nodes" and _are_theirs(tree[key])):
            message = "this is an ExecutionEngine workflow, run `wflow import`"
            return Diagnostic(code="execution-engine", message=message, path=(key,), at_key=True)
    return None


def _are_theirs(nodes: Any) -> bool:
    return isinstance(nodes, list) and any(isinstance(node, dict) and "nodeId" in node for node in nodes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignFile:
    """A file in another format, read by the same rules as ours: its value, its comments, and what was found in it."""

    name: str
    text: str
    tree: Any
    comments: Comments
    found: tuple[Found, ...]

    def problems(self, diagnostics: list[Diagnostic]) -> list[Problem]:
        """The diagnostics, and what reading found, each with its line and column, in their order."""
        from wflow.loading.place import place

        return place(self.name, self.text, self.tree, diagnostics, list(self.found))


def read_foreign(path: FilePath) -> ForeignFile:
    """The file's value and comments. Where it cannot be read at all the value is None, and ``found`` says why.

    Raises UsageError where there is no such file.
    """
    from wflow.loading.comments import comments_of
    from wflow.loading.text import parse

    found: list[Found] = []
    text, tree, comments = "", None, Comments({}, ())
    try:
        data = read_bytes(path)
        text = data[: 1 << 20].decode("utf-8", "replace")
        text = decode(data)
        tree = parse(text, path.name, found)
        if not is_json(path.name):
            comments = comments_of(text)
    except Refused as refused:
        found.append(refused.found)
    return ForeignFile(name=str(path), text=text, tree=tree, comments=comments, found=tuple(found))
