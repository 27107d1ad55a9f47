"""``wflow pause``: what runs ends, nothing more starts."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.requests import ask

__all__ = ["pause"]


def pause(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    now: Annotated[
        bool, typer.Option("--now", help="Stop what runs, too: `wflow resume` runs that again from its start.")
    ] = False,
) -> None:
    """Pause a run: what runs goes on to its end, nothing more starts, and its process leaves with code 5.

    `wflow resume` continues it.
    """
    ask(run, {"what": "pause", "now": True} if now else {"what": "pause"})
