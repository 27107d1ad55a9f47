"""Which results an expression builds, and their bound. What it merely reads or selects may be of any size.

``input.rows | where(it.ok)`` hands on rows that are there already, each at most once, so that a foreach can go over
a million of them. ``[input.rows, input.rows]`` is built: sizes add up, and as JSON it may have 1 MB.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from wflow.expr.failures import Failure
from wflow.expr.frame import SIZED
from wflow.expr.parse import chain_of
from wflow.expr.values import LARGEST, plain, weigh

__all__ = ["bounded_result", "builds", "gathered", "selects"]

# What these give is their first argument, or each part of it once.
_SELECTING = frozenset({"where", "sort", "unique", "first", "last", "keys", "values", "items"})

# What these give is one of their arguments.
_CHOOSING = frozenset({"default", "min", "max"})

# These give a number or a boolean.
_SMALL = frozenset({"length", "sum", "round", "int", "float", "bool", "any", "all", "now", "env"})
_SMALL_TESTS = frozenset({"startswith", "endswith", "contains"})


def builds(node: ast.expr) -> bool:
    """Whether the tree's value may be a string, list, mapping or range that the expression itself makes."""
    match node:
        case ast.BinOp() | ast.List() | ast.Dict():
            return True
        case ast.BoolOp():
            return any(builds(value) for value in node.values)
        case ast.IfExp():
            return builds(node.body) or builds(node.orelse)
        case ast.Subscript():
            return builds(node.value)
        case ast.Call(func=ast.Name(id=name)):
            if name in _SELECTING:
                return builds(node.args[0])
            if name in _CHOOSING:
                return any(builds(argument) for argument in node.args)
            if name == "map" and selects(node.args[1]):
                return builds(node.args[0])
            return name not in _SMALL and name not in _SMALL_TESTS
    return False


def selects(body: ast.expr) -> bool:
    """Whether the body of a ``map`` takes one part of each element: ``it``, ``it.name``, ``it[0].name``."""
    base, _ = chain_of(body)
    return isinstance(base, ast.Name) and base.id == "it"


def bounded_result(value: Any) -> Any:
    """A built value as it is. Raises Failure where it has more than 1 MB; a range may be of any length."""
    if isinstance(value, SIZED) and weigh(value, LARGEST) > LARGEST:
        raise _too_large()
    return value


def gathered(values: Iterable[Any]) -> list[Any]:
    """The values as a list, ranges among them made lists. Raises Failure as soon as they have more than 1 MB."""
    room = LARGEST
    found = []
    for value in values:
        room -= weigh(value, room)
        if room < 0:
            raise _too_large()
        found.append(plain(value))
    return found


def _too_large() -> Failure:
    return Failure(f"the result would have more than {LARGEST:,} characters as JSON; let a python node build it")
