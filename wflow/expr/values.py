"""JSON values as expressions see them: what kind they are, how large, how they read, and when two are equal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wflow.expr.failures import Failure
from wflow.expr.parse import MOST_INTEGER_BITS

__all__ = [
    "LARGEST",
    "MOST_ELEMENTS",
    "compact",
    "equal",
    "frozen",
    "kind_of",
    "plain",
    "shown",
    "text_of",
    "weigh",
]

#: The largest result that an expression may build: characters of a string, or of a list or mapping as compact JSON.
LARGEST = 1_048_576

#: Elements in a list that an expression builds: an element and its comma are two characters at least.
MOST_ELEMENTS = LARGEST // 2

_SHOWN = 80
_KINDS: dict[type[Any], str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "a mapping",
    range: "a range",
}
_LISTS = (list, range)
_SCALARS = frozenset({type(None), bool, int, float, str})


def kind_of(value: Any) -> str:
    """What the value is, with its article: ``null``, ``a boolean``, ``a number``, ``a string``, ``a list``, ..."""
    found = _KINDS.get(type(value))
    if found is None:
        found = "a mapping" if isinstance(value, Mapping) else f"a {type(value).__name__}"
    return found


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same JSON: ``1`` and ``1.0`` are, ``true`` and ``1`` are not, at any depth."""
    kind = type(left)
    if kind is type(right) and kind in _SCALARS:
        return bool(left == right)
    if kind in _SCALARS or type(right) in _SCALARS:
        return kind is not bool and type(right) is not bool and bool(left == right)
    if isinstance(left, _LISTS) and isinstance(right, _LISTS):
        return len(left) == len(right) and all(equal(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(key in right and equal(left[key], right[key]) for key in left)
    return False


def frozen(value: Any) -> Any:
    """Something hashable that is the same for values that are `equal`, and for no others."""
    kind = type(value)
    if kind is bool:
        return (bool, value)
    if kind in _SCALARS:
        return value
    if isinstance(value, Mapping):
        return (dict, frozenset((key, frozen(inner)) for key, inner in value.items()))
    return (list, tuple(frozen(inner) for inner in value))


def weigh(value: Any, limit: int) -> int:
    """About how many characters the value has as compact JSON. Stops counting once that is more than ``limit``."""
    total = 0
    pending = [value]
    while pending and total <= limit:
        value = pending.pop()
        kind = type(value)
        if kind is str:
            total += len(value) + 2
        elif kind is list or kind is range:
            total += 1 + len(value)
            if total <= limit:
                pending.extend(value)
        elif isinstance(value, Mapping):
            total += 1 + 2 * len(value)
            if total <= limit:
                pending.extend(value)
                pending.extend(value.values())
        elif kind is int:
            total += 1 + value.bit_length() * 3 // 10
        else:
            total += 4
    return total


def compact(value: Any) -> str:
    """The value as compact JSON. Raises Failure for more than 1 MB of it, and for what is no JSON."""
    if type(value) not in _SCALARS:
        if weigh(value, LARGEST) > LARGEST:
            raise Failure(f"as text the value would have more than {LARGEST:,} characters")
        value = _unranged(value)
    elif type(value) is int and value.bit_length() > MOST_INTEGER_BITS:
        raise Failure(f"the number has more than {MOST_INTEGER_BITS:,} bits")
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Failure(f"the value is no JSON: {error}") from None


def text_of(value: Any) -> str:
    """The value as it stands within a longer text: strings as they are, everything else as compact JSON."""
    return value if type(value) is str else compact(value)


def _unranged(value: Any) -> Any:
    if type(value) is range:
        return list(value)
    if type(value) is list:
        return [_unranged(inner) if type(inner) not in _SCALARS else inner for inner in value]
    if isinstance(value, Mapping):
        return {key: _unranged(inner) if type(inner) not in _SCALARS else inner for key, inner in value.items()}
    return value


def plain(value: Any) -> Any:
    """The value with a range made a list of its own; anything else as it is. Raises Failure for too long a range."""
    if type(value) is not range:
        return value
    if len(value) > MOST_ELEMENTS:
        raise Failure(f"the range has {len(value):,} numbers, a list has at most {MOST_ELEMENTS:,}")
    return list(value)


def shown(value: Any) -> str:
    """The value as about 80 characters of JSON, for a message: cut off with ``…``. Never fails, whatever it is."""
    text = _shown(value, _SHOWN)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _shown(value: Any, room: int) -> str:
    kind = type(value)
    if room <= 0:
        return "…"
    if kind is str:
        return json.dumps(value[: room + 1], ensure_ascii=False)
    if kind is int and value.bit_length() > MOST_INTEGER_BITS:
        return f"a number of {value.bit_length():,} bits"
    if kind is range:
        return f"range({value.start}, {value.stop}, {value.step})"[:_SHOWN]
    mapping = isinstance(value, Mapping)
    if not mapping and kind is not list:
        return json.dumps(value) if kind in _SCALARS else kind_of(value)
    parts: list[str] = []
    for entry in value.items() if mapping else value:
        part = f"{_shown(entry[0], room)}:{_shown(entry[1], room // 2)}" if mapping else _shown(entry, room - 1)
        parts.append(part)
        room -= len(part) + 1
        if room <= 0:
            break
    inside = ",".join(parts)
    return f"{{{inside}}}" if mapping else f"[{inside}]"
