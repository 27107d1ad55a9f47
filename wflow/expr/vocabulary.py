"""What an expression may refer to at one place of a workflow file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Finding", "Vocabulary"]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names at one place.

    ``roots`` are the root names there are (``input``, ``variables``, a loop's name, ...). ``variables`` and ``params``
    are those declared, None where that is not known. ``nodes`` are the ids of the place's graph, ``ancestors`` those
    whose outputs may be read there, None for all of ``nodes``.
    """

    roots: frozenset[str]
    variables: frozenset[str] | None = None
    params: frozenset[str] | None = None
    nodes: frozenset[str] = frozenset()
    ancestors: frozenset[str] | None = None


class Finding(NamedTuple):
    """A problem in an expression. ``offset`` counts characters into the text; ``cure`` says what to write instead."""

    code: str
    message: str
    offset: int
    cure: str | None
