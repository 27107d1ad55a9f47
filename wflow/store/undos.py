"""What can be undone, as a part of a snapshot.

The scope of a completed activation may be gone from the state. What compensation needs of it is kept: where its graph
is, its names, and what its completed nodes gave, so that it can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wflow.engine.compensate import Undo
from wflow.engine.state import DONE, NodeState, Scope, State
from wflow.graph.plan import GraphPlan

__all__ = ["dump_undos", "restore_undos", "undo_nodes", "undoing_scope"]


def undoing_scope(state: State) -> Scope | None:
    """The scope in which something is being undone now; None while nothing is."""
    return state.undos[-1].scope if state.undoing is not None and state.undos else None


def undo_nodes(state: State) -> list[NodeState]:
    """The nodes of that scope which belong to no flow: what undoes, and what stands in for that."""
    scope = undoing_scope(state)
    return [node for node in scope.nodes if node.plan.aside] if scope is not None else []


def dump_undos(undos: list[Undo], write: Callable[[Any], Any]) -> dict[str, Any]:
    """The list as JSON; ``write`` puts a value into the snapshot's table and gives its place."""
    scopes: list[Any] = []
    places: dict[int, int] = {}
    for undo in undos:
        if id(undo.scope) not in places:
            places[id(undo.scope)] = len(scopes)
            scopes.append(_scope(undo.scope, undo.path, write))
    entries = [
        [
            undo.address,
            undo.node,
            places[id(undo.scope)],
            list(undo.owners),
            list(undo.path),
            write(undo.input),
            write(undo.output),
            undo.seq,
        ]
        for undo in undos
    ]
    return {"scopes": scopes, "undos": entries}


def _scope(scope: Scope, path: tuple[str, ...], write: Callable[[Any], Any]) -> dict[str, Any]:
    return {
        "world": scope.world.number,
        "path": list(path),
        "prefix": scope.prefix,
        "input": write(scope.entry_input),
        "names": write(scope.names),
        "started": scope.started_at,
        "on_failure": scope.on_failure,
        "index": scope.index,
        "recount": scope.recount,
        "nodes": [
            [node.plan.index, node.status, node.number, write(node.output)]
            for node in scope.nodes
            if node.status in DONE
        ],
    }


def restore_undos(data: dict[str, Any], state: State, read: Callable[[Any], Any]) -> list[Undo]:
    """The list that `dump_undos` wrote; ``read`` gives the value at a place of the snapshot's table."""
    scopes = [_scope_again(one, state, read) for one in data["scopes"]]
    return [
        Undo(address, node, scopes[place], tuple(owners), tuple(path), read(given), read(output), seq)
        for address, node, place, owners, path, given, output, seq in data["undos"]
    ]


def _scope_again(data: dict[str, Any], state: State, read: Callable[[Any], Any]) -> Scope:
    world = state.worlds[data["world"]]
    graph: GraphPlan = world.plan.root
    for name in data["path"]:
        body = graph.node(name).body
        assert body is not None
        graph = body
    scope = Scope(
        graph,
        world,
        data["prefix"],
        owner=None,
        entry_input=read(data["input"]),
        names=read(data["names"]),
        started_at=data["started"],
        on_failure=data["on_failure"],
        index=data["index"],
        recount=data["recount"],
    )
    scope.status = "completed"
    for index, status, number, output in data["nodes"]:
        node = scope.nodes[index]
        node.status, node.number, node.output = status, number, read(output)
    scope.unfinished = sum(1 for node in scope.nodes if not node.plan.aside and node.status not in DONE)
    return scope
