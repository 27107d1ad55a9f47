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
_NODE = ("nodeid", "runtimetype")


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
    return isinstance(nodes, list) and any(
        isinstance(node, dict) and any(key.lower() in _NODE for key in node) for node in nodes
    )


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

        # Only so many are told: no number of warnings may keep an error from being among them.
        errors = [one for one in diagnostics if one.severity == "error"]
        warnings = [one for one in diagnostics if one.severity != "error"]
        problems = place(self.name, self.text, self.tree, errors, list(self.found))
        problems += place(self.name, self.text, self.tree, warnings, [])
        return sorted(problems, key=lambda problem: (problem.line, problem.column, problem.code))


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
        _version_as_written(tree, text, path.name)
        if not is_json(path.name):
            comments = comments_of(text)
    except Refused as refused:
        found.append(refused.found)
    # What a case of a switch is matched with may be a number or a truth value there: it stands for its text.
    kept = tuple(one for one in found if one.diagnostic.code != "key-not-text" or tree is None)
    return ForeignFile(name=str(path), text=text, tree=tree, comments=comments, found=kept)


def _version_as_written(tree: Any, text: str, name: str) -> None:
    """Have a version that looks like a number be its text: 1.10 is not 1.1."""
    from wflow.loading.positions import locate
    from wflow.loading.text import tokens

    for key, value in tree.items() if isinstance(tree, dict) else ():
        if key.lower() == "version" and isinstance(value, float):
            token = locate(tokens(text, name), [(key,)])[(key,)].value
            tree[key] = token.value if token.kind == "s" and token.value else value
