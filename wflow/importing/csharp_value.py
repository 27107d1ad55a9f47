"""A piece of an expression of ours that a piece of C# became, with what is known of its type."""

from __future__ import annotations

import json
from typing import NamedTuple

__all__ = ["LEVELS", "NoCounterpart", "Value", "literal", "quoted", "within"]

#: How tightly each form of ours binds; what binds looser than its place goes into brackets.
LEVELS = {"choice": 0, "or": 1, "and": 2, "not": 3, "compare": 4, "filter": 5, "add": 7, "multiply": 8, "sign": 9}
_ALONE = 12


class NoCounterpart(ValueError):
    """The C# means something that our language does not say, or not surely."""


class Value(NamedTuple):
    """``text`` of ours, the ``level`` it binds at, and the ``kind`` of value that C# has there: ``bool``, ``int``,
    ``float``, ``string``, ``list``, ``null``, or ``any`` where that is not known. ``missing``: it may look for a key
    that is not there, which is null in C#. ``unset``: it may be null, and is compared as C# compares a null.
    ``nullable``: of a list, that null is what C# takes for none of its elements.
    """

    text: str
    level: int = _ALONE
    kind: str = "any"
    missing: bool = False
    unset: bool = False
    nullable: bool = False

    def soft(self) -> Value:
        """The same with null for what is missing."""
        if not self.missing:
            return self
        return Value(f"{within(self, 'filter')} | default(null)", LEVELS["filter"], self.kind)


def quoted(text: str) -> str:
    """A text as an expression says it; one that holds ``${{``, which no expression may, by a code."""
    return json.dumps(text, ensure_ascii=False).replace("${{", "$\\u007b{")


def within(value: Value, place: str) -> str:
    """The text, in brackets where it binds looser than the place it goes to."""
    level = LEVELS.get(place, _ALONE)
    return value.text if value.level >= level else f"({value.text})"


def literal(value: str | float | bool | None) -> Value:
    """A literal of ours."""
    if value is None:
        return Value("null", kind="null")
    if isinstance(value, bool):
        return Value("true" if value else "false", kind="bool")
    if isinstance(value, str):
        return Value(quoted(value), kind="string")
    if isinstance(value, int):
        return Value(str(value), kind="int")
    return Value(repr(value), kind="float")
