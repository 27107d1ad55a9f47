"""What differs between two definitions of a graph, node by node, as far as it matters to a result that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from wflow.graph.plan import GraphPlan, NodePlan
from wflow.model import Node

__all__ = ["Change", "SameFile", "changes"]

#: Says whether the files that a node names hold for the one definition what they hold for the other.
SameFile = Callable[[Node, Node], bool]

#: Settings that say how something is done, or for how long: a result is none the worse for another one.
_OF_POLICY = frozenset({"isolation", "max_depth", "max_iterations", "on_failure", "tolerate"})


class Change(NamedTuple):
    """How a node differs: ``changed``, with what of it in words, ``dropped`` or ``new``. ``path`` are the ids that lead
    to it; ``before`` is its plan in the old definition, None for a new one.
    """

    path: tuple[str, ...]
    how: str
    why: tuple[str, ...]
    before: NodePlan | None


def changes(old: GraphPlan, new: GraphPlan, same_file: SameFile, path: tuple[str, ...] = ()) -> Iterator[Change]:
    """Every node that differs, in the order of the new file, those that are gone after the rest of their graph.

    Of a node that is gone or new, what is in it is not told by itself. Titles and descriptions do not matter, nor does
    what is done about time, failures and limits.
    """
    for plan in new.nodes:
        here = (*path, plan.id)
        index = old.index_of.get(plan.id)
        if index is None:
            yield Change(here, "new", (), None)
            continue
        before = old.nodes[index]
        why = tuple(dict.fromkeys(_differences(before, plan, same_file)))
        if why:
            yield Change(here, "changed", why, before)
        if before.body is not None and plan.body is not None:
            yield from changes(before.body, plan.body, same_file, here)
    for before in old.nodes:
        if before.id not in new.index_of:
            yield Change((*path, before.id), "dropped", (), before)


def _differences(old: NodePlan, new: NodePlan, same_file: SameFile) -> Iterator[str]:
    if old.type != new.type:
        yield "its type"
        return
    before, after = old.node.settings, new.node.settings
    for name in dict.fromkeys((*before, *after)):
        if name not in _OF_POLICY and not _equal(before.get(name), after.get(name)):
            yield f"its {name}"
    if not _equal(dict(old.node.env), dict(new.node.env)):
        yield "its env"
    if not same_file(old.node, new.node):
        yield "its file"
    if _leading(old) != _leading(new):
        yield "what leads to it"
    if old.node.join != new.node.join:
        yield "its join"


def _equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1, and 1 is not 1.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return type(one) is type(other) and bool(one == other)


def _leading(plan: NodePlan) -> list[tuple[Any, ...]]:
    return [
        (edge.edge.source, edge.port, edge.trigger, edge.edge.condition, edge.edge.enabled, edge.order)
        for edge in plan.inbound
    ]
