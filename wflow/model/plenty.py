"""When to stop looking for more problems in one file."""

from __future__ import annotations

from collections.abc import Sized

__all__ = ["MAX_PROBLEMS", "MAX_WARNINGS", "plenty"]

#: Problems that are reported of one file; a file with more is not a workflow with mistakes but something else.
MAX_PROBLEMS = 1000

#: Warnings of one kind that are reported. There are few kinds: warnings alone never reach `MAX_PROBLEMS`, so that no
#: error is left unseen because of them.
MAX_WARNINGS = 100


def plenty(found: Sized) -> bool:
    """Whether enough has been found, so that a hostile file's next hundred thousand mistakes cost nothing.

    ``found`` then holds errors.
    """
    return len(found) >= MAX_PROBLEMS
