"""``wflow resume``: a run goes on where it was left."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.cli.run import Output

__all__ = ["resume"]


def resume(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though the journal is damaged: what it lost runs again.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Nodes at work at once; default: as before.")
    ] = None,
    output: Annotated[
        Output | None, typer.Option(help="What to print; default: live on a terminal, else plain.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 6 when the run completed with tolerated failures.")
    ] = False,
) -> int:
    """Continue a run: one that was paused or interrupted goes on, of one that failed or was cancelled what did not
    complete runs again. What completed is never run again.

    Exit codes are those of `wflow run`; 7 when a process runs it already, 8 when its journal is damaged.
    """
    from wflow.cli.watching import watchers
    from wflow.runner.run import Options, resume_run

    with opened_store() as store:
        run_id = store.find(run)
        seen, display = watchers(output, store.home)
        options = Options(workers=workers, watchers=(seen, display))
        result = resume_run(run_id, store, options, accept_loss=accept_loss)
        if seen.view is None and output not in ("quiet", "json"):
            tell(f"run {run_id} has completed; there is nothing to continue")
        return result.exit_code(strict=strict)
