"""Which display a run gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from wflow.display.epilogue import LogPath
from wflow.display.printer import Printer
from wflow.display.seam import Display
from wflow.errors import UsageError

__all__ = ["OUTPUTS", "display_for", "is_terminal"]

#: What ``--output`` takes.
OUTPUTS = ("live", "plain", "errors", "json", "quiet")


def is_terminal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream is a terminal whose cursor can be moved."""
    try:
        return stream.isatty() and environ.get("TERM", "dumb") not in ("dumb", "")
    except ValueError:
        return False


def display_for(
    output: str | None,
    stream: TextIO,
    errors: TextIO,
    *,
    log_path: LogPath | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Display:
    """The display for ``--output``: None or ``live`` is the live tree on a terminal, and plain lines elsewhere.

    ``log_path`` gives the log of a node that failed, for the last lines, which every display but ``json`` prints in
    its `finish`: ``quiet`` to ``errors``, the others to ``stream``. Raises UsageError for any other output.
    """
    if output is None or output == "live":
        if is_terminal(stream, environ):
            from wflow.display.live import Live

            return Live(stream, log_path, environ)
        output = "plain"
    if output in ("plain", "errors"):
        from wflow.display.plain import Errors, Plain

        return (Plain if output == "plain" else Errors)(Printer(stream), log_path)
    if output == "json":
        from wflow.display.json import JsonLines

        return JsonLines(Printer(stream), Printer(errors))
    if output == "quiet":
        from wflow.display.plain import Quiet

        return Quiet(Printer(errors), log_path)
    raise UsageError(f"there is no output `{output}`", cure=f"choose one of {', '.join(OUTPUTS)}")
