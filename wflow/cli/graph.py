"""``wflow graph``: the graph of a file, or of a run with its statuses."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import coloured, tell, warn
from wflow.errors import EXIT_COMPLETED, EXIT_INVALID

if TYPE_CHECKING:
    from wflow.model import Workflow

__all__ = ["graph"]


def graph(
    what: Annotated[str, typer.Argument(metavar="FILE|ID", help="A workflow file, or a run.")],
    format: Annotated[Literal["text", "mermaid", "dot"], typer.Option(help="How to draw it.")] = "text",
) -> int:
    """Draw the graph of a workflow; of a run as it is now, with the status of each node."""
    path = Path(what)
    if path.exists() or os.sep in what or path.suffix in (".yaml", ".yml", ".json"):
        from wflow.loading.report import text_report
        from wflow.runner.definitions import read

        loaded = read(path)
        if loaded.workflow is None:
            warn(text_report([(what, loaded)], colour=coloured(sys.stderr)))
            return EXIT_INVALID
        _draw(loaded.workflow, None, format)
        return EXIT_COMPLETED
    with opened_store() as store:
        from wflow.engine.edges import as_switched
        from wflow.progress import standing
        from wflow.runner.inspect import read_run

        reading = read_run(store, store.find(what))
        if reading.view is not None:
            _draw(as_switched(reading.state), standing(reading.view), format)
        if reading.damage is not None:
            raise reading.damage
    return EXIT_COMPLETED


def _draw(workflow: Workflow, statuses: dict[str, str] | None, format: str) -> None:
    from wflow.display.graph_dot import graph_dot
    from wflow.display.graph_mermaid import graph_mermaid
    from wflow.display.graph_text import graph_text
    from wflow.display.marks import marks_for

    if format == "text":
        tell(graph_text(workflow, statuses, marks_for(sys.stdout.encoding)))
    else:
        tell((graph_mermaid if format == "mermaid" else graph_dot)(workflow, statuses))
