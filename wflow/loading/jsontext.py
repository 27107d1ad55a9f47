"""JSON text to plain values, by the same rules as YAML: no key twice, no NaN, no half characters, no endless depth."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from wflow.loading.positions import Token
from wflow.loading.refusal import MAX_DEPTH, Found, Refused
from wflow.loading.scalars import MAX_DIGITS
from wflow.model.diagnostics import Diagnostic
from wflow.model.plenty import MAX_PROBLEMS

__all__ = ["json_tokens", "parse_json"]

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(rf"[{{}}\[\],]|{_STRING}|[^\s,:{{}}\[\]\"]+", re.DOTALL)
_BRACKET = re.compile(rf"{_STRING}|[{{}}\[\]]", re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def parse_json(text: str, found: list[Found]) -> Any:
    """The value of ``text``; the first of two equal keys stands. What is wrong but leaves a value (a duplicate key, a
    number that is none) goes to ``found``. Raises Refused where ``text`` is no JSON.
    """
    if not text.strip():
        raise Refused("empty-file", "the file is empty", cure="`wflow schema` says what a workflow holds")
    _measure(text)
    wrong = _Wrong()
    try:
        value = json.loads(
            text,
            object_pairs_hook=wrong.pairs,
            parse_int=wrong.integer,
            parse_float=wrong.decimal,
            parse_constant=wrong.constant,
        )
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise Refused("json-syntax", message, error.lineno, error.colno) from None
    except RecursionError:
        raise Refused("too-deep", _TOO_DEEP) from None
    if wrong.anything or "\\ud" in text or "\\uD" in text:
        _report(text, found)
    return value


_TOO_DEEP = f"more than {MAX_DEPTH} mappings and lists stand inside each other"


def _measure(text: str) -> None:
    depth = 0
    for match in _BRACKET.finditer(text):
        bracket = match[0]
        if bracket in ("{", "["):
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                raise Refused("too-deep", _TOO_DEEP, line, match.start() - text.rfind("\n", 0, match.start()))
        elif bracket in ("}", "]"):
            depth -= 1


class _Wrong:
    """Remembers that something is wrong; where it is `_report` finds out."""

    anything = False

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self.anything = True
            value = dict(reversed(pairs))
            value = {key: value[key] for key, _ in pairs}
        return value

    def integer(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            self.anything = True
            return 0
        return int(digits)

    def decimal(self, digits: str) -> float:
        number = float(digits)
        if math.isinf(number):
            self.anything = True
            return 0.0
        return number

    def constant(self, name: str) -> float:
        del name
        self.anything = True
        return 0.0


def json_tokens(text: str) -> Iterator[Token]:
    """The tokens of a text that is known to be JSON."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    for match in _TOKEN.finditer(text):
        word, index = match[0], match.start()
        if word == ",":
            continue
        line = bisect_right(starts, index) - 1
        if word in ("{", "}", "[", "]"):
            yield Token(word, "", line, index - starts[line], index)
        elif word[0] == '"':
            yield Token("s", json.loads(word, strict=False), line, index - starts[line], index, '"')
        else:
            yield Token("s", word, line, index - starts[line], index)


def _report(text: str, found: list[Found]) -> None:
    # For each open mapping the keys so far, None for a list; and whether a key comes next.
    stack: list[set[str] | None] = []
    key_next = False
    for token in json_tokens(text):
        if len(found) >= MAX_PROBLEMS:
            return
        if token.kind in "}]":
            stack.pop()
            key_next = bool(stack) and stack[-1] is not None
            continue
        keys = stack[-1] if stack else None
        if keys is not None and key_next:
            _check_key(token, keys, found)
            key_next = False
            continue
        if token.kind in "{[":
            stack.append(set() if token.kind == "{" else None)
            key_next = token.kind == "{"
            continue
        _check_scalar(token, found)
        key_next = keys is not None


def _check_key(token: Token, keys: set[str], found: list[Found]) -> None:
    if token.value in keys:
        message = f"the key `{token.value[:40]}` stands here twice"
        _note(token, "duplicate-key", message, "remove one, or rename it", found)
    keys.add(token.value)
    _check_scalar(token, found)


def _check_scalar(token: Token, found: list[Found]) -> None:
    if token.style:
        if _SURROGATE.search(token.value):
            _note(
                token,
                "bad-character",
                "an escape stands for half a character (a lone surrogate)",
                "write the character itself",
                found,
            )
        return
    word = token.value
    if word in ("NaN", "Infinity", "-Infinity"):
        _note(token, "bad-number", f"`{word}` is no number that JSON has", "write it as text, in quotes", found)
    elif word.lstrip("-").isdigit():
        if len(word) > MAX_DIGITS:
            message = f"a number of {len(word):,} digits is too large; {MAX_DIGITS:,} are the most"
            _note(token, "bad-number", message, "write it as text, in quotes", found)
    elif word[0] in "-0123456789" and math.isinf(float(word)):
        message = f"`{word[:40]}` is too large for a number"
        _note(token, "bad-number", message, "write it as text, in quotes", found)


def _note(token: Token, code: str, message: str, cure: str | None, found: list[Found]) -> None:
    diagnostic = Diagnostic(code=code, message=message, cure=cure)
    found.append(Found(diagnostic, token.line + 1, token.column + 1))
