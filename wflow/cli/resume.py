"""``wflow resume``: a run goes on where it was left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.cli.run import Output

__all__ = ["AsBefore", "OutputOption", "Strict", "continue_run", "resume"]

AsBefore = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Nodes at work at once; default: as before.")
]
OutputOption = Annotated[
    Output | None, typer.Option("--output", help="What to print; default: live on a terminal, else plain.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 6 when the run completed with tolerated failures.")]


def resume(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though the journal is damaged: what it lost runs again.")
    ] = False,
    workers: AsBefore = None,
    output: OutputOption = None,
    strict: Strict = False,
) -> int:
    """Continue a run: one that was paused or interrupted goes on, of one that failed or was cancelled what did not
    complete runs again. What completed is never run again.

    Exit codes are those of `wflow run`; 7 when a process runs it already, 8 when its journal is damaged.
    """
    return continue_run(run, workers=workers, output=output, strict=strict, accept_loss=accept_loss)


def continue_run(
    part: str,
    *,
    workers: int | None,
    output: str | None,
    strict: bool,
    accept_loss: bool = False,
    again: tuple[str, ...] = (),
    check: Callable[[str, str], None] | None = None,
) -> int:
    """Take up the run that ``part`` means, and give the exit code.

    Of one that ended only the nodes ``again`` run, with what follows from them, where it names any. ``check`` gets its
    id and its status before anything is done, and may raise. Raises what `resume_run` raises.
    """
    from wflow.cli.watching import watchers
    from wflow.runner.run import Options, resume_run

    with opened_store() as store:
        run_id = store.find(part)
        seen, display = watchers(output, store.home)
        options = Options(workers=workers, watchers=(seen, display), again=again)
        looked = partial(check, run_id) if check is not None else None
        result = resume_run(run_id, store, options, accept_loss=accept_loss, check=looked)
        if seen.view is None and output not in ("quiet", "json"):
            tell(f"run {run_id} has completed; there is nothing to continue")
        return result.exit_code(strict=strict)
