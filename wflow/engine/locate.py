"""Finding a node by its address in what a run has now: the scopes on the way to it, as far as they are there."""

from __future__ import annotations

from collections.abc import Iterator

from wflow.engine.state import Activation, NodeState, Scope, State

__all__ = ["Place", "is_on_the_way", "way_to"]

#: A node in a scope.
Place = tuple[Scope, NodeState]


def way_to(state: State, address: str) -> list[Place]:
    """The nodes from the root down to the one with this address, each with its scope: the last one is that node where
    all of the way is there; it ends earlier where a scope is not open yet, or is gone.
    """
    found: list[Place] = []
    scope = state.root
    while scope is not None:
        node = _node_on_the_way(scope, address)
        if node is None:
            break
        found.append((scope, node))
        if scope.prefix + node.plan.id == address:
            break
        scope = next((inner for inner in _inside(node) if address.startswith(inner.prefix)), None)
    return found


def _node_on_the_way(scope: Scope, address: str) -> NodeState | None:
    rest = address.removeprefix(scope.prefix)
    name = rest.split("/", 1)[0].split("[", 1)[0]
    index = scope.graph.index_of.get(name)
    return scope.nodes[index] if index is not None else None


def _inside(node: NodeState) -> Iterator[Scope]:
    """The scopes that activations of the node have: of those under way, and of those that failed or were cancelled."""
    for activation in [*node.acts.values(), *node.left]:
        yield from _scopes_of(activation)


def _scopes_of(activation: Activation) -> Iterator[Scope]:
    yield from activation.scopes
    loop = activation.loop
    if loop is not None:
        for scopes in (loop.unfinished, loop.ended, loop.again):
            yield from scopes.values()


def is_on_the_way(address: str, chosen: str) -> bool:
    """Whether ``address`` is the chosen one, lies inside of it, or leads to it."""
    return _is_inside(address, chosen) or _is_inside(chosen, address)


def _is_inside(address: str, outer: str) -> bool:
    return address.startswith(outer) and (len(address) == len(outer) or address[len(outer)] in "/[")
