"""``${{ expression }}`` within text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from wflow.errors import ExpressionError
from wflow.expr.expression import NO_ENV, Expression, compile_expression
from wflow.expr.failures import ExpressionSyntaxError, Failure
from wflow.expr.references import Reference
from wflow.expr.values import LARGEST, plain, text_of

__all__ = ["Part", "Template", "compile_template", "has_template", "parts_of", "render"]

_OPEN = re.compile(r"\$?\$\{\{")
# What a closing pair may hide behind: a string, or the braces of a mapping.
_INSIDE = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[{}]|[^\"'{}]+|[\"']", re.DOTALL)


class Part(NamedTuple):
    """A piece of a template: literal text, or (``is_source``) an expression's source, at ``offset`` characters."""

    text: str
    is_source: bool
    offset: int


def has_template(text: str) -> bool:
    """Whether the text holds a ``${{`` that is not escaped as ``$${{``."""
    return "${{" in text and any(len(found[0]) == 3 for found in _OPEN.finditer(text))


def parts_of(text: str) -> Iterator[Part]:
    """The pieces of a template in order, with ``$${{`` made ``${{`` in literal text.

    Raises ExpressionSyntaxError, with the offset into ``text``, for a ``${{`` that is never closed.
    """
    position = 0
    while True:
        found = _OPEN.search(text, position)
        if found is None:
            break
        if found.start() > position:
            yield Part(text[position : found.start()], False, position)
        if len(found[0]) == 4:
            yield Part("${{", False, found.start())
            position = found.end()
            continue
        end = _end_of(text, found)
        yield Part(text[found.end() : end], True, found.end())
        position = end + 2
    if position < len(text):
        yield Part(text[position:], False, position)


def _end_of(text: str, opening: re.Match[str]) -> int:
    """Where the ``}}`` stands that closes ``opening``."""
    depth = 0
    position = opening.end()
    while (inner := _INSIDE.match(text, position)) is not None:
        if inner[0] == "{":
            depth += 1
        elif inner[0] == "}":
            if depth == 0 and text.startswith("}}", position):
                return position
            depth = max(0, depth - 1)
        position = inner.end()
    raise ExpressionSyntaxError(
        text, "`${{` is never closed with `}}`", opening.start(), cure="`$${{` stands for `${{` itself"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A compiled template. `compile_template` makes it.

    ``constant`` is true where the text holds no expression; ``references`` and ``env_names`` are those of all its
    expressions, offsets counted into the whole text.
    """

    source: str
    constant: bool
    references: tuple[Reference, ...]
    env_names: frozenset[str]
    _parts: tuple[str | Expression, ...] = field(repr=False)

    def evaluate(self, names: Mapping[str, Any], *, now: float = 0.0, env: Mapping[str, str] = NO_ENV) -> Any:
        """The value: of a text that is one ``${{ expression }}`` and nothing else, the expression's, whatever its type
        (a range as a list); else a string, with strings as they are and everything else as compact JSON.

        The arguments are those of `Expression.evaluate`. Raises ExpressionError, also for text of more than 1 MB.
        """
        parts = self._parts
        try:
            if len(parts) == 1:
                only = parts[0]
                return only if isinstance(only, str) else plain(only.evaluate(names, now=now, env=env))
            room = LARGEST
            texts = []
            for part in parts:
                text = part if isinstance(part, str) else text_of(part.evaluate(names, now=now, env=env))
                room -= len(text)
                if room < 0:
                    raise Failure(f"the text would have more than {LARGEST:,} characters")
                texts.append(text)
        except Failure as failure:
            raise ExpressionError(_shortened(self.source), failure.reason) from None
        except RecursionError:
            raise ExpressionError(_shortened(self.source), "a value is nested too deep") from None
        return "".join(texts)


def _shortened(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


@lru_cache(maxsize=2048)
def compile_template(text: str) -> Template:
    """The template that ``text`` says; text without ``${{`` is one too, and stands for itself.

    Raises ExpressionSyntaxError, with the offset into ``text``, for an expression in it that cannot be read.
    """
    parts: list[str | Expression] = []
    references: list[Reference] = []
    env_names: set[str] = set()
    for part in parts_of(text):
        if not part.is_source:
            if parts and isinstance(parts[-1], str):
                parts[-1] += part.text
            else:
                parts.append(part.text)
            continue
        try:
            expression = compile_expression(part.text)
        except ExpressionSyntaxError as error:
            raise ExpressionSyntaxError(
                part.text.strip(), error.reason, part.offset + error.offset, cure=error.cure, code=error.code
            ) from None
        parts.append(expression)
        references.extend(ref._replace(offset=part.offset + ref.offset) for ref in expression.references)
        env_names |= expression.env_names
    constant = all(isinstance(part, str) for part in parts)
    return Template(text, constant, tuple(references), frozenset(env_names), tuple(parts or [""]))


def render(value: Any, names: Mapping[str, Any], *, now: float = 0.0, env: Mapping[str, str] = NO_ENV) -> Any:
    """A JSON tree with every string in it evaluated as a template; keys are left as they are.

    Lists and mappings are new; a string's value is what `Template.evaluate` says. Raises ExpressionError, and
    ExpressionSyntaxError for a template that cannot be read.
    """
    if isinstance(value, str):
        return compile_template(value).evaluate(names, now=now, env=env) if "${{" in value else value
    if isinstance(value, Mapping):
        return {key: render(inner, names, now=now, env=env) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [render(inner, names, now=now, env=env) for inner in value]
    return value
