"""``wflow rm``: runs removed with all that was kept of them."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.errors import AlreadyRunning

__all__ = ["rm"]


def rm(
    runs: Annotated[list[str], typer.Argument(metavar="ID", help="Runs: their ids, parts of them, or `last`.")],
) -> None:
    """Remove runs: their journals, logs, values and snapshots, and what their scripts have left running. When a process
    owns one of them, none is removed (exit 7).
    """
    from wflow.runner.leftovers import remove_run

    with opened_store() as store:
        run_ids = list(dict.fromkeys([store.find(part) for part in runs]))
        for run_id in run_ids:
            if store.is_alive(run_id):
                raise AlreadyRunning(f"run `{run_id}` is running", cure=f"`wflow cancel {run_id}` ends it")
        for run_id in run_ids:
            remove_run(store, run_id)
            tell(f"removed {run_id}")
