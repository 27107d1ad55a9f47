"""Nodes: what they refer to is there, and their keys go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wflow.graph.view import LOOPS, GraphView
from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import Speller, there_are
from wflow.model.plenty import plenty
from wflow.model.workflow import Node, Workflow

__all__ = ["RESERVED", "check_nodes"]

#: Names that expressions give a meaning of their own, so that no loop may call its item so.
RESERVED = frozenset({"input", "inputs", "output", "error", "variables", "params", "nodes", "run", "it"}) | frozenset(
    {
        "completed",
        "failed",
        "results",
        "iteration_index",
        "true",
        "false",
        "null",
        "and",
        "or",
        "not",
        "in",
        "if",
        "else",
    }
)


def check_nodes(workflow: Workflow, view: GraphView, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    """Report what is wrong with the keys of the graph's nodes, each by itself and against each other."""
    inbound: dict[str, int] = {}
    many: set[str] = set()
    for edge in view.edges:
        inbound[edge.target] = inbound.get(edge.target, 0) + 1
        if edge.trigger == "next" or view.nodes[edge.source].join == "each":
            many.add(edge.target)
    held = {owner.pool: owner for owner in view.owners if owner.pool is not None}
    for node in view.graph.nodes:
        if plenty(diagnostics):
            return
        if node.fallback is not None or node.compensate is not None:
            _check_stand_ins(view, node, speller, diagnostics)
        if node.join != "all" or node.cancel_rest:
            _check_join(view, node, inbound.get(node.id, 0), node.id in many, diagnostics)
        if node.pool is not None:
            _check_pool(workflow, node, held, speller, diagnostics)
        own = _OWN.get(node.type)
        if own is not None:
            own(workflow, view, node, speller, diagnostics)


