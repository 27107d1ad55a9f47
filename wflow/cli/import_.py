"""``wflow import``: a workflow of another engine, made ours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wflow.cli.printing import coloured, tell_whole, warn
from wflow.errors import EXIT_COMPLETED, EXIT_INVALID

__all__ = ["import_"]


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A workflow of the .NET ExecutionEngine.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="OUT", help="Write it there, and beside it the workflows that it calls."),
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Write it though something could not be carried over.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> int:
    """Read a workflow written for the .NET ExecutionEngine, and write it as one of ours: to OUT, or to standard output.

    What is lost or different is told on standard error, with its line. Exit code 3 if something cannot be carried over;
    nothing is written then, unless --partial says so.
    """
    from wflow.loading.render import render_problem
    from wflow.runner.imports import import_files, write_files

    files = import_files(file, out)
    colour = coloured(sys.stderr)
    for one in files:
        for problem in one.problems:
            warn(render_problem(problem, colour=colour))
    whole = all(one.whole for one in files)
    if files[0].text is None or not (whole or partial):
        return EXIT_INVALID
    if out is None:
        tell_whole(files[0].text)
    else:
        write_files(files, force=force)
    return EXIT_COMPLETED
