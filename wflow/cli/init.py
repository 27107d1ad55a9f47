"""``wflow init``: a first workflow to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wflow.cli.printing import tell
from wflow.errors import UsageError

__all__ = ["FIRST", "init"]

#: What is written. It says no more than its first reader wants to change.
FIRST = """\
name: hello
description: Greets everyone who is named, and counts them.

parameters:
  names: {type: array, default: [Ada, Grace]}   # wflow run -p names='["Edsger"]'

nodes:
  greet:                      # once for each name, several at once
    type: foreach
    items: params.names
    as: name
    nodes:
      say:
        type: shell
        script: echo "hello, $WFLOW_INPUT_NAME"
        retry: {max_attempts: 3}
        timeout: 10s
  count:
    type: python
    script: output["greeted"] = input["items_processed"]

edges:
  - greet -> count

outputs:
  greeted: nodes.count.output.greeted
"""


def init(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where to.")] = Path("workflow.yaml"),
) -> None:
    """Write a first workflow to change: to FILE, or to workflow.yaml. A file that is there is left alone."""
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(FIRST)
    except FileExistsError:
        raise UsageError(f"{file} is there already", cure="give another name: `wflow init NAME.yaml`") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}") from None
    tell(f"{file} is written: `wflow validate {file}` checks it, `wflow run {file}` runs it")
