"""``wflow cancel``: a run is ended before its end."""

from __future__ import annotations

from typing import Annotated

import typer

from wflow.cli.requests import ask

__all__ = ["cancel"]


def cancel(run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")]) -> None:
    """Cancel a run: what runs is stopped, `cancel` and `always` edges still run. Its process leaves with code 4."""
    ask(run, {"what": "cancel"})
