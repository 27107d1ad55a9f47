"""``wflow checkpoint``: what is recorded is on the disk."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.requests import ask

__all__ = ["checkpoint"]


def checkpoint(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
) -> None:
    """Have a run that is going on sync its journal now, and keep a snapshot: for one with `checkpoint: manual`."""
    ask(run, {"what": "checkpoint"})
