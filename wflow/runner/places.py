"""Where the scripts of a workflow file stand in it: looked up once, when a runtime first asks, for all together."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from wflow.errors import WflowError
from wflow.loading.positions import Token, locate, offset_place
from wflow.loading.refusal import Refused
from wflow.loading.source import decode, read_bytes
from wflow.loading.text import tokens
from wflow.model import Node, Workflow
from wflow.model.walk import all_nodes
from wflow.model.workflow import Path as NodePath
from wflow.runtimes.work import Place

__all__ = ["Places"]

#: The key whose text has lines that errors point at.
_KEY = "script"

#: Types whose scripts nobody asks the place of: not looked for.
_OTHERS = frozenset({"python", "shell"})


class Places:
    """The places of the scripts in ``file``, whose definition is ``workflow``. For many threads.

    A script behind an alias stands where its anchor does. A file that has changed since, or is gone, has no place for
    what is not in it any more.
    """

    def __init__(self, file: Path, workflow: Workflow) -> None:
        self._file = file
        self._workflow = workflow
        self._lock = threading.Lock()
        self._found: dict[NodePath, Place] | None = None

    def of(self, node: Node, key: str) -> Place | None:
        """Where the text of the node's ``script`` stands, by lines of the file; None where that cannot be told."""
        if key != _KEY:
            return None
        with self._lock:
            if self._found is None:
                self._found = self._look()
        return self._found.get(node.path)

    def _look(self) -> dict[NodePath, Place]:
        wanted = {
            (*node.path, _KEY): node
            for node in all_nodes(self._workflow.graph)
            if node.path and node.type not in _OTHERS and isinstance(node.settings.get(_KEY), str)
        }
        try:
            text = decode(read_bytes(self._file))
            there = locate(tokens(text, self._file.name), wanted)
        except (WflowError, Refused):
            return {}
        lines = text.replace("\r\n", "\n").split("\n")
        found, left = {}, {}
        for path, node in wanted.items():
            spot = there.get(path)
            if spot is not None and spot.value.value == node.settings[_KEY]:
                found[node.path] = _place(self._file.name, lines, spot.value)
            else:
                left[node.path] = node.settings[_KEY]
        if left:
            # What is behind an alias, or merged in, stands where its anchor is: with the same text.
            written = _first(tokens(text, self._file.name), set(left.values()))
            found |= {path: _place(self._file.name, lines, written[s]) for path, s in left.items() if s in written}
        return found


def _first(tokens: Iterable[Token], texts: set[str]) -> dict[str, Token]:
    """Where each of these texts first stands in the file."""
    first: dict[str, Token] = {}
    for token in tokens:
        if token.kind == "s" and token.value in texts:
            first.setdefault(token.value, token)
    return first


def _place(name: str, lines: list[str], token: Token) -> Place:
    if token.style == "|":
        # The line after the `|` is the first; how far it is indented is told by its first character.
        line, column = offset_place(lines, token, 1)
        indent = column - 1 if line == token.line + 1 and token.value[:1] not in {"", "\n"} else 0
        return Place(name, token.line + 2, indent)
    line, column = token.line, token.column + (token.style in {"'", '"'})
    if "\n" not in token.value and lines[line].startswith(token.value, column):
        return Place(name, line + 1, column)
    # Its lines are folded, or written with escapes: they are counted from its beginning.
    return Place(f"{name}:{line + 1} (script)", 1)
