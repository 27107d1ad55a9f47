"""``wflow pause``: what runs ends, nothing more starts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.cli.requests import not_running, tell_asked

__all__ = ["pause"]


def pause(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    now: Annotated[
        bool, typer.Option("--now", help="Stop what runs, too: `wflow resume` runs that again from its start.")
    ] = False,
) -> None:
    """Pause a run: what runs goes on to its end, nothing more starts, and its process leaves with code 5. One that was
    interrupted is paused from then on.

    `wflow resume` continues it.
    """
    from wflow.runner.requests import ask_run

    with opened_store() as store:
        run_id = store.find(run)

        left_as = "interrupted"

        def check(status: str, state: Any) -> bool:
            nonlocal left_as
            if status not in ("interrupted", "paused"):
                raise not_running(run_id, status)
            left_as = "stopped by a signal" if state.stopped else left_as
            return status == "interrupted" or state.stopped

        request = {"what": "pause", "now": True} if now else {"what": "pause"}
        asked = ask_run(store, run_id, request, check=check)
        if asked.how == "posted":
            tell_asked(run_id, "pause")
        elif asked.how == "recorded":
            tell(f"run {run_id} was {left_as}: it is paused now")
        else:
            tell(f"run {run_id} is paused already")
