"""``wflow cancel``: a run is ended before its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.requests import not_running, tell_asked
from wflow.errors import EXIT_COMPLETED, AlreadyRunning

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from wflow.store.disk import DiskStore

__all__ = ["cancel"]


def cancel(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    compensate: Annotated[
        bool, typer.Option("--compensate", help="Undo what completed, as after a failure: by the `compensate` nodes.")
    ] = False,
) -> int:
    """Cancel a run: what runs is stopped, `cancel` and `always` edges still run. The process that runs it leaves with
    code 4.

    A run that is paused or was interrupted is cancelled here: what cleans up runs in this process, nothing else starts.
    Exit code 0 once it is cancelled or its process is asked to.
    """
    with opened_store() as store:
        run_id = store.find(run)
        return _cancel(store, run_id, {"what": "cancel", "compensate": True} if compensate else {"what": "cancel"})


def _cancel(store: DiskStore, run_id: str, request: Mapping[str, Any]) -> int:
    from wflow.runner.requests import post_if_alive

    if post_if_alive(store, run_id, request):
        tell_asked(run_id, "cancel")
        return EXIT_COMPLETED

    from wflow.cli.watching import watchers
    from wflow.runner.run import Options, resume_run

    def check(status: str) -> None:
        if status not in ("interrupted", "paused"):
            raise not_running(run_id, status)

    options = Options(watchers=watchers("errors", store.home))
    try:
        result = resume_run(run_id, store, options, requests=[request], check=check)
    except AlreadyRunning:  # somebody was quicker
        store.open(run_id).post(request)
        tell_asked(run_id, "cancel")
        return EXIT_COMPLETED
    return EXIT_COMPLETED if result.status == "cancelled" else result.exit_code()
