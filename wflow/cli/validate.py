"""``wflow validate``: every problem of the files at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from wflow.cli.printing import coloured, tell, tell_json
from wflow.errors import EXIT_COMPLETED, EXIT_INVALID

__all__ = ["validate"]


def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Workflow files, or folders of them.", show_default=False)
    ],
    format: Annotated[
        Literal["text", "json", "sarif"], typer.Option(help="How to tell it; sarif is for code hosts and editors.")
    ] = "text",
    show: Annotated[
        Literal["plan"] | None, typer.Option(help="Print the plan of each valid file too: its nodes in their order.")
    ] = None,
    allow_outside: Annotated[
        bool, typer.Option("--allow-outside", help="Subflow files may lie outside the project.")
    ] = False,
) -> int:
    """Check workflow files: every problem at once, with line, column and cure.

    Exit code 0 if all are valid, 3 if one is not.
    """
    from wflow.loading.report import json_report, sarif_report, text_report
    from wflow.runner.definitions import read

    loaded = [(str(path), read(path, allow_outside=allow_outside)) for path in _files(files)]
    if format == "json":
        tell_json(json_report(loaded))
    elif format == "sarif":
        tell_json(sarif_report(loaded))
    else:
        tell(text_report(loaded, colour=coloured(sys.stdout)))
    if show is not None and format == "text":
        from wflow.cli.plan import plan_text

        for _, one in loaded:
            if one.workflow is not None:
                tell(plan_text(one.workflow))
    return EXIT_COMPLETED if all(one.workflow is not None for _, one in loaded) else EXIT_INVALID


def _files(given: list[Path]) -> list[Path]:
    """The files, and of each folder every YAML file below it; a folder without any stays as it is, to be told of."""
    found: list[Path] = []
    for path in given:
        inside = sorted(one for one in path.rglob("*.y*ml") if one.is_file()) if path.is_dir() else []
        found += inside or [path]
    return found