def _check_stand_ins(view: GraphView, node: Node, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    for key, name in (("fallback", node.fallback), ("compensate", node.compensate)):
        if name is None:
            continue
        path = (*node.path, key)
        if name not in view.nodes:
            diagnostics.append(
                Diagnostic(
                    code="unknown-node",
                    message=f"there is no node `{name}` in this graph",
                    path=path,
                    cure=speller.did_you_mean(name, view.nodes),
                )
            )
        elif name == node.id:
            diagnostics.append(
                Diagnostic(
                    code="bad-fallback",
                    message=f"`{name}` cannot be its own `{key}`",
                    path=path,
                    cure="name another node",
                )
            )
        elif key == "fallback" and _comes_back(view, node):
            message = f"the fallbacks of `{node.id}` lead back to it"
            diagnostics.append(Diagnostic(code="bad-fallback", message=message, path=path, cure="remove one of them"))
    if node.fallback is not None and node.type in ("if", "switch"):
        message = f"`{node.id}` has several ports, and a fallback could choose none of them"
        diagnostics.append(
            Diagnostic(
                code="bad-fallback",
                message=message,
                path=(*node.path, "fallback"),
                at_key=True,
                cure="put what may fail into a node of its own",
            )
        )


def _comes_back(view: GraphView, node: Node) -> bool:
    seen = {node.id}
    here = node.fallback
    while here is not None and here in view.nodes and here not in seen:
        seen.add(here)
        here = view.nodes[here].fallback
    return here == node.id


def _check_join(view: GraphView, node: Node, inbound: int, many: bool, diagnostics: list[Diagnostic]) -> None:
    join = node.join
    if isinstance(join, int) and join > inbound and not many and view.mode == "graph":
        edges = "no edge leads" if inbound == 0 else "one edge leads" if inbound == 1 else f"{inbound} edges lead"
        message = f"`{node.id}` waits for {join} messages, and {edges} to it"
        diagnostics.append(
            Diagnostic(
                code="join-count",
                message=message,
                path=(*node.path, "join"),
                cure=f"write a number up to {inbound}" if inbound else "remove `join`",
            )
        )
    if node.cancel_rest and join in ("all", "each"):
        message = f"`cancel_rest` goes with `join: any` or a number, not with `{join}`"
        diagnostics.append(
            Diagnostic(
                code="cancel-rest",
                message=message,
                path=(*node.path, "cancel_rest"),
                at_key=True,
                cure="add `join: any`",
            )
        )


def _check_pool(
    workflow: Workflow, node: Node, held: Mapping[str, Node], speller: Speller, diagnostics: list[Diagnostic]
) -> None:
    assert node.pool is not None
    path = (*node.path, "pool")
    if node.pool not in workflow.pools:
        cure = speller.did_you_mean(node.pool, workflow.pools) or f"add `pools: {{{node.pool}: 1}}` to the workflow"
        message = f"there is no pool `{node.pool}`"
        diagnostics.append(Diagnostic(code="unknown-pool", message=message, path=path, cure=cure))
    elif node.pool in held:
        message = f"`{held[node.pool].id}`, which this node is in, already holds a place in the pool `{node.pool}`"
        diagnostics.append(
            Diagnostic(code="nested-pool", message=message, path=path, cure="name the pool in one of the two")
        )


def _cancel(w: Workflow, view: GraphView, node: Node, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    del w
    for index, name in enumerate(node.settings.get("targets", ())):
        if name not in view.nodes:
            diagnostics.append(
                Diagnostic(
                    code="unknown-node",
                    message=f"there is no node `{name}` in this graph",
                    path=(*node.path, "targets", index),
                    cure=speller.did_you_mean(name, view.nodes),
                )
            )


def _foreach(w: Workflow, view: GraphView, node: Node, s: Speller, diagnostics: list[Diagnostic]) -> None:
    del w, view, s
    name = node.settings.get("as", "item")
    if name in RESERVED:
        message = f"expressions know `{name}` as something else"
        diagnostics.append(
            Diagnostic(
                code="loop-name", message=message, path=(*node.path, "as"), cure="call the item something of its own"
            )
        )
    elif "-" in name:
        diagnostics.append(
            Diagnostic(
                code="loop-name",
                message=f"no expression could name `{name}`: `-` subtracts",
                path=(*node.path, "as"),
                cure=f"write `{name.replace('-', '_')}`",
            )
        )


def _timer(w: Workflow, view: GraphView, node: Node, s: Speller, diagnostics: list[Diagnostic]) -> None:
    del w, s
    loop = next((owner for owner in view.owners if owner.type in LOOPS), None)
    if loop is not None:
        message = f"a `timer` cannot run in a loop, and `{node.id}` is in `{loop.id}`"
        diagnostics.append(
            Diagnostic(
                code="timer-in-loop",
                message=message,
                path=node.path,
                at_key=True,
                cure="put the timer before the loop, or use `wait`",
            )
        )


def _switch(w: Workflow, view: GraphView, node: Node, s: Speller, diagnostics: list[Diagnostic]) -> None:
    del w, view, s
    cases = node.settings.get("cases")
    for match, port in cases.items() if isinstance(cases, dict) else ():
        if port is None and not _is_id(match):
            message = f"`{match[:60]}` cannot name its port: it is no id"
            diagnostics.append(
                Diagnostic(
                    code="bad-id",
                    message=message,
                    path=(*node.path, "cases", match),
                    at_key=True,
                    cure="give the port a name of its own after the `:`",
                )
            )


def _is_id(text: str) -> bool:
    return text.isascii() and text.replace("-", "_").isidentifier() and not text.startswith("-")


def _subflow(w: Workflow, view: GraphView, node: Node, speller: Speller, diagnostics: list[Diagnostic]) -> None:
    del view
    outputs: Any = node.settings.get("outputs") or {}
    for name in outputs:
        if name not in w.variables:
            cure = speller.did_you_mean(name, w.variables) or (
                there_are(list(w.variables)) if w.variables else f"add `variables: {{{name}: null}}`"
            )
            message = f"there is no variable `{name}`"
            diagnostics.append(
                Diagnostic(
                    code="unknown-variable", message=message, path=(*node.path, "outputs", name), at_key=True, cure=cure
                )
            )


_OWN = {"cancel": _cancel, "foreach": _foreach, "timer": _timer, "switch": _switch, "subflow": _subflow}
