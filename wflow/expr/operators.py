"""The operators on JSON values. Each bound is checked before anything large is computed.

Numbers are integers and floats, never booleans. What goes wrong raises `Failure`; where an operand is null it is
`Absent`, so that ``| default(x)`` can stand in for it.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from wflow.expr.failures import Absent, Failure
from wflow.expr.parse import MOST_INTEGER_BITS
from wflow.expr.values import LARGEST, MOST_ELEMENTS, equal, kind_of, plain

__all__ = ["BINARY", "COMPARISONS", "ORDERINGS", "SYMBOLS", "bounded", "contains", "minus", "ordered", "plus_sign"]

_NUMBERS = frozenset({int, float})
_LISTS = frozenset({list, range})
_SEQUENCES = frozenset({str, list, range})
# Integers between these need no count of their bits: most sums end here.
_LEAST, _MOST = -(2**62), 2**62
_TOO_LARGE = f"the number would have more than {MOST_INTEGER_BITS:,} bits"

#: The spelling of each operator of the tree.
SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


def bounded(value: Any) -> Any:
    """A computed number as it is. Raises Failure for an integer of more than 4,096 bits, infinity and no number."""
    if type(value) is float:
        if not math.isfinite(value):
            raise Failure("the result is no number" if math.isnan(value) else "the result is too large for a number")
    elif type(value) is int:
        if value.bit_length() > MOST_INTEGER_BITS:
            raise Failure(_TOO_LARGE)
    elif type(value) is complex:
        raise Failure("the result is no real number")
    return value


def _computed(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    try:
        return bounded(function(left, right))
    except ZeroDivisionError:
        raise Failure("a number is divided by zero") from None
    except OverflowError:
        raise Failure("the result is too large for a number") from None


def _no_operands(symbol: str, left: Any, right: Any) -> Failure:
    kinds = f"{kind_of(left)} and {kind_of(right)}"
    if left is None or right is None:
        return Absent(f"`{symbol}` has no meaning for {kinds}; `| default(…)` gives null a value")
    hint = ""
    if symbol == "+" and (type(left) is str or type(right) is str):
        hint = "; `str(x)` makes a string of a value, `int(x)` and `float(x)` a number"
    elif bool in {type(left), type(right)}:
        hint = "; a boolean is no number, `int(x)` makes it one"
    return Failure(f"`{symbol}` has no meaning for {kinds}{hint}")


def _add(left: Any, right: Any) -> Any:
    kind, other = type(left), type(right)
    if kind is int and other is int:
        total = left + right
        return total if _LEAST < total < _MOST else bounded(total)
    if kind in _NUMBERS and other in _NUMBERS:
        return _computed(operator.add, left, right)
    if kind is str and other is str:
        if len(left) + len(right) > LARGEST:
            raise Failure(f"the string would have more than {LARGEST:,} characters")
        return left + right
    if kind in _LISTS and other in _LISTS:
        if len(left) + len(right) > MOST_ELEMENTS:
            raise Failure(f"the list would have more than {MOST_ELEMENTS:,} elements")
        return [*left, *right]
    raise _no_operands("+", left, right)


def _multiply(left: Any, right: Any) -> Any:
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        if kind is int and other is int and left.bit_length() + right.bit_length() > MOST_INTEGER_BITS + 1:
            raise Failure(_TOO_LARGE)
        return _computed(operator.mul, left, right)
    if other in _SEQUENCES and kind is int:
        left, right, kind, other = right, left, other, kind
    if kind in _SEQUENCES and other is int:
        most, what = (LARGEST, "characters") if kind is str else (MOST_ELEMENTS, "elements")
        if len(left) * max(right, 0) > most:
            raise Failure(f"the result would have more than {most:,} {what}")
        return plain(left) * max(right, 0) if len(left) else plain(left)
    raise _no_operands("*", left, right)


def _power(left: Any, right: Any) -> Any:
    if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
        raise _no_operands("**", left, right)
    if type(left) is int and type(right) is int and (left.bit_length() - 1) * abs(right) > MOST_INTEGER_BITS:
        # A negative exponent gives a float, but the power is computed first.
        if right > 0:
            raise Failure(_TOO_LARGE)
        return 0.0
    return _computed(operator.pow, left, right)


def _shift_left(left: Any, right: Any) -> Any:
    _refuse_shift("<<", left, right)
    if left.bit_length() + right > MOST_INTEGER_BITS and left:
        raise Failure(_TOO_LARGE)
    return left << right if left else 0


def _shift_right(left: Any, right: Any) -> Any:
    _refuse_shift(">>", left, right)
    return left >> min(right, left.bit_length())


def _refuse_shift(symbol: str, left: Any, right: Any) -> None:
    if type(left) is not int or type(right) is not int:
        raise _no_operands(symbol, left, right)
    if right < 0:
        raise Failure(f"`{symbol}` shifts by a number that is not negative")


def _numeric(symbol: str, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compute(left: Any, right: Any) -> Any:
        if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
            raise _no_operands(symbol, left, right)
        return _computed(function, left, right)

    return compute


#: What computes each operator with two operands. Each raises Failure.
BINARY: Mapping[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: _add,
    ast.Sub: _numeric("-", operator.sub),
    ast.Mult: _multiply,
    ast.Div: _numeric("/", operator.truediv),
    ast.FloorDiv: _numeric("//", operator.floordiv),
    ast.Mod: _numeric("%", operator.mod),
    ast.Pow: _power,
    ast.LShift: _shift_left,
    ast.RShift: _shift_right,
}


def minus(value: Any) -> Any:
    """The number with its sign changed. Raises Failure for anything else."""
    if type(value) in _NUMBERS:
        return -value
    raise _no_operand("-", value)


def plus_sign(value: Any) -> Any:
    """The number as it is. Raises Failure for anything else."""
    if type(value) in _NUMBERS:
        return value
    raise _no_operand("+", value)


def _no_operand(symbol: str, value: Any) -> Failure:
    reason = f"the sign `{symbol}` stands before {kind_of(value)}"
    return Absent(f"{reason}; `| default(…)` gives null a value") if value is None else Failure(reason)


def ordered(symbol: str, left: Any, right: Any) -> bool:
    """Whether ``left symbol right`` holds, for ``<``, ``<=``, ``>`` and ``>=``.

    Numbers are ordered with numbers, strings with strings (by code point), lists with lists (by their first
    difference). Raises Failure for all else.
    """
    kind, other = type(left), type(right)
    if (kind in _NUMBERS and other in _NUMBERS) or (kind is str and other is str):
        return bool(ORDERINGS[symbol](left, right))
    if kind in _LISTS and other in _LISTS:
        for a, b in zip(left, right, strict=False):
            if not equal(a, b):
                return ordered(symbol, a, b)
        return bool(ORDERINGS[symbol](len(left), len(right)))
    reason = f"{kind_of(left)} and {kind_of(right)} have no order"
    if left is None or right is None:
        raise Absent(f"{reason}; `| default(…)` gives null a value")
    if kind is other:
        raise Failure(f"{'mappings' if isinstance(left, Mapping) else 'booleans'} have no order")
    raise Failure(reason)


#: Python's own function for each ordering.
ORDERINGS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def contains(container: Any, value: Any) -> bool:
    """Whether ``value in container``: an element of a list, a key of a mapping, a part of a string.

    Raises Failure where ``container`` is none of them, or holds strings only and ``value`` is none.
    """
    if isinstance(container, list):
        if type(value) is str or value is None:
            return value in container
        return any(equal(value, element) for element in container)
    if isinstance(container, (str, Mapping)):
        if type(value) is str:
            return value in container
        held = "characters of a string" if type(container) is str else "keys of a mapping"
        reason = f"{kind_of(value)} is not among the {held}"
        raise Absent(reason) if value is None else Failure(reason)
    if isinstance(container, range):
        # A float would be looked for one number after the other.
        whole = int(value) if type(value) is float and value.is_integer() else value
        return type(whole) is int and whole in container
    reason = f"nothing can be `in` {kind_of(container)}"
    raise Absent(f"{reason}; `| default([])` gives it a value") if container is None else Failure(reason)


def _differ(left: Any, right: Any) -> bool:
    return not equal(left, right)


def _in(left: Any, right: Any) -> bool:
    return contains(right, left)


def _not_in(left: Any, right: Any) -> bool:
    return not contains(right, left)


#: What computes each comparison that is no ordering. Each may raise Failure.
COMPARISONS: Mapping[type[ast.AST], Callable[[Any, Any], bool]] = {
    ast.Eq: equal,
    ast.NotEq: _differ,
    ast.In: _in,
    ast.NotIn: _not_in,
}
