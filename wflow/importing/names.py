"""Names of theirs that are none here: ids, and what the ExecutionEngine calls the outputs of its control nodes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

__all__ = ["CONTROL_KEYS", "OTHER_VALUES", "control_keys", "is_id", "safe_id"]

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ROOTS = frozenset({"input", "inputs", "output", "error", "variables", "params", "nodes", "run", "it"})
_ROOTS |= {"and", "or", "not", "in", "if", "else", "true", "false", "null"}

#: By our type: what its outputs are called there, and here.
CONTROL_KEYS = {
    "if": {"BranchTaken": "branch_taken", "ConditionResult": "condition_result"},
    "switch": {
        "ExpressionResult": "expression_result",
        "MatchedCase": "matched_case",
        "PortSelected": "port_selected",
    },
    "foreach": {"ItemsProcessed": "items_processed", "TotalItems": "total_items"},
    "while": {"IterationCount": "iteration_count", "iterationIndex": "iteration_index"},
    "container": {
        "ChildResults": "child_results",
        "TotalChildren": "total_children",
        "CompletedChildren": "completed_children",
        "FailedChildId": "failed_child",
        "FailedChildError": "failed_child_error",
    },
    "timer": {
        "Triggered": "triggered",
        "TriggerTime": "trigger_time",
        "NextTriggerTime": "next_trigger_time",
        "Schedule": "schedule",
    },
}

#: Keys whose values are others here too, and what they are.
OTHER_VALUES = {
    "BranchTaken": "`true` or `false`",
    "MatchedCase": "the match itself, or `default`",
    "PortSelected": "a port of ours",
}


def control_keys(kinds: Iterable[str], outputs: Collection[str]) -> dict[str, str]:
    """Keys of the input that have another name here, with nodes of these types in the file; what scripts themselves
    write under such a name keeps it.
    """
    keys: dict[str, str] = {}
    for kind in kinds:
        keys.update(CONTROL_KEYS.get(kind, {}))
    return {key: ours for key, ours in keys.items() if key not in outputs}


def is_id(name: str) -> bool:
    """Whether a name may be an id here."""
    return _ID.fullmatch(name) is not None


def safe_id(name: str, taken: Collection[str], *, variable: bool = False) -> str:
    """The name as an id that is not taken; with ``variable`` also one that an expression can begin with."""
    made = re.sub(r"[^A-Za-z0-9_-]+", "_" if variable else "-", name).strip("-") or "node"
    if variable:
        made = made.replace("-", "_")
    if not re.match(r"[A-Za-z_]", made):
        made = f"n{made}" if variable else f"n-{made}"
    if variable and made in _ROOTS:
        made += "_"
    unique, number = made, 2
    while unique in taken:
        unique, number = f"{made}-{number}" if not variable else f"{made}_{number}", number + 1
    return unique
