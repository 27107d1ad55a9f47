"""Writes to variables, recorded as operations and applied all together when the activation that made them completes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["OperationError", "apply"]


class OperationError(ValueError):
    """An operation does not fit the value that is there; the message says which and why."""


def apply(variables: Mapping[str, Any], operations: Iterable[tuple[str, str, Any]]) -> dict[str, Any]:
    """The variables after ``operations``, as a new mapping; the one given, and every value in it, stays as it is.

    ``set`` replaces, ``add`` adds a number (null counts as 0), ``append`` adds an element to a list (null counts as
    empty), ``merge`` updates a mapping, ``delete`` takes a key out of a mapping, or without one (null) makes the
    variable null. Raises OperationError where an operation does not fit, and KeyError never: names are checked where
    the write is made.
    """
    after = dict(variables)
    for operation, name, value in operations:
        after[name] = _applied(operation, name, after.get(name), value)
    return after


def _applied(operation: str, name: str, old: Any, value: Any) -> Any:
    if operation == "set":
        return value
    if operation == "add":
        if old is None:
            old = 0
        if _is_number(old) and _is_number(value):
            return old + value
        raise OperationError(f"cannot add {_kind(value)} to variable `{name}`, which is {_kind(old)}")
    if operation == "append":
        if old is None or isinstance(old, list):
            return [*(old or ()), value]
        raise OperationError(f"cannot append to variable `{name}`, which is {_kind(old)}")
    if operation == "merge":
        if (old is None or isinstance(old, dict)) and isinstance(value, dict):
            return {**(old or {}), **value}
        raise OperationError(f"cannot merge {_kind(value)} into variable `{name}`, which is {_kind(old)}")
    if operation == "delete":
        if value is None:
            return None
        if isinstance(old, dict):
            return {key: kept for key, kept in old.items() if key != value}
        raise OperationError(f"cannot delete `{value}` from variable `{name}`, which is {_kind(old)}")
    raise OperationError(f"`{operation}` is no operation on a variable")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if _is_number(value):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "a mapping"
