"""The text of a YAML file from mappings and lists, with comments; what is written reads back as the same value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Flow", "Out", "Rows", "written"]

_PLAIN = re.compile(r"(?:\.{1,2}/|[A-Za-z_/$(])[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*")
_RISKY = re.compile(r": |:$| #|\s$")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"})
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]*")
_DURATION = re.compile(r"[0-9]+(?:ms|s|m|h|d)")
_WIDTH = 116


class Out(dict[str, Any]):
    """A mapping to be written: ``notes`` are comment lines above a key, ``beside`` a comment after it. ``end`` are
    comment lines after everything, ``spaced`` puts an empty line around what takes more than one.
    """

    def __init__(self, *arguments: Any, spaced: bool = False, **keys: Any) -> None:
        super().__init__(*arguments, **keys)
        self.notes: dict[str, list[str]] = {}
        self.beside: dict[str, str] = {}
        self.end: list[str] = []
        self.spaced = spaced

    def note(self, key: str, *lines: str) -> None:
        """Add comment lines above a key."""
        self.notes.setdefault(key, []).extend(lines)


class Flow(dict[str, Any]):
    """A mapping to be written in one line, ``{a: 1, b: 2}``."""


class Rows(list[Any]):
    """A list to be written an element a line, with comments above elements by their index."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.notes: dict[int, list[str]] = {}
        self.beside: dict[int, str] = {}


def written(out: Out) -> str:
    """The file's text."""
    return "\n".join(_lines(out, "")) + "\n"


def _lines(out: Mapping[str, Any], indent: str) -> Iterator[str]:
    notes = out.notes if isinstance(out, Out) else {}
    beside = out.beside if isinstance(out, Out) else {}
    spaced = isinstance(out, Out) and out.spaced
    last: Any = None
    line = ""
    for number, (key, value) in enumerate(out.items()):
        # After a block that keeps its empty lines one more would belong to it.
        if spaced and number and line and (_large(value) or _large(last)):
            yield ""
        last = value
        yield from _comments(notes.get(key, ()), indent)
        for line in _entry(f"{indent}{_scalar(key, flow=True)}:", value, indent, beside.get(key)):
            yield line
    if isinstance(out, Out):
        yield from _comments(out.end, indent)


def _large(value: Any) -> bool:
    return isinstance(value, Rows | Out) or (isinstance(value, Mapping) and not isinstance(value, Flow))


def _entry(head: str, value: Any, indent: str, beside: str | None) -> Iterator[str]:
    after = f"  {_comment(beside)}" if beside else ""
    if isinstance(value, Flow) or value in ({}, []):
        yield f"{head} {_flow(value)}{after}"
    elif isinstance(value, Mapping):
        yield head + after
        yield from _lines(value, indent + "  ")
    elif isinstance(value, list):
        if not isinstance(value, Rows) and len(line := f"{head} {_flow(value)}") <= _WIDTH:
            yield line + after
            return
        yield head + after
        notes = value.notes if isinstance(value, Rows) else {}
        sides = value.beside if isinstance(value, Rows) else {}
        for at, element in enumerate(value):
            yield from _comments(notes.get(at, ()), indent + "  ")
            side = f"  {_comment(sides[at])}" if at in sides else ""
            yield f"{indent}  - {_flow(element)}{side}"
    elif isinstance(value, str) and "\n" in value and value.strip() and _BLOCK.fullmatch(value):
        yield from _block(head, value, indent, after)
    else:
        yield f"{head} {_flow(value)}{after}" if value is not None else f"{head} null{after}"


def _block(head: str, text: str, indent: str, after: str) -> Iterator[str]:
    ends = len(text) - len(text.rstrip("\n"))
    keep = "-" if ends == 0 else "" if ends == 1 else "+"
    # A first line that is empty or indented would be taken for the block's own indentation.
    explicit = "2" if text[0] in " \n" else ""
    yield f"{head} |{explicit}{keep}{after}"
    lines = text.split("\n")
    for line in lines[:-1] if text.endswith("\n") else lines:
        yield f"{indent}  {line}" if line else ""


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key, flow=True)}: {_flow_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow_inner(element) for element in value) + "]"
    return _scalar(value)


def _flow_inner(value: Any) -> str:
    return _flow(value) if isinstance(value, Mapping | list) else _scalar(value, flow=True)


def _scalar(value: Any, *, flow: bool = False) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if _DURATION.fullmatch(value):
        return value
    plain = _PLAIN.fullmatch(value) and not _RISKY.search(value) and value.lower() not in _WORDS
    if plain and not (flow and re.search(r"[,\[\]{}:#&*?|>!%@`\"']", value)):
        return value
    if '"' in value and "'" not in value and _BLOCK.fullmatch(value) and not re.search(r"[\n\t]", value):
        return f"'{value}'"
    # A text in JSON is one in YAML, but for what YAML does not take as it is.
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]",
        lambda match: f"\\u{ord(match[0]):04x}",
        json.dumps(value, ensure_ascii=False),
    )


def _comments(lines: Any, indent: str) -> Iterator[str]:
    for line in lines:
        yield f"{indent}{_comment(line)}" if line else ""


def _comment(text: str) -> str:
    text = "".join(character if character.isprintable() else " " for character in text).rstrip()
    return text if text.startswith("#") else f"# {text}"
