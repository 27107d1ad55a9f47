"""Looking into values: ``.key``, ``["key"]``, ``[0]``, ``[1:3]``. Never an attribute."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from wflow.expr.failures import Absent, Failure
from wflow.expr.values import kind_of, shown
from wflow.model.nearest import did_you_mean

__all__ = ["look", "look_up_root", "path_of", "sliced"]

_SEQUENCES = (list, range, str)
_DOTTED = re.compile(r"\w[\w-]*")


def path_of(root: str, keys: tuple[str | int, ...]) -> str:
    """A reference as one would write it: ``nodes.load.output["odd key"][0]``."""
    parts = [root]
    for key in keys:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _DOTTED.fullmatch(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{shown(key)}]")
    return "".join(parts)


def look_up_root(names: Mapping[str, Any], root: str) -> Any:
    """What ``root`` stands for. Raises Absent where the place where the expression stands has no such name."""
    try:
        return names[root]
    except KeyError:
        raise Absent(lambda: _with_cure(f"there is no `{root}` here", did_you_mean(root, names))) from None


def _with_cure(reason: str, cure: str | None) -> str:
    return reason if cure is None else f"{reason}; {cure}"


def look(value: Any, key: Any, path: Callable[[], str]) -> Any:
    """What ``value`` holds under ``key``; null when it is null. ``path`` names the value in messages.

    Raises Absent where there is no such key or element, Failure where the value cannot be looked into like that.
    """
    if value is None:
        return None
    if isinstance(value, Mapping):
        if type(key) is str:
            if key in value:
                return value[key]
            raise Absent(lambda: _no_key(value, key, path()))
    elif isinstance(value, _SEQUENCES):
        if type(key) is int:
            if -len(value) <= key < len(value):
                return value[key]
            raise Absent(lambda: f"{path()} has no element {key}, it has {len(value):,}")
    else:
        raise Failure(lambda: f"{path()} is {kind_of(value)}, which has no parts ({shown(key)} was looked for)")
    if key is None:
        raise Absent(lambda: f"{path()} is {kind_of(value)}, and what was to be looked up in it is null")
    raise Failure(lambda: _wrong_key(value, key, path()))


def _wrong_key(value: Any, key: Any, path: str) -> str:
    if type(key) is str:
        hint = f": write `[{key}]`" if key.isdecimal() else ", `| map(it.key)` takes a key of each element"
        return f"{path} is {kind_of(value)} and has no key {shown(key)}; its elements have numbers{hint}"
    wanted = "strings" if isinstance(value, Mapping) else "whole numbers"
    return f"{path} is {kind_of(value)}; its keys are {wanted}, {shown(key)} is {kind_of(key)}"


def _no_key(value: Mapping[str, Any], key: str, path: str) -> str:
    reason = f"{path} has no key `{key if len(key) <= 80 else key[:79] + '…'}`"
    if "-" in key and key.split("-", 1)[0] in value:
        return f"{reason}; a minus after a dotted name needs a space before it"
    return f"{reason}; it is empty" if not value else _with_cure(reason, did_you_mean(key, value))


def sliced(value: Any, lower: Any, upper: Any, step: Any) -> Any:
    """The elements of a list, range or string from ``lower`` up to ``upper``, every ``step``; null when it is null.

    Raises Failure for any other value, bounds that are no whole numbers, and a step of 0.
    """
    if value is None:
        return None
    if not isinstance(value, _SEQUENCES):
        raise Failure(f"{kind_of(value)} cannot be sliced")
    for bound in (lower, upper, step):
        if bound is not None and type(bound) is not int:
            raise Failure(f"the bounds of a slice are whole numbers, {shown(bound)} is {kind_of(bound)}")
    if step == 0:
        raise Failure("the step of a slice is not 0")
    return value[lower:upper:step]
