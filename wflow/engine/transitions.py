"""The life of a node in its scope, and of one activation of it, as tables; the docs' diagrams are drawn from them.

An illegal step raises `IllegalTransition` and changes nothing: it is a bug in the engine, never a user's mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ACTIVATION", "NODE", "IllegalTransition", "check", "mermaid"]

#: A node in its scope. ``active`` has activations or may get more, and is ``pending`` again when it was not handed out
#: yet and gets more to wait for; the others are final until a rerun.
NODE: Mapping[str, frozenset[str]] = {
    "pending": frozenset({"active", "skipped", "cancelled"}),
    "active": frozenset({"pending", "completed", "failed", "cancelled", "skipped"}),
    "completed": frozenset({"pending"}),
    "failed": frozenset({"pending"}),
    "cancelled": frozenset({"pending"}),
    "skipped": frozenset({"pending"}),
}

#: One activation. ``ready`` waits for a place, ``running`` is with a worker, ``open`` owns scopes that run,
#: ``standing`` waits for its fallback.
ACTIVATION: Mapping[str, frozenset[str]] = {
    "ready": frozenset(
        {"running", "open", "waiting", "retrying", "standing", "completed", "failed", "cancelled", "skipped"}
    ),
    "running": frozenset({"ready", "retrying", "standing", "completed", "failed", "cancelled"}),
    "open": frozenset({"ready", "retrying", "standing", "completed", "failed", "cancelled"}),
    "waiting": frozenset({"retrying", "standing", "completed", "failed", "cancelled"}),
    "retrying": frozenset({"ready", "completed", "cancelled"}),
    "standing": frozenset({"completed", "failed", "cancelled"}),
    "completed": frozenset(),
    "failed": frozenset({"ready"}),
    "cancelled": frozenset({"ready"}),
    "skipped": frozenset(),
}


class IllegalTransition(AssertionError):
    """The engine tried a step that its own table does not have."""


def check(table: Mapping[str, frozenset[str]], old: str, new: str, what: str) -> str:
    """``new``, if the table leads there from ``old``. Raises IllegalTransition otherwise, naming ``what``."""
    if new not in table[old]:
        raise IllegalTransition(f"{what}: {old} -> {new}")
    return new


def mermaid(table: Mapping[str, frozenset[str]]) -> str:
    """The table as a Mermaid state diagram, states and steps in the table's order."""
    lines = ["stateDiagram-v2", f"    [*] --> {next(iter(table))}"]
    for old, targets in table.items():
        lines += [f"    {old} --> {new}" for new in table if new in targets]
    return "\n".join(lines)
