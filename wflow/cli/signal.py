"""``wflow signal``: what a ``wait`` node waits for."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from wflow.cli.requests import ask
from wflow.errors import UsageError

__all__ = ["read_json", "signal"]


def signal(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The signal's name, as the `wait` has it.")],
    data: Annotated[str | None, typer.Option(metavar="JSON", help="What the waiting node gets as output.")] = None,
) -> None:
    """Send a signal to a run. It is kept if it comes before its `wait`, also while the run is paused or interrupted."""
    ask(run, {"what": "signal", "name": name, "data": None if data is None else read_json(data, "--data")}, kept=True)


def read_json(text: str, option: str) -> Any:
    """The JSON value that an option gives. Raises UsageError."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{option} is no JSON: {error}", cure=f"""a text is written {option} '"text"'""") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")
