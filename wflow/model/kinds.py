"""What each node type is: its keys and its ports. What runs it stands elsewhere (``engine``, ``runtimes``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wflow.model.record import Record

__all__ = ["COMMON_KEYS", "KINDS", "SCOPE_TYPES", "WORK_TYPES", "Kind", "can_break", "ports_of"]

#: The keys that every node may have, whatever its type (format.md, Keys every node has).
COMMON_KEYS = (
    "type",
    "title",
    "description",
    "timeout",
    "retry",
    "breaker",
    "fallback",
    "compensate",
    "join",
    "cancel_rest",
    "priority",
    "max_concurrent",
    "pool",
    "rate",
    "env",
    "idempotency_key",
    "metadata",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Kind(Record):
    """A node type.

    ``keys`` are its own keys; ``expressions`` those of them whose value is a bare expression; ``durations`` those
    that hold a duration. ``ports`` are the fixed output ports (empty: the main port only). ``scope`` types own a graph
    or, like a subflow, another file's; ``work`` types run on a worker, all others are decided by the engine.
    """

    name: str
    keys: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    expressions: tuple[str, ...] = ()
    durations: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    scope: bool = False
    work: bool = False


_ALL = (
    Kind(
        name="python",
        keys=("script", "file", "call", "isolation"),
        one_of=("script", "file", "call"),
        work=True,
    ),
    Kind(
        name="shell",
        keys=("script", "shell", "command", "cwd", "parse"),
        one_of=("script", "command"),
        work=True,
    ),
    Kind(
        name="csharp",
        keys=("script", "file", "assembly", "class"),
        one_of=("script", "file", "assembly"),
        work=True,
    ),
    Kind(
        name="powershell",
        keys=("script", "file", "modules", "module_paths"),
        one_of=("script", "file"),
        work=True,
    ),
    Kind(
        name="if",
        keys=("condition",),
        required=("condition",),
        expressions=("condition",),
        ports=("true", "false"),
    ),
    Kind(
        name="switch",
        keys=("value", "cases"),
        required=("value", "cases"),
        expressions=("value",),
        ports=("default",),
    ),
    Kind(
        name="foreach",
        keys=("items", "as", "key", "max_concurrent", "on_failure", "tolerate", "until", "collect", "nodes", "edges"),
        required=("items", "nodes"),
        expressions=("items", "key", "until", "collect"),
        scope=True,
    ),
    Kind(
        name="while",
        keys=("condition", "max_iterations", "on_failure", "collect", "nodes", "edges"),
        required=("condition", "nodes"),
        expressions=("condition", "collect"),
        scope=True,
    ),
    Kind(
        name="container",
        keys=("mode", "on_failure", "nodes", "edges"),
        required=("nodes",),
        scope=True,
    ),
    Kind(
        name="subflow",
        keys=("file", "with", "outputs", "max_depth"),
        required=("file",),
        scope=True,
    ),
    Kind(
        name="timer",
        keys=("schedule", "timezone", "trigger_on_start", "catch_up", "window", "skipped_hour", "doubled_hour"),
        required=("schedule",),
        durations=("window",),
    ),
    Kind(
        name="wait",
        keys=("for", "until", "signal"),
        one_of=("for", "until", "signal"),
        expressions=("until",),
        durations=("for",),
    ),
    Kind(name="end", keys=("status", "message")),
    Kind(name="cancel", keys=("targets",), required=("targets",)),
    Kind(name="noop"),
)

#: Every built-in node type by its name.
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}

#: Types whose activations run on a worker.
WORK_TYPES = frozenset(kind.name for kind in _ALL if kind.work)

#: Types that own a scope.
SCOPE_TYPES = frozenset(kind.name for kind in _ALL if kind.scope)


def can_break(node_type: str) -> bool:
    """Whether a ``breaker`` means something on a node of this type: work, a scope, or a wait. All others are decided
    by the engine from what is there, and neither call anything nor fail for its sake.
    """
    kind = KINDS.get(node_type)
    return kind is None or kind.work or kind.scope or node_type == "wait"


def ports_of(node_type: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The named output ports of a node of this type with these settings; empty when it has the main port only.

    A switch has one for each of its ``cases`` (``{match: port}``; a null port is the match itself) and ``default``.
    """
    if node_type == "switch":
        cases = settings.get("cases") or {}
        named = dict.fromkeys(str(match if port is None else port) for match, port in cases.items())
        named.setdefault("default")
        return tuple(named)
    kind = KINDS.get(node_type)
    return kind.ports if kind else ()
