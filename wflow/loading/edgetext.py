"""Edges as text: ``a -> b``, chains ``a -> b -> c``, fans ``a -> [b, c] -> d``, ports ``check.true -> load``."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

__all__ = ["EdgeSyntax", "End", "Link", "find_end", "parse_edge"]

_ID = r"[A-Za-z_][A-Za-z0-9_]*(?:-(?!>)[A-Za-z0-9_]*)*"
_SIMPLE = re.compile(rf"\s*({_ID})(?:\.({_ID}))?\s*->\s*({_ID})\s*")
_END = re.compile(rf"({_ID})(?:\.({_ID}))?")
_SPACE = re.compile(r"\s*")
_FORM = "write `a -> b`, `a -> b -> c`, `a -> [b, c]` or `a.port -> b`"


class End(NamedTuple):
    """A node named in an edge, its port, and where both stand in the text."""

    id: str
    port: str | None
    offset: int
    port_offset: int


class Link(NamedTuple):
    """One edge of the text."""

    source: End
    target: End


class EdgeSyntax(ValueError):
    """The text is no edge; ``offset`` is where it stops being one, ``cure`` what to write."""

    def __init__(self, message: str, offset: int, cure: str = _FORM) -> None:
        super().__init__(message)
        self.offset = offset
        self.cure = cure


def parse_edge(text: str, most: int = 10_000) -> list[Link]:
    """The edges that ``text`` stands for, in its order. Raises EdgeSyntax, also for more than ``most`` edges."""
    match = _SIMPLE.fullmatch(text)
    if match is not None:
        port = match[2]
        source = End(match[1], port, match.start(1), match.start(2) if port else 0)
        return [Link(source, End(match[3], None, match.start(3), 0))]
    stops = _stops(text)
    if len(stops) < 2:
        raise EdgeSyntax("an edge needs `->` and a target", len(text.rstrip()))
    for end in stops[-1]:
        if end.port is not None:
            raise EdgeSyntax(
                f"`{end.id}.{end.port}` ends the edge, and a port belongs to a source",
                end.port_offset - 1,
                f"write `{end.id}`",
            )
    count = sum(len(here) * len(there) for here, there in pairwise(stops))
    if count > most:
        raise EdgeSyntax(
            f"this stands for {count:,} edges, and {most:,} are the most here",
            0,
            "join the sources in a `noop` node and fan out from there",
        )
    return [Link(source, target) for here, there in pairwise(stops) for source in here for target in there]


def find_end(text: str, role: str, name: str) -> int:
    """Where ``name`` stands in ``text`` as ``from``, ``to`` or ``port``; 0 where it does not."""
    places = _first_places(text)
    return places if isinstance(places, int) else places.get((role, name), 0)


@lru_cache(maxsize=16)
def _first_places(text: str) -> dict[tuple[str, str], int] | int:
    """Where each name first stands in each role; where the text stops being an edge, if it does. A long chain can have
    a thousand problems.
    """
    try:
        stops = _stops(text)
    except EdgeSyntax as error:
        return error.offset
    found: dict[tuple[str, str], int] = {}
    for end in (end for stop in stops[:-1] for end in stop):
        found.setdefault(("from", end.id), end.offset)
        if end.port is not None:
            found.setdefault(("port", end.port), end.port_offset)
    for end in (end for stop in stops[1:] for end in stop):
        found.setdefault(("to", end.id), end.offset)
    return found


def _stops(text: str) -> list[list[End]]:
    stops: list[list[End]] = []
    at = _skip(text, 0)
    while True:
        if text[at : at + 1] == "[":
            ends, at = _fan(text, at)
        else:
            end, at = _end(text, at)
            ends = [end]
        stops.append(ends)
        at = _skip(text, at)
        if at == len(text):
            return stops
        if text[at : at + 2] != "->":
            raise EdgeSyntax(f"`{text[at]}` where `->` should be", at)
        at = _skip(text, at + 2)


def _fan(text: str, at: int) -> tuple[list[End], int]:
    ends: list[End] = []
    at = _skip(text, at + 1)
    while True:
        end, at = _end(text, at)
        ends.append(end)
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return ends, at + 1
        if text[at : at + 1] != ",":
            raise EdgeSyntax("a list of nodes ends with `]`", at)
        at = _skip(text, at + 1)


def _end(text: str, at: int) -> tuple[End, int]:
    match = _END.match(text, at)
    if match is None:
        shown = f"`{text[at]}`" if at < len(text) else "nothing"
        raise EdgeSyntax(f"{shown} where a node's id should be", at)
    return End(match[1], match[2], at, match.start(2) if match[2] else 0), match.end()


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
