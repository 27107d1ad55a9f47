"""Sorting a list of values that have an order."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from wflow.expr.operators import ordered
from wflow.expr.values import equal

__all__ = ["in_order"]

_NUMBERS = frozenset({int, float})
_STRINGS = frozenset({str})


def in_order(elements: list[Any], keys: list[Any] | None) -> list[Any]:
    """The elements from the least to the greatest, by ``keys`` (one for each element) where given; equal ones stay.

    Raises Failure where two have no order: `wflow.expr.operators.ordered` says which have.
    """
    by = elements if keys is None else keys
    kinds = set(map(type, by))
    sortable: list[Any] = by
    if not (kinds <= _NUMBERS or kinds <= _STRINGS):
        if len(by) == 1:
            # Compared with itself, so that a list of one null is refused like a list of two.
            ordered("<", by[0], by[0])
        sortable = [_comparable(key) for key in by]
    return [elements[place] for place in sorted(range(len(by)), key=sortable.__getitem__)]


def _compare(left: Any, right: Any) -> int:
    if ordered("<", left, right):
        return -1
    return 0 if equal(left, right) else 1


_comparable = cmp_to_key(_compare)
