"""``wflow retry``: what did not complete of a run that ended runs again."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.resume import AsBefore, OutputOption, Strict, continue_run
from wflow.errors import UsageError

__all__ = ["retry"]


def retry(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    workers: AsBefore = None,
    output: OutputOption = None,
    strict: Strict = False,
) -> int:
    """Run again what did not complete of a run that failed or was cancelled, as `wflow resume` does, with what follows
    from it. What completed is never run again.

    Exit codes are those of `wflow run`; 2 for a run that has not ended, or has completed; 7 when a process runs it.
    """
    return continue_run(run, workers=workers, output=output, strict=strict, check=_did_not_complete)


def _did_not_complete(run_id: str, status: str) -> None:
    if status == "completed":
        raise UsageError(
            f"run {run_id} has completed: there is nothing to try again", cure="`wflow run FILE` starts another run"
        )
    if status not in ("failed", "cancelled"):
        raise UsageError(
            f"run {run_id} has not ended: it is {status}", cure=f"`wflow resume {run_id}` continues it where it is"
        )
