"""``wflow rm``: runs removed with all that was kept of them."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell

__all__ = ["rm"]


def rm(
    runs: Annotated[list[str], typer.Argument(metavar="ID", help="Runs: their ids, parts of them, or `last`.")],
) -> None:
    """Remove runs: their journals, logs, values and snapshots. A run that a process owns is not removed (exit 7)."""
    with opened_store() as store:
        for run_id in dict.fromkeys([store.find(part) for part in runs]):
            store.remove(run_id)
            tell(f"removed {run_id}")
