"""``wflow explain``: why a node ran, waits or was skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import complain, tell, tell_json
from wflow.cli.show import unknown_node
from wflow.errors import EXIT_COMPLETED, EXIT_STORE

if TYPE_CHECKING:
    from wflow.runner.explain import NodeExplanation

__all__ = ["explain"]

#: Edges that are told to people; JSON has them all.
_SHOWN = 40


def explain(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node's address, such as `load[17]/insert`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Say why a node ran, waits or was skipped: what came on the edges that lead to it, and what holds it up now."""
    from wflow.runner.explain import explain_node

    with opened_store() as store:
        run_id = store.find(run)
        told = explain_node(store.open(run_id), node)
        if not told.type:
            raise unknown_node(run_id, node, told.known)
        if as_json:
            tell_json(_json(told))
        else:
            _tell(told)
    if told.damage is not None:
        complain(told.damage.message, told.damage.cure)
        return EXIT_STORE
    return EXIT_COMPLETED


def _json(told: NodeExplanation) -> dict[str, Any]:
    from wflow.progress.report import iso

    why, now = told.why, told.now
    return {
        "version": 1,
        "address": told.address,
        "type": told.type,
        "status": told.status,
        "why": why.why if why is not None else None,
        "now": now.what if now is not None else None,
        "until": iso(now.until) if now is not None and now.until else None,
        "edges": [edge._asdict() for edge in why.edges] if why is not None else [],
    }


def _tell(told: NodeExplanation) -> None:
    from wflow.display.safe import safe_text
    from wflow.display.times import moment

    tell(f"{safe_text(told.address)}  ({safe_text(told.type)})  {told.status}")
    why, now = told.why, told.now
    if why is not None:
        tell(f"  {safe_text(why.why, 1000)}")
        widest = max((len(edge.state) for edge in why.edges), default=0)
        for edge in why.edges[:_SHOWN]:
            tell(f"  {edge.state:{widest}}  {safe_text(edge.edge)}: {safe_text(edge.why, 1000)}")
        if len(why.edges) > _SHOWN:
            tell(f"  and {len(why.edges) - _SHOWN} edges more; --json has them all")
    if now is not None:
        tell(f"  now: {safe_text(now.what, 1000)}{f', at {moment(now.until)}' if now.until else ''}")
