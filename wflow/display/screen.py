"""A table or a tree put on a terminal once, in its colours."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from wflow.display.printer import Printer

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

__all__ = ["paint", "size_of"]


def size_of(stream: TextIO) -> tuple[int, int]:
    """Columns and lines of the terminal ``stream``; 80 and 24 where it does not say."""
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return columns or 80, lines or 24


def paint(shown: Table | Text | str, stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
    """Print what `render` or `render_table` made, with an end of line; colours as the terminal has them, none with
    ``NO_COLOR``. Never raises when nobody reads any more.
    """
    from rich.console import Console

    columns, lines = size_of(stream)
    # Drawn into memory first: a console of rich ends the process when its own stream breaks.
    drawn = io.StringIO()
    console = Console(
        file=drawn,
        force_terminal=True,
        width=columns,
        height=lines,
        markup=False,
        highlight=False,
        emoji=False,
        _environ=environ,
    )
    console.print(shown)
    printer = Printer(stream)
    printer.write(drawn.getvalue())
    printer.flush()
