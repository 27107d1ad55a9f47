"""Problems found in a workflow file, before and after they have been given a line and a column."""

from __future__ import annotations

from dataclasses import dataclass

from wflow.model.record import Record
from wflow.model.workflow import Path

__all__ = ["Diagnostic", "Problem"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Diagnostic(Record):
    """A problem, placed by its path in the file's tree.

    ``at_key`` is true when the key is at fault and not its value; ``offset`` counts characters into a string value
    (an expression's column). ``code`` is kebab-case, such as ``unknown-node``; ``cure`` says what to write instead.
    """

    code: str
    message: str
    path: Path = ()
    at_key: bool = False
    offset: int = 0
    cure: str | None = None
    severity: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Problem(Record):
    """A problem with its place: what ``wflow validate`` prints. ``line`` and ``column`` count from 1.

    ``excerpt`` is the line of the file that the caret goes under ("" where there is none).
    """

    file: str
    line: int
    column: int
    severity: str
    code: str
    message: str
    cure: str | None = None
    excerpt: str = ""
