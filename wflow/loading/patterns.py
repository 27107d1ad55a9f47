"""Regular expressions that a file brings along: those that could run for ever run where they can be stopped."""

from __future__ import annotations

import re
import sys
from typing import Any

__all__ = ["matches", "pattern_fault"]

#: Steps that a match may need in this process, and the seconds that it may take in another.
_STEPS = 1_000_000
_SECONDS = 1.0
_SEARCH = "import re, sys; data = sys.stdin.read().split(chr(0), 1); sys.exit(0 if re.search(*data) else 3)"


def pattern_fault(pattern: str) -> str | None:
    """Why ``pattern`` is no regular expression, as the end of a sentence; None where it is one."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"is no regular expression: {error.msg}"
    except (RecursionError, OverflowError, ValueError):
        return "is too complex"
    return None if "\0" not in pattern else "has a NUL in it"


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` is found in ``text``. Raises TimeoutError when that takes longer than a second.

    n repeats of single characters need at most as many steps as the length of the text to the power n + 1. What may
    need more, and what repeats a group, is searched for in a process of its own.
    """
    repeats = _repeats(pattern)
    if repeats is not None and len(text) ** (repeats + 1) <= _STEPS:
        return re.search(pattern, text) is not None
    return _searched_apart(pattern, text)


def _searched_apart(pattern: str, text: str) -> bool:
    import subprocess

    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", _SEARCH],
            input=f"{pattern}\0{text}".encode(),
            timeout=_SECONDS,
            check=False,
            capture_output=True,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError("the pattern takes too long") from None
    return ended.returncode == 0


def _repeats(pattern: str) -> int | None:
    """How many repeats a pattern has; None where one of them is of more than single characters."""
    # The parser of `re` itself: what it makes of a pattern is what will run.
    from re import _parser  # type: ignore[attr-defined]

    return _counted(_parser.parse(pattern))


def _counted(tree: Any) -> int | None:
    count = 0
    for operator, argument in tree:
        if "REPEAT" in str(operator):
            if len(argument[2]) != 1 or str(argument[2][0][0]) not in ("LITERAL", "NOT_LITERAL", "IN", "ANY"):
                return None
            count += argument[0] != argument[1]
            continue
        if "GROUPREF" in str(operator):
            return None
        for part in _parts(argument):
            below = _counted(part)
            if below is None:
                return None
            count += below
    return count


def _parts(argument: Any) -> list[Any]:
    """The sub-patterns in an operator's argument, whatever its shape."""
    if hasattr(argument, "data"):
        return [argument]
    if isinstance(argument, tuple | list):
        return [part for item in argument for part in _parts(item)]
    return []
