"""The signs that stand for statuses and draw the tree, and their stand-ins where an encoding has no such characters."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ASCII", "UNICODE", "Marks", "marks_for"]


class Marks(NamedTuple):
    """``status`` has a sign for every status of a node and of a run; ``branch``, ``last``, ``trunk`` and ``gap`` draw
    the tree, ``bar`` its time bars; ``times`` stands before a count, ``arrow`` between nodes.
    """

    status: dict[str, str]
    branch: str
    last: str
    trunk: str
    gap: str
    bar: str
    ellipsis: str
    times: str
    arrow: str


UNICODE = Marks(
    status={
        "pending": "○",
        "running": "●",
        "waiting": "◔",
        "retrying": "↻",
        "completed": "✓",
        "failed": "✗",
        "cancelled": "⊗",
        "skipped": "⊘",
        "paused": "◔",
        "interrupted": "✗",
        "damaged": "✗",
    },
    branch="├── ",
    last="└── ",
    trunk="│   ",
    gap="    ",
    bar="━",
    ellipsis="…",
    times="×",
    arrow="→",
)

ASCII = Marks(
    status={
        "pending": ".",
        "running": "*",
        "waiting": "?",
        "retrying": "~",
        "completed": "+",
        "failed": "x",
        "cancelled": "#",
        "skipped": "-",
        "paused": "?",
        "interrupted": "x",
        "damaged": "x",
    },
    branch="|-- ",
    last="`-- ",
    trunk="|   ",
    gap="    ",
    bar="=",
    ellipsis="...",
    times="x",
    arrow="->",
)


def marks_for(encoding: str | None) -> Marks:
    """The marks that an encoding can write; those of ASCII where it can't, or where it is unknown."""
    try:
        "".join((*UNICODE.status.values(), *UNICODE[1:])).encode(encoding or "ascii")
    except (UnicodeError, LookupError):
        return ASCII
    return UNICODE
