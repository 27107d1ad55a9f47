"""Values on their way out of a script and into it: normalised to plain JSON trees, and copied."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from math import isfinite
from pathlib import PurePath
from typing import Any

from wflow.errors import ValueNotJson

__all__ = ["DEEPEST", "WIDEST_INTEGER", "copied", "plain"]

#: How deep lists and mappings may be nested in a value, and how many bits an integer in it may have.
DEEPEST = 200
WIDEST_INTEGER = 4096

_ATOMS = frozenset({str, int, float, bool, type(None)})


class _Refused(Exception):
    """A value is no JSON value; ``path`` grows from the inside out while it travels up."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []


def plain(value: Any, key: str) -> Any:
    """``value`` as a plain JSON tree of its own: dict with string keys, list, str, int, float, bool, None.

    Tuples become lists; dates, times, paths and decimals strings. ``key`` is where the value stands, for the message.
    Raises ValueNotJson, naming the innermost key, for anything else: other types, NaN and infinities, integers of
    more than `WIDEST_INTEGER` bits, lone surrogates, keys that are no strings, and what is nested deeper than
    `DEEPEST` or contains itself.
    """
    try:
        return _plain(value, 0)
    except _Refused as refused:
        where = key
        for step in reversed(refused.path):
            where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else step
        raise ValueNotJson(_shown(where), refused.reason) from None


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        if value.isascii():
            return value
        return _text(value)
    if kind is bool or value is None:
        return value
    if kind is int:
        if value.bit_length() > WIDEST_INTEGER:
            raise _Refused(f"is an integer of more than {WIDEST_INTEGER} bits")
        return value
    if kind is float:
        if not isfinite(value):
            raise _Refused(f"is {value}, which JSON does not have")
        return value
    if kind is dict:
        return _mapping(value, depth)
    if kind is list or kind is tuple:
        return _list(value, depth)
    return _unusual(value, depth)


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Refused(f"holds a lone surrogate (U+{ord(value[error.start]):04X}), which is no text") from None
    return value


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    if depth >= DEEPEST:
        raise _Refused(f"is nested deeper than {DEEPEST}, or contains itself")
    out: dict[str, Any] = {}
    key: Any = None
    try:
        for key, item in value.items():
            if type(key) is not str:
                key = _key(key)
            elif not key.isascii():
                _text(key)
            # The commonest leaves without a call: half the time of the whole walk.
            if item is None or item is True or item is False or (type(item) is str and item.isascii()):
                out[key] = item
            else:
                out[key] = _plain(item, depth + 1)
    except _Refused as refused:
        refused.path.append(_shown(str(key)))
        raise
    return out


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise _Refused(f"is a key of type {_name(type(key))}; keys are strings")
    return _text(str.__str__(key))


def _list(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    if depth >= DEEPEST:
        raise _Refused(f"is nested deeper than {DEEPEST}, or contains itself")
    out: list[Any] = []
    try:
        for item in value:
            out.append(_plain(item, depth + 1))  # noqa: PERF401 - how far it came is the place of what is refused
    except _Refused as refused:
        refused.path.append(len(out))
        raise
    return out


def _unusual(value: Any, depth: int) -> Any:
    # What stands for a plain type by inheritance (enumerations, numpy.float64) goes as that type.
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int):
        return _plain(int.__int__(value), depth)
    if isinstance(value, float):
        return _plain(float.__float__(value), depth)
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, list | tuple):
        return _list(value, depth)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, PurePath):
        return _text(str(value))
    # Only who has imported decimal has a Decimal; importing it here would cost each start a millisecond.
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        if not value.is_finite():
            raise _Refused(f"is {value}, which JSON does not have")
        return str(value)
    raise _Refused(f"is of type {_name(type(value))}, which is no JSON value")


def _name(kind: type) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _shown(key: str) -> str:
    key = key.encode("utf-8", "backslashreplace").decode()
    return key if len(key) <= 200 else f"{key[:100]}…{key[-80:]}"


def copied(value: Any) -> Any:
    """A copy of a plain JSON tree that shares no list and no mapping with it."""
    if type(value) in _ATOMS:
        return value
    if type(value) is dict and len(value) < 9:
        for item in value.values():
            if type(item) not in _ATOMS:
                break
        else:
            return value.copy()
    try:
        # Ten times as fast as a walk in Python. Version 2 keeps no references: what the tree holds twice is two copies.
        return marshal.loads(marshal.dumps(value, 2))  # noqa: S302 - its own bytes
    except ValueError:
        return plain(value, "")
