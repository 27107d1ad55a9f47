"""``wflow retry``: what did not complete of a run that ended runs again."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.requests import ask
from wflow.cli.resume import AsBefore, OutputOption, Strict, continue_run
from wflow.errors import EXIT_COMPLETED, UsageError

__all__ = ["retry"]


def retry(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    node: Annotated[
        str | None,
        typer.Argument(
            metavar="NODE", help="Only the node with this address, such as `load[17]/insert`.", show_default=False
        ),
    ] = None,
    workers: AsBefore = None,
    output: OutputOption = None,
    strict: Strict = False,
) -> int:
    """Run again what did not complete of a run that failed or was cancelled, as `wflow resume` does, with what follows
    from it. What completed is never run again. With NODE only that node and what follows from it, also of a run that
    goes on: its process then takes it up.

    Exit codes are those of `wflow run`; 2 for a run that has not ended, or has completed; 7 when a process runs it.
    """
    if node is None:
        return continue_run(run, workers=workers, output=output, strict=strict, check=_did_not_complete)
    if not _has_ended(run, node):
        ask(run, {"what": "retry", "address": node}, kept=True)
        return EXIT_COMPLETED
    return continue_run(run, workers=workers, output=output, strict=strict, again=(node,), check=_did_not_complete)


def _has_ended(part: str, node: str) -> bool:
    """Whether the run has ended. Raises UsageError where the node cannot be tried again."""
    from wflow.runner.inspect import read_run
    from wflow.runner.operate import check_retry

    with opened_store() as store:
        reading = read_run(store, store.find(part))
        check_retry(reading, node)
        return reading.status in ("failed", "cancelled")


def _did_not_complete(run_id: str, status: str) -> None:
    if status == "completed":
        raise UsageError(
            f"run {run_id} has completed: there is nothing to try again", cure="`wflow run FILE` starts another run"
        )
    if status not in ("failed", "cancelled"):
        raise UsageError(
            f"run {run_id} has not ended: it is {status}", cure=f"`wflow resume {run_id}` continues it where it is"
        )
