"""Where a path of the value tree stands in the text: asked only when there is something to report.

The text is gone through once more, by the same parser, for all paths together; nothing is kept but what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from wflow.loading.edgetext import find_end
from wflow.loading.yamltext import yaml_events
from wflow.model.workflow import Path

__all__ = ["Place", "Token", "concrete", "locate", "offset_place", "yaml_tokens"]


class Token(NamedTuple):
    """A step through a text: ``kind`` is one of ``{ } [ ]``, or ``s`` for a scalar (or alias). ``line``, ``column`` and
    ``at`` (in the whole text) count from 0; ``style`` is "" for a plain scalar, else its first character.
    """

    kind: str
    value: str
    line: int
    column: int
    at: int
    style: str = ""


class Place(NamedTuple):
    """Where a value stands, and its key (the value itself, where it has none). All count from 0."""

    value: Token
    key: Token


def yaml_tokens(text: str) -> Iterator[Token]:
    """The tokens of a YAML text. Raises Refused where it is not YAML."""
    kinds = {"MappingStartEvent": "{", "SequenceStartEvent": "[", "MappingEndEvent": "}", "SequenceEndEvent": "]"}
    kinds |= {"ScalarEvent": "s", "AliasEvent": "s"}
    for event in yaml_events(text):
        kind = kinds.get(type(event).__name__)
        if kind is not None:
            mark = event.start_mark
            value, style = (event.value, event.style or "") if hasattr(event, "value") else ("", "*")
            yield Token(kind, value, mark.line, mark.column, mark.index, style)


def locate(tokens: Iterable[Token], paths: Iterable[Path]) -> dict[Path, Place]:
    """The place of each path; of one that the text does not have (a missing key, a value behind an alias), the place
    of the longest part of it that it has. The path ``()`` is the file's first token.
    """
    wanted: dict[Any, Any] = {}
    asked = set(paths)
    for path in asked:
        below = wanted
        for part in path:
            below = below.setdefault(part, {})
    seen = _walk(tokens, wanted, asked)
    return {path: _longest(seen, path) for path in asked} if seen else {}


def _longest(seen: dict[Path, Place], path: Path) -> Place:
    while path not in seen:
        path = path[:-1]
    return seen[path]


def _walk(tokens: Iterable[Token], wanted: dict[Any, Any], asked: set[Path]) -> dict[Path, Place]:
    seen: dict[Path, Place] = {}
    left = len(asked)
    # For each open collection: what is wanted in it (None: nothing), its path, its key or index so far, its key's
    # token, and whether it is a mapping.
    stack: list[list[Any]] = []
    for token in tokens:
        if token.kind in "}]":
            stack.pop()
            continue
        below: Any = None
        path: Path = ()
        if not stack:
            below, key = wanted, token
        else:
            top = stack[-1]
            inside, top_path, part, key = top[0], top[1], top[2], top[3]
            if top[4] and key is None:
                if token.kind == "s":
                    top[2], top[3] = token.value, token
                    continue
                key = token
            if not top[4]:
                top[2] += 1
                key = token
            else:
                top[3] = None
            if inside is not None and part in inside:
                below = inside[part]
                path = (*top_path, part)
        if below is not None and path not in seen:
            seen[path] = Place(token, key)
            left -= path in asked
            if left == 0:
                break
        elif below is not None:
            below = None
        if token.kind in "{[":
            stack.append([below or None, path, 0, None, token.kind == "{"])
    return seen


def concrete(tree: Any, path: Path) -> tuple[Path, int]:
    """The path as the tree has it, and an offset into the text it leads to.

    The ends of an edge are addressed by name (``("edges", 3, "to", "load")``), whether the edge is a mapping with lists
    or a text; here the name becomes an index, or an offset.
    """
    value = tree
    for depth, part in enumerate(path):
        if _has(value, part):
            value = value[part]
        elif isinstance(value, list) and part in value:
            return (*path[:depth], value.index(part)), 0
        elif isinstance(value, str) and len(path) == depth + 2:
            return path[:depth], find_end(value, str(part), str(path[-1]))
        else:
            return path[:depth], 0
    return path, 0


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def offset_place(lines: list[str], token: Token, offset: int) -> tuple[int, int]:
    """Line and column (from 0) of character ``offset`` of a scalar's value; the scalar's own where folding hides it."""
    start = (token.line, token.column)
    if offset <= 0:
        return (token.line, token.column + (token.style in ("'", '"'))) if token.style in ("'", '"') else start
    if token.style in ("|", ">"):
        return _in_block(lines, token, offset) or start
    if token.style in ("'", '"'):
        return _in_quotes(lines, token, offset) or start
    return (token.line, token.column + offset) if "\n" not in token.value[:offset] and _fits(lines, token) else start


def _fits(lines: list[str], token: Token) -> bool:
    return lines[token.line].startswith(token.value, token.column)


def _in_block(lines: list[str], token: Token, offset: int) -> tuple[int, int] | None:
    before = token.value[:offset]
    first = token.line + 1
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first >= len(lines):
        return None
    # The block's indent is that of its first line with text; what stands deeper there belongs to the value.
    head = next((line for line in token.value.splitlines() if line.strip()), "")
    indent = len(lines[first]) - len(lines[first].lstrip(" ")) - (len(head) - len(head.lstrip(" ")))
    line = token.line + 1 + before.count("\n")
    column = indent + len(before) - (before.rfind("\n") + 1)
    if line >= len(lines):
        return None
    row = token.value[before.rfind("\n") + 1 :].split("\n", 1)[0]
    return (line, column) if lines[line][indent:] == row else None


def _in_quotes(lines: list[str], token: Token, offset: int) -> tuple[int, int] | None:
    source = lines[token.line]
    column = token.column + 1
    for _ in range(offset):
        if column >= len(source):
            return None
        if token.style == "'" and source.startswith("''", column):
            column += 2
        elif token.style == '"' and source[column] == "\\":
            column += {"x": 4, "u": 6, "U": 10}.get(source[column + 1 : column + 2], 2)
        else:
            column += 1
    return token.line, column
