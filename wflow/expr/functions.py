"""The table of functions. ``value | name(x)`` is ``name(value, x)``: every function is a filter as well.

Those that take an expression over ``it`` (`LOOPS`), and ``default``, ``now`` and ``env``, which see more than values,
are computed by `wflow.expr.compile`; they are in the table with all others, for checks and for the documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from wflow.expr.failures import Absent, Failure
from wflow.expr.operators import bounded, contains, ordered
from wflow.expr.ordering import in_order
from wflow.expr.parse import MOST_INTEGER_BITS
from wflow.expr.values import LARGEST, MOST_ELEMENTS, compact, frozen, kind_of, shown, text_of

__all__ = ["FUNCTIONS", "LOOPS", "Function", "listed"]


class Function(NamedTuple):
    """A function of the language.

    It takes ``least`` to ``most`` arguments. ``usage`` and ``meaning`` are its line in the documentation. ``call``
    computes it from its arguments' values (None: the compiler does) and raises Failure. ``reads`` says what it reads
    of them: ``all`` of a value, its ``elements``, or ``little``; that is counted where it runs once for each ``it``.
    """

    name: str
    usage: str
    meaning: str
    least: int
    most: int
    call: Callable[..., Any] | None
    reads: str = "elements"


#: Functions whose second argument is an expression over ``it``, evaluated anew for each element.
LOOPS = frozenset({"where", "map", "sort", "any", "all"})

_NUMBERS = frozenset({int, float})
_LISTS = (list, range)
_SEQUENCES = (list, range, str)
_SIZED = (list, dict, str, range, Mapping)
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,1300}\s*")
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,5})?\s*")
_LARGEST_BOUND = 2**62
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "": False}


def _refuse(name: str, value: Any, wanted: str) -> NoReturn:
    if value is None:
        raise Absent(f"`{name}` takes {wanted}, this is null; `| default(…)` before it gives it a value")
    raise Failure(f"`{name}` takes {wanted}, {shown(value)} is {kind_of(value)}")


def listed(name: str, value: Any) -> Sequence[Any]:
    """The value, which is a list or a range. Raises Failure, naming the function, for anything else."""
    if isinstance(value, _LISTS):
        return value
    if isinstance(value, Mapping):
        raise Failure(f"`{name}` takes a list, this is a mapping; `| items`, `| keys` or `| values` make a list of it")
    _refuse(name, value, "a list")


def _text(name: str, value: Any) -> str:
    if type(value) is not str:
        _refuse(name, value, "a string")
    return value


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(name, value, "a mapping")
    return value


def _whole(name: str, value: Any) -> int:
    if type(value) is not int:
        _refuse(name, value, "whole numbers")
    return value


def _length(value: Any) -> int:
    if isinstance(value, _SIZED):
        return len(value)
    _refuse("length", value, "a list, a mapping or a string")


def _first(value: Any) -> Any:
    return _at_end("first", value, 0)


def _last(value: Any) -> Any:
    return _at_end("last", value, -1)


def _at_end(name: str, value: Any, index: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, _SEQUENCES):
        listed(name, value)
    return value[index] if len(value) else None


def _keys(value: Any) -> list[Any]:
    return list(_mapping("keys", value))


def _values(value: Any) -> list[Any]:
    return list(_mapping("values", value).values())


def _items(value: Any) -> list[Any]:
    return [[key, inner] for key, inner in _mapping("items", value).items()]


def _sum(value: Any) -> Any:
    elements = listed("sum", value)
    if type(elements) is range:
        # Gauss's: a range may have more numbers than there is time to add.
        return bounded(len(elements) * (elements[0] + elements[-1]) // 2) if elements else 0
    total: Any = 0
    for element in elements:
        if type(element) not in _NUMBERS:
            _refuse("sum", element, "a list of numbers")
        try:
            total += element
        except OverflowError:
            raise Failure("the sum is too large for a number") from None
        if type(total) is int and total.bit_length() > MOST_INTEGER_BITS:
            break
    return bounded(total)


def _min(*values: Any) -> Any:
    return _extreme("min", "<", values)


def _max(*values: Any) -> Any:
    return _extreme("max", ">", values)


def _extreme(name: str, symbol: str, values: tuple[Any, ...]) -> Any:
    elements: Sequence[Any] = values if len(values) > 1 else listed(name, values[0])
    if type(elements) is range and elements:
        elements = (elements[0], elements[-1])
    found: Any = None
    for number, element in enumerate(elements):
        if number == 0:
            ordered(symbol, element, element)  # an element alone that has no order is refused like two
            found = element
        elif ordered(symbol, element, found):
            found = element
    return found


def _unique(value: Any) -> list[Any]:
    seen: set[Any] = set()
    kept = []
    for element in _shorter("unique", value):
        key = frozen(element)
        if key not in seen:
            seen.add(key)
            kept.append(element)
    return kept


def _shorter(name: str, value: Any) -> Sequence[Any]:
    """The list, or a range that is short enough to be made one."""
    elements = listed(name, value)
    if type(elements) is range and len(elements) > MOST_ELEMENTS:
        raise Failure(f"`{name}` takes a range of at most {MOST_ELEMENTS:,} numbers, this has {len(elements):,}")
    return elements


def _join(value: Any, separator: Any = "") -> str:
    between = _text("join", separator)
    total = 0
    parts = []
    for element in _shorter("join", value):
        part = text_of(element)
        total += len(part) + len(between)
        if total > LARGEST + len(between):
            raise Failure(f"the string would have more than {LARGEST:,} characters")
        parts.append(part)
    return between.join(parts)


def _split(value: Any, separator: Any = None) -> list[str]:
    text = _text("split", value)
    if separator is not None and not _text("split", separator):
        raise Failure("`split` takes a separator that is not empty; without one it splits at white space")
    if len(text) > LARGEST:
        raise Failure(f"`split` takes a string of at most {LARGEST:,} characters, this has {len(text):,}")
    return text.split(separator)


def _lower(value: Any) -> str:
    return _cased("lower", value, str.lower)


def _upper(value: Any) -> str:
    return _cased("upper", value, str.upper)


def _cased(name: str, value: Any, change: Callable[[str], str]) -> str:
    text = _text(name, value)
    if len(text) > LARGEST:
        raise Failure(f"`{name}` takes a string of at most {LARGEST:,} characters, this has {len(text):,}")
    return change(text)


def _startswith(value: Any, part: Any) -> bool:
    return _text("startswith", value).startswith(_text("startswith", part))


def _endswith(value: Any, part: Any) -> bool:
    return _text("endswith", value).endswith(_text("endswith", part))


def _round(value: Any, digits: Any = None) -> Any:
    if type(value) not in _NUMBERS:
        _refuse("round", value, "a number")
    if digits is None:
        return round(value)
    if not -400 <= _whole("round", digits) <= 400:
        raise Failure("`round` takes between -400 and 400 digits")
    try:
        return bounded(round(value, digits))
    except OverflowError:
        raise Failure("the result is too large for a number") from None


def _int(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is bool or type(value) is float:
        return int(value)
    if type(value) is str and _INTEGER.fullmatch(value):
        return int(bounded(int(value)))
    if type(value) is str:
        raise Failure(
            f"{shown(value)} is no whole number" + (", `float(x)` reads it" if _NUMBER.fullmatch(value) else "")
        )
    _refuse("int", value, "a number, a boolean or a string")


def _float(value: Any) -> float:
    if type(value) is str:
        if not _NUMBER.fullmatch(value):
            raise Failure(f"{shown(value)} is no number")
    elif type(value) not in _NUMBERS and type(value) is not bool:
        _refuse("float", value, "a number, a boolean or a string")
    try:
        return float(bounded(float(value)))
    except OverflowError:
        raise Failure("the result is too large for a number") from None


def _bool(value: Any) -> bool:
    if type(value) is not str:
        return bool(value)
    truth = _TRUTH.get(value.strip().lower() if len(value) < 20 else value)
    if truth is None:
        raise Failure(f'{shown(value)} is neither `true` nor `false`; `x != ""` asks whether a string is empty')
    return truth


def _range(*bounds: Any) -> range:
    whole = [_whole("range", bound) for bound in bounds]
    if any(abs(bound) > _LARGEST_BOUND for bound in whole):
        raise Failure("`range` takes numbers below 2 to the power of 62")
    if len(whole) == 3 and whole[2] == 0:
        raise Failure("`range` takes a step that is not 0")
    found = range(*whole)
    if (found.stop - found.start) // found.step > _LARGEST_BOUND:
        raise Failure("the range is too long")
    return found


def _sort(value: Any) -> list[Any]:
    return in_order(list(_shorter("sort", value)), None)


def _any(value: Any) -> bool:
    return any(listed("any", value))


def _all(value: Any) -> bool:
    elements = listed("all", value)
    return 0 not in elements if type(elements) is range else all(elements)


_TABLE = (
    Function("length", "length(x)", "how many elements, keys or characters `x` has", 1, 1, _length, "little"),
    Function("default", "default(x, y)", "`x`, or `y` where anything in `x` is null or missing", 2, 2, None),
    Function("first", "first(x)", "the first element of `x`, null if there is none", 1, 1, _first, "little"),
    Function("last", "last(x)", "the last element of `x`, null if there is none", 1, 1, _last, "little"),
    Function("keys", "keys(x)", "the keys of a mapping, in its order", 1, 1, _keys),
    Function("values", "values(x)", "the values of a mapping, in its order", 1, 1, _values),
    Function("items", "items(x)", "the mapping as a list of `[key, value]`", 1, 1, _items),
    Function("sum", "sum(x)", "the sum of a list of numbers, 0 of an empty one", 1, 1, _sum),
    Function(
        "min", "min(x), min(a, b, …)", "the least of a list, or of the arguments; null of an empty list", 1, 99, _min
    ),
    Function(
        "max", "max(x), max(a, b, …)", "the greatest of a list, or of the arguments; null of an empty list", 1, 99, _max
    ),
    Function("unique", "unique(x)", "the list without repetitions, the first of each kept", 1, 1, _unique, "all"),
    Function(
        "join",
        'join(x, separator="")',
        "the elements as one string; those that are no strings as JSON",
        1,
        2,
        _join,
        "all",
    ),
    Function("split", "split(x, separator)", "the parts of a string; without a separator, its words", 1, 2, _split),
    Function("lower", "lower(x)", "the string in lower case", 1, 1, _lower),
    Function("upper", "upper(x)", "the string in upper case", 1, 1, _upper),
    Function("startswith", "startswith(x, part)", "whether the string begins with `part`", 2, 2, _startswith, "little"),
    Function("endswith", "endswith(x, part)", "whether the string ends with `part`", 2, 2, _endswith, "little"),
    Function("contains", "contains(x, y)", "the same as `y in x`", 2, 2, contains, "all"),
    Function(
        "round",
        "round(x, digits)",
        "the nearest whole number, or with so many digits; a half goes to the even one",
        1,
        2,
        _round,
    ),
    Function("int", "int(x)", "the whole number that a string says; of a number, without its fraction", 1, 1, _int),
    Function("float", "float(x)", "the number that a string says", 1, 1, _float),
    Function("str", "str(x)", "a string as it is, anything else as JSON", 1, 1, text_of, "all"),
    Function(
        "bool",
        "bool(x)",
        "whether `x` is true; of a string, what `true`, `false`, `1`, `0` say, and `false` if it is empty",
        1,
        1,
        _bool,
    ),
    Function("json", "json(x)", "`x` as compact JSON", 1, 1, compact, "all"),
    Function(
        "range",
        "range(stop), range(start, stop, step)",
        "whole numbers from `start` (0) up to but not with `stop`",
        1,
        3,
        _range,
    ),
    Function("now", "now()", "the time as seconds since 1970 (UTC), with a fraction", 0, 0, None),
    Function(
        "env",
        'env("NAME")',
        "a variable of the environment, null if it is not set; its name is written out",
        1,
        1,
        None,
    ),
    Function("where", "where(x, e)", "the elements for which `e` holds", 2, 2, None),
    Function("map", "map(x, e)", "what `e` gives for each element", 2, 2, None),
    Function("sort", "sort(x, e)", "the list in order, of `e` if there is one", 1, 2, _sort),
    Function(
        "any", "any(x, e)", "whether `e` holds for an element; without `e`, whether an element is true", 1, 2, _any
    ),
    Function("all", "all(x, e)", "whether `e` holds for all elements; without `e`, whether all are true", 1, 2, _all),
)

#: Every function by its name, in the order of the documentation.
FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE}
