"""How an expression fails: before it runs (`ExpressionSyntaxError`) and while it runs (`Failure`, kept inside)."""

from __future__ import annotations

from collections.abc import Callable

from wflow.errors import ExpressionError

__all__ = ["Absent", "ExpressionSyntaxError", "Failure"]


class ExpressionSyntaxError(ExpressionError):
    """An expression, or a template, that cannot be read.

    ``offset`` counts characters into ``source``; ``cure`` says what to write instead (None where nothing is known);
    ``code`` is that of the finding: ``expression-syntax``, or ``unknown-name`` for a function that there is not.
    """

    def __init__(
        self, source: str, reason: str, offset: int, *, cure: str | None = None, code: str = "expression-syntax"
    ) -> None:
        super().__init__(source, reason)
        self.offset = offset
        self.code = code
        self.cure = cure
        shown = source if len(source) <= 200 else source[:199] + "…"
        self.message = f"expression `{shown}` cannot be read: {reason}"
        self.args = (self.message,)


class Failure(Exception):
    """Why an evaluation cannot go on, in one sentence. Never leaves the package: it becomes an `ExpressionError`."""

    def __init__(self, reason: str | Callable[[], str]) -> None:
        super().__init__(reason)
        self._reason = reason

    @property
    def reason(self) -> str:
        """The sentence. One that is costly to make is made when it is asked for: most failures `default` takes."""
        return self._reason if isinstance(self._reason, str) else self._reason()

    def __str__(self) -> str:
        return self.reason


class Absent(Failure):
    """A failure because of something null or missing: what ``| default(x)`` stands in for."""
