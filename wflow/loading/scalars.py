"""What a plain word of YAML stands for: the core schema of YAML 1.2 (section 10.3.2), and nothing more.

A date stays text, ``yes`` and ``0x`` alone stay text, ``0o17`` is fifteen. Numbers that JSON has no word for (``.nan``,
``.inf``, 1e999) and integers above `MAX_DIGITS` digits are refused.
"""

from __future__ import annotations

import math
import re
from typing import Any

__all__ = ["MAX_DIGITS", "NumberRefused", "plain", "tagged"]

#: Digits an integer may have; expressions stop at 4,096 bits, which is the same length.
MAX_DIGITS = 1233

_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_NUMERIC = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TAG = "tag:yaml.org,2002:"


class NumberRefused(ValueError):
    """A number that JSON cannot say; ``str()`` is the sentence for the user."""


def plain(text: str) -> Any:
    """The value of a plain scalar without a tag: None, bool, int, float, or the text itself. Raises NumberRefused."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise NumberRefused(f"`{_short(text)}` is too large for a number")
        return number
    if _OCTAL.fullmatch(text):
        return _integer(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return _integer(text[2:], 16)
    if _NOT_FINITE.fullmatch(text):
        raise NumberRefused(f"`{text}` is no number that JSON has")
    return text


def tagged(text: str, tag: str) -> Any:
    """The value of a scalar under one of YAML's own tags. Raises ValueError where the text is none of that kind,
    KeyError where the tag is no scalar tag of the core schema.
    """
    if tag in ("!", _TAG + "str"):
        return text
    wanted = {"null": type(None), "bool": bool, "int": int, "float": float}[tag.removeprefix(_TAG)]
    value = plain(text)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ValueError(f"`{_short(text)}` is not what its tag `!!{tag.removeprefix(_TAG)}` says")
    return value


def _integer(digits: str, base: int) -> int:
    if len(digits) > MAX_DIGITS:
        raise NumberRefused(f"a number of {len(digits):,} digits is too large; {MAX_DIGITS:,} are the most")
    return int(digits, base)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
