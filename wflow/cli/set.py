"""``wflow set``: a node's output given by hand."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from wflow.cli.requests import ask
from wflow.cli.signal import read_json

__all__ = ["set"]


def set(  # noqa: A001 - the command's name
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node's address, such as `load[17]/insert`.")],
    output: Annotated[str, typer.Option(metavar="JSON", help="The output that it completes with, an object.")] = "{}",
    status: Annotated[Literal["completed"], typer.Option(help="What becomes of the node.")] = "completed",
) -> None:
    """Have a node complete with an output given here: instead of running, of what it does now, or of its failure.

    What follows from it goes on. A run that nobody runs takes it up when it is resumed.
    """
    from wflow.runner.operate import check_set

    del status  # there is one that can be set, and it is said so that the command reads as what it does
    given = read_json(output, "--output")
    ask(
        run, {"what": "set", "address": node, "output": given}, kept=True, check=lambda one: check_set(one, node, given)
    )
