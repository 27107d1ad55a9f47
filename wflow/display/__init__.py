"""How a run is shown: a live tree, plain lines, JSON lines, tables, graphs. rich is imported on first use."""

from wflow.display.choose import OUTPUTS, display_for, is_terminal
from wflow.display.epilogue import epilogue
from wflow.display.graph_dot import graph_dot
from wflow.display.graph_mermaid import graph_mermaid
from wflow.display.graph_text import graph_text
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
    "epilogue",
    "graph_dot",
    "graph_mermaid",
    "graph_text",
    "is_terminal",
    "marks_for",
    "plain_tree",
    "render",
    "render_table",
    "safe_text",
    "table_text",
]
