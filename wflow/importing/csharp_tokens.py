"""C# text cut into tokens: enough of the language to read expressions, and to find what a script reads and writes."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["CSharpFault", "Token", "tokenize"]


class CSharpFault(ValueError):
    """The text is beyond what is understood here; ``offset`` is where."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Token(NamedTuple):
    """``kind`` is ``name``, ``string``, ``char``, ``number``, ``interpolated`` or ``sign``; ``text`` is as written,
    ``value`` what a literal stands for. ``start`` and ``end`` count characters into the text.
    """

    kind: str
    text: str
    value: str | int | float
    start: int
    end: int


_SKIP = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME = re.compile(r"@?[^\W\d]\w*")
_NUMBER = re.compile(
    r"0[xX](?P<hex>[0-9a-fA-F_]+)[uUlL]*|0[bB](?P<bin>[01_]+)[uUlL]*"
    r"|(?P<real>(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?[fFdDmM]?|\d[\d_]*(?:[eE][+-]?\d+[fFdDmM]?|[fFdDmM]))"
    r"|(?P<whole>\d[\d_]*)(?P<suffix>[uUlL]*)"
)
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_VERBATIM = re.compile(r'@"((?:[^"]|"")*)"')
_RAW = re.compile(r'"{3,}')
_CHAR = re.compile(r"'((?:[^'\\\n]|\\.[0-9a-fA-F]*))'")
_INTERPOLATED = re.compile(r'\$@?"|@\$"')
_SIGN = re.compile(r"=>|\?\?=?|\?\.|&&|\|\||==|!=|<=|>=|\+\+|--|->|::|[-+*/%&|^]=|<<|[-+*/%<>=!~&|^?:;,.(){}\[\]#$@\\]")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,4})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


def tokenize(text: str) -> list[Token]:
    """The tokens of the text, comments left out. Raises CSharpFault for what is none."""
    tokens: list[Token] = []
    at = 0
    while True:
        skipped = _SKIP.match(text, at)
        at = skipped.end() if skipped else at
        if at >= len(text):
            return tokens
        token = _one(text, at)
        tokens.append(token)
        at = token.end


def _one(text: str, at: int) -> Token:
    if text.startswith("/*", at):
        raise CSharpFault("this comment does not end", at)
    if match := _INTERPOLATED.match(text, at):
        end = _end_of_interpolated(text, match.end(), verbatim="@" in match[0])
        return Token("interpolated", text[at:end], "", at, end)
    if match := _RAW.match(text, at):
        close = text.find(match[0], match.end())
        if close < 0:
            raise CSharpFault("this string does not end", at)
        end = close + len(match[0])
        return Token("string", text[at:end], text[match.end() : close], at, end)
    if match := _VERBATIM.match(text, at):
        return Token("string", match[0], match[1].replace('""', '"'), at, match.end())
    if match := _STRING.match(text, at):
        return Token("string", match[0], _unescaped(match[1]), at, match.end())
    if match := _CHAR.match(text, at):
        return Token("char", match[0], _unescaped(match[1]), at, match.end())
    if match := _NAME.match(text, at):
        return Token("name", match[0], match[0].removeprefix("@"), at, match.end())
    if match := _NUMBER.match(text, at):
        return Token("number", match[0], _number(match), at, match.end())
    if match := _SIGN.match(text, at):
        return Token("sign", match[0], match[0], at, match.end())
    raise CSharpFault("this is no C#", at)


def _number(match: re.Match[str]) -> int | float:
    if match["hex"]:
        return int(match["hex"].replace("_", ""), 16)
    if match["bin"]:
        return int(match["bin"].replace("_", ""), 2)
    if match["real"]:
        return float(match["real"].rstrip("fFdDmM").replace("_", ""))
    return int(match["whole"].replace("_", ""))


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code:
            number = int(code, 16)
            return chr(number) if number < 0x110000 else "\ufffd"
        return _ESCAPED.get(match[4], match[4])

    return _ESCAPE.sub(one, text)


def _end_of_interpolated(text: str, at: int, *, verbatim: bool) -> int:
    """Where an interpolated string ends; the expressions in it may hold strings of their own."""
    depth = 0
    while at < len(text):
        character = text[at]
        if depth == 0 and character == "\\" and not verbatim:
            at += 2
            continue
        if depth == 0 and character == '"':
            if verbatim and text.startswith('""', at):
                at += 2
                continue
            return at + 1
        if character in "{}" and text[at + 1 : at + 2] == character and depth == 0:
            at += 2
            continue
        if depth and character == '"':
            inner = _STRING.match(text, at)
            if inner is None:
                break
            at = inner.end()
            continue
        depth += (character == "{") - (character == "}")
        at += 1
    raise CSharpFault("this string does not end", at)
