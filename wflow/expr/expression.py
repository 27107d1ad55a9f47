"""`Expression`: a source compiled once, evaluated as often as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from wflow.errors import ExpressionError
from wflow.expr.calls import call_problems
from wflow.expr.compile import compile_tree
from wflow.expr.failures import ExpressionSyntaxError, Failure
from wflow.expr.frame import MOST_STEPS, Step
from wflow.expr.growth import bounded_result, builds
from wflow.expr.lookup import look, path_of
from wflow.expr.parse import parse
from wflow.expr.references import Reference, references_of
from wflow.expr.values import shown

__all__ = ["NO_ENV", "Expression", "compile_expression", "compile_value", "evaluation_error"]

#: The environment of an evaluation that is given none.
NO_ENV: Mapping[str, str] = MappingProxyType({})

_MOST_VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression. `compile_expression` and `compile_value` make it.

    ``references`` are the names that it refers to, with the constant keys after them; ``env_names`` the variables of
    the environment that it reads. Evaluation changes nothing, and may go on in several threads at once.
    """

    source: str
    references: tuple[Reference, ...]
    env_names: frozenset[str]
    _run: Step = field(repr=False)
    _once: bool = field(repr=False, default=False)
    _loops: bool = field(repr=False, default=False)
    _finish: Callable[[Any], Any] | None = field(repr=False, default=None)

    def evaluate(self, names: Mapping[str, Any], *, now: float = 0.0, env: Mapping[str, str] = NO_ENV) -> Any:
        """The expression's value: JSON, or a ``range`` where the expression gives one.

        ``names`` holds what each root name stands for, JSON values; it is asked for the roots that are needed only,
        once for each. ``now`` is seconds since the epoch, what ``now()`` gives; ``env`` is what ``env(…)`` looks into.
        The value may share lists and mappings with ``names``: it is to be read, not changed.
        Raises ExpressionError with the reason and the values of the references.
        """
        if self._once:
            names = _Once(names)
        try:
            value = self._run((names, now, env, None, [MOST_STEPS] if self._loops else None))
            return value if self._finish is None else self._finish(value)
        except Failure as failure:
            raise evaluation_error(self.source, failure.reason, self.references, names) from None
        except RecursionError:
            reason = "a value is nested too deep"
            raise evaluation_error(self.source, reason, (), names) from None


class _Once(Mapping[str, Any]):
    """Names that are asked for once each, however often an expression has them: making one may be costly."""

    __slots__ = ("_made", "_names")

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        try:
            return self._made[name]
        except KeyError:
            value = self._made[name] = self._names[name]
            return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def evaluation_error(
    source: str, reason: str, references: tuple[Reference, ...], names: Mapping[str, Any]
) -> ExpressionError:
    """The error of an evaluation, with what each of the first few references stood for, about 80 characters each."""
    values: dict[str, str] = {}
    for reference in references:
        if len(values) == _MOST_VALUES_SHOWN:
            break
        try:
            value = names[reference.root]
            for key in reference.keys:
                value = look(value, key, str)
        except (Failure, KeyError):
            continue  # what is missing has no value to show; the reason names it
        values[path_of(reference.root, reference.keys)] = shown(value)
    return ExpressionError(source, reason, values)


@lru_cache(maxsize=2048)
def compile_expression(source: str) -> Expression:
    """The expression that ``source`` says. Which names there are is not looked at: `wflow.expr.check` does.

    Raises ExpressionSyntaxError where it is none, calls a function that there is not, or breaks a bound.
    """
    tree = parse(source)
    for code, message, offset, cure in call_problems(tree):
        raise ExpressionSyntaxError(source, message, offset, cure=cure, code=code)
    found = references_of(tree)
    finish = bounded_result if builds(tree) else None
    return Expression(source, found.found, found.env_names, compile_tree(tree), found.repeats, found.loops, finish)


def compile_value(value: Any) -> Expression:
    """The expression in a key that takes one: a string is its source, any other JSON value stands for itself.

    Raises ExpressionSyntaxError as `compile_expression` does.
    """
    if isinstance(value, str):
        return compile_expression(value)
    return Expression(shown(value), (), frozenset(), lambda _frame: value)
