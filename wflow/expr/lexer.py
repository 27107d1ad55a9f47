"""An expression's text as tokens. What is no token of the language is refused here, before Python's parser sees it."""

from __future__ import annotations

import keyword
import re
from typing import NamedTuple

from wflow.expr.failures import ExpressionSyntaxError

__all__ = ["LONGEST_SOURCE", "MOST_DEPTH", "Token", "tokenize"]

#: Characters that a source may have.
LONGEST_SOURCE = 4096

#: How deep brackets, and the tree made of them, may nest.
MOST_DEPTH = 50

# Every token but a comma makes a node or closes one, so that more tokens than this are always too many nodes.
_MOST_TOKENS = 2100


class Token(NamedTuple):
    """``kind`` is ``name``, ``key`` (after a dot), ``string``, ``number``, ``word`` (an operator in letters) or ``op``.
    ``value`` is the text, of a string what it stands for; ``offset`` counts characters into the source.
    """

    kind: str
    value: str
    offset: int


_SPACE = re.compile(r"[ \t\r\n]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY = re.compile(r"\w[\w-]*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_OPERATOR = re.compile(r"\*\*|//|<<|>>|<=|>=|==|!=|[-+*/%<>|()\[\]{},:]")
_PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_ESCAPE = re.compile(r"\\(?:([\\'\"/bfnrt])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HIGHEST = 0x10FFFF

_WORDS = frozenset({"and", "or", "not", "in", "if", "else"})
_NO_WORDS = frozenset(keyword.kwlist) - _WORDS
_CURES = {
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `null`",
    "is": "write `==`, or `x == null`",
    "=": "write `==` to compare",
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "<>": "write `!=`",
    "===": "write `==`",
    "?": "write `x if condition else y`",
    "&": "write `and`",
    "#": "put comments into YAML, above the key",
    "${{": "this key takes the expression bare: leave out `${{` and `}}`",
}
_UNKNOWN = re.compile(r"\$\{\{|&&|\|\||===|<>|:=|.", re.DOTALL)
_PAIRS = {")": "(", "]": "[", "}": "{"}


def tokenize(source: str) -> list[Token]:
    """The tokens of ``source``; at least one. A minus right after a dotted name belongs to the name.

    Raises ExpressionSyntaxError for what is no part of the language, brackets that do not match or nest deeper than
    50, a source longer than 4,096 characters or without any token.
    """
    if len(source) > LONGEST_SOURCE:
        raise ExpressionSyntaxError(
            source,
            f"it has {len(source):,} characters, {LONGEST_SOURCE:,} are the most",
            0,
            cure="let a python node compute it",
        )
    tokens: list[Token] = []
    opened: list[Token] = []
    position, end = 0, len(source)
    while position < end:
        space = _SPACE.match(source, position)
        if space is not None:
            position = space.end()
            continue
        token, position = _next(source, position, tokens[-1] if tokens else None)
        if token.kind == "op" and token.value in "()[]{}":
            _nest(source, token, opened)
        tokens.append(token)
    if not tokens:
        raise ExpressionSyntaxError(source, "it is empty", 0, cure="write `null` if nothing is meant")
    if opened:
        raise ExpressionSyntaxError(source, f"`{opened[-1].value}` is never closed", opened[-1].offset)
    if len(tokens) > _MOST_TOKENS:
        raise ExpressionSyntaxError(
            source, "it has too many parts", tokens[_MOST_TOKENS].offset, cure="let a python node compute it"
        )
    return tokens


def _nest(source: str, token: Token, opened: list[Token]) -> None:
    if token.value in "([{":
        opened.append(token)
        if len(opened) > MOST_DEPTH:
            raise ExpressionSyntaxError(source, f"it is nested deeper than {MOST_DEPTH}", token.offset)
    elif not opened or opened[-1].value != _PAIRS[token.value]:
        raise ExpressionSyntaxError(source, f"`{token.value}` closes nothing that is open", token.offset)
    else:
        opened.pop()


def _next(source: str, position: int, before: Token | None) -> tuple[Token, int]:
    """The token at ``position``, and the position after it."""
    char = source[position]
    if char == "." and _has_value(before):
        return _key(source, position)
    name = _NAME.match(source, position)
    if name is not None:
        return _name(source, position, name[0])
    number = _NUMBER.match(source, position)
    if number is not None:
        return _number(source, position, number[0])
    if char in "\"'":
        if before is not None and before.kind == "string":
            raise ExpressionSyntaxError(
                source, "two strings stand side by side", position, cure="write `+` or `,` between them"
            )
        return _string(source, position)
    odd = _UNKNOWN.match(source, position)
    operator = _OPERATOR.match(source, position)
    if operator is not None and (odd is None or len(odd[0]) == 1):
        return Token("op", operator[0], position), operator.end()
    found = odd[0] if odd is not None else char
    shown = found if found.isprintable() else f"U+{ord(found):04X}"
    raise ExpressionSyntaxError(source, f"`{shown}` is no part of the language", position, cure=_CURES.get(found))


def _has_value(before: Token | None) -> bool:
    return before is not None and (
        before.kind in {"name", "key", "string"} or (before.kind == "op" and before.value in ")]}")
    )


def _key(source: str, position: int) -> tuple[Token, int]:
    key = _KEY.match(source, position + 1)
    if key is None:
        raise ExpressionSyntaxError(
            source, "a name is missing after the dot", position, cure='a key of any other kind is written `["the key"]`'
        )
    return Token("key", key[0], position), key.end()


def _name(source: str, position: int, name: str) -> tuple[Token, int]:
    after = position + len(name)
    if name in _NO_WORDS:
        raise ExpressionSyntaxError(source, f"`{name}` is no part of the language", position, cure=_CURES.get(name))
    following = source[after : after + 1]
    if following and not following.isascii() and (following.isalnum() or following == "_"):
        raise ExpressionSyntaxError(
            source, "a name has letters of ASCII, digits and `_`", after, cure='write `input["the key"]` for any other'
        )
    return Token("word" if name in _WORDS else "name", name, position), after


def _number(source: str, position: int, number: str) -> tuple[Token, int]:
    after = position + len(number)
    following = source[after : after + 1]
    if following and (following.isalnum() or following in "_."):
        raise ExpressionSyntaxError(source, f"`{number}{following}` is no number", position)
    if len(number) > 1 and number[0] == "0" and number.isdigit():
        raise ExpressionSyntaxError(source, f"`{number}` is no number", position, cure="leave out the leading zeros")
    return Token("number", number, position), after


def _string(source: str, start: int) -> tuple[Token, int]:
    quote = source[start]
    plain = _PLAIN[quote]
    parts: list[str] = []
    position = start + 1
    while True:
        run = plain.match(source, position)
        assert run is not None, "the pattern also matches nothing"
        parts.append(run[0])
        position = run.end()
        if position >= len(source):
            raise ExpressionSyntaxError(source, f"the string is never closed with `{quote}`", start)
        if source[position] == quote:
            break
        escape = _ESCAPE.match(source, position)
        if escape is None:
            raise ExpressionSyntaxError(
                source, "a backslash stands before what it cannot escape", position, cure="write `\\\\` for a backslash"
            )
        parts.append(_unescaped(source, escape))
        position = escape.end()
    value = "".join(parts)
    if any("\ud800" <= char <= "\udfff" for char in value):
        try:  # JSON writes a character beyond U+FFFF as two escapes
            value = value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise ExpressionSyntaxError(source, "the string holds half a character (a lone surrogate)", start) from None
    return Token("string", value, start), position + 1


def _unescaped(source: str, escape: re.Match[str]) -> str:
    if escape[1] is not None:
        return _ESCAPED.get(escape[1], escape[1])
    code = int(escape[2] or escape[3] or escape[4], 16)
    if code > _HIGHEST:
        raise ExpressionSyntaxError(source, "there is no character of that number", escape.start())
    return chr(code)
