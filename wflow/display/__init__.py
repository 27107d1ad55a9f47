"""How a run is shown: a live tree, plain lines, JSON lines, tables, graphs.

Each is imported when it is asked for: a run that prints plain lines pays for no tree, and only a terminal for rich.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wflow.display.choose import OUTPUTS, display_for, is_terminal
    from wflow.display.marks import ASCII, UNICODE, Marks, marks_for
    from wflow.display.safe import safe_text
    from wflow.display.seam import Display
    from wflow.display.table import NO_RUNS, render_table, table_text
    from wflow.display.tree import plain_tree, render

__all__ = [
    "ASCII",
    "NO_RUNS",
    "OUTPUTS",
    "UNICODE",
    "Display",
    "Marks",
    "display_for",
    "is_terminal",
    "marks_for",
    "plain_tree",
    "render",
    "render_table",
    "safe_text",
    "table_text",
]

_HOMES = {
    "ASCII": "marks",
    "NO_RUNS": "table",
    "OUTPUTS": "choose",
    "UNICODE": "marks",
    "Display": "seam",
    "Marks": "marks",
    "display_for": "choose",
    "is_terminal": "choose",
    "marks_for": "marks",
    "plain_tree": "tree",
    "render": "tree",
    "render_table": "table",
    "safe_text": "safe",
    "table_text": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
