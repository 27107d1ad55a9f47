"""The comments of a YAML text, and what each stands at: kept by an import, of no meaning anywhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from wflow.loading.positions import yaml_tokens
from wflow.loading.yamltext import yaml_events
from wflow.model.workflow import Path

__all__ = ["Comments", "comments_of"]

_COMMENT = re.compile(r"(?<![^\s])#[^\n\r]*")


class Comments(NamedTuple):
    """``at`` has, by the path of a key or an element, the comment lines above it and the comment beside it; ``last``
    are those after everything. Each begins with its ``#``.
    """

    at: dict[Path, tuple[tuple[str, ...], str | None]]
    last: tuple[str, ...]


class _Found(NamedTuple):
    line: int
    column: int
    text: str
    alone: bool


def comments_of(text: str) -> Comments:
    """The comments of a YAML text that can be read."""
    found = list(_found(text))
    if not found:
        return Comments({}, ())
    starts = list(_starts(text))
    above: dict[Path, list[str]] = {}
    beside: dict[Path, str] = {}
    last: list[str] = []
    at = 0
    for comment in found:
        while at < len(starts) and starts[at][:2] < (comment.line, comment.column):
            at += 1
        if not comment.alone and at and starts[at - 1][0] <= comment.line:
            path = starts[at - 1][2]
            if path not in beside:
                beside[path] = comment.text
                continue
        if at < len(starts):
            above.setdefault(starts[at][2], []).append(comment.text)
        else:
            last.append(comment.text)
    paths = [path for _, _, path in starts if path in above or path in beside]
    return Comments({path: (tuple(above.get(path, ())), beside.get(path)) for path in paths}, tuple(last))


def _found(text: str) -> Iterator[_Found]:
    """The comments in their order: what begins with ``#`` outside of every scalar."""
    line, line_start, counted = 0, 0, 0
    for begin, end in _gaps(text):
        for match in _COMMENT.finditer(text, begin, end):
            breaks = text.count("\n", counted, match.start())
            if breaks:
                line += breaks
                line_start = text.rfind("\n", counted, match.start()) + 1
            counted = match.start()
            alone = not text[line_start : match.start()].strip()
            yield _Found(line, match.start() - line_start, match[0].rstrip(), alone)


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    before = 0
    for event in yaml_events(text):
        if type(event).__name__ == "ScalarEvent":
            start = event.start_mark.index
            # Behind the `|` or `>` of a block there may be a comment before its text begins.
            yield before, start if event.style not in ("|", ">") else _line_end(text, start)
            before = max(before, event.end_mark.index)
    yield before, len(text)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def _starts(text: str) -> Iterator[tuple[int, int, Path]]:
    """Line, column and path of every key of a mapping and every element of a list, in their order."""
    # For each open collection: whether it is a mapping, its path, and its key (None: one is to come) or next index.
    stack: list[list[Any]] = []
    for token in yaml_tokens(text):
        if token.kind in "}]":
            stack.pop()
            continue
        path: Path = ()
        if stack:
            mapping, here, part = stack[-1]
            if mapping and part is None:
                stack[-1][2] = token.value
                yield token.line, token.column, (*here, token.value)
                continue
            path = (*here, part)
            if mapping:
                stack[-1][2] = None
            else:
                stack[-1][2] = part + 1
                yield token.line, token.column, path
        if token.kind in "{[":
            stack.append([token.kind == "{", path, None if token.kind == "{" else 0])
