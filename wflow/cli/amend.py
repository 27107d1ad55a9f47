"""``wflow amend``: a run gets more nodes and edges."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.asking import ask_and_see, read_whole
from wflow.cli.home import opened_store
from wflow.cli.printing import coloured, tell, warn
from wflow.errors import EXIT_COMPLETED, EXIT_INVALID

if TYPE_CHECKING:
    from wflow.engine.state import State
    from wflow.model import Workflow

__all__ = ["amend"]


def amend(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    patch: Annotated[
        Path, typer.Argument(metavar="PATCH", help="A file with `nodes` and `edges`, or `variables` and `pools`.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the patch, print what it adds, change nothing.")
    ] = False,
) -> int:
    """Add nodes and edges to a run, while it goes on or is paused. The patch is checked as a whole with what is there.

    New edges lead from and to nodes that are there, as long as their targets have not started; a node that is done
    sends along them what it would have sent. Exit code 3 when the patch is not valid; nothing is changed then.
    """
    from wflow.runner.amend import check_again, is_amended, read_patch

    with opened_store() as store:
        reading = read_whole(store, store.find(run))
        found = read_patch(patch, reading.state)
        if found.loaded.problems:
            from wflow.loading.report import text_report

            warn(text_report([(str(patch), found.loaded)], colour=coloured(sys.stderr)))
        added = found.loaded.workflow
        if added is None:
            return EXIT_INVALID
        if dry_run:
            tell(f"run {reading.id} would get")
            for line in _lines(added):
                tell(line)
            tell("nothing was changed")
            return EXIT_COMPLETED

        def check(state: State) -> None:
            check_again(state, found.request)

        def taken(state: State) -> bool:
            return is_amended(state, found.request)

        done = ask_and_see(store, reading, found.request, check=check, taken=taken)
        tell(f"{'added to' if done == 'taken' else 'asked'} run {reading.id}: {_counts(added)}")
        return EXIT_COMPLETED


def _counts(added: Workflow) -> str:
    from wflow.model.nearest import listed

    numbers = (
        ("node", len(added.graph.nodes)),
        ("edge", len(added.graph.edges)),
        ("variable", len(added.variables)),
        ("pool", len(added.pools)),
    )
    return listed([f"{number:,} {what}{'' if number == 1 else 's'}" for what, number in numbers if number], quote="")


def _lines(added: Workflow) -> Iterator[str]:
    """What a patch adds, a line for each thing."""
    import json

    from wflow.display.graph_text import edge_label
    from wflow.display.safe import safe_text

    for node in added.graph.nodes:
        yield f"  node {safe_text(node.id)} ({safe_text(node.type)})"
    for edge in added.graph.edges:
        label = edge_label(edge)
        yield f"  edge {safe_text(edge.text)}" + (f" ({label})" if label else "")
    for name, value in added.variables.items():
        yield f"  variable {safe_text(name)} = {safe_text(json.dumps(value, ensure_ascii=False), 200)}"
    for name, places in added.pools.items():
        yield f"  pool {safe_text(name)} of {places:,}"
