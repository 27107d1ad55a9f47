"""What commands ask of the process that runs a run: a request left in its letter box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wflow.cli.home import opened_store
from wflow.cli.printing import tell
from wflow.errors import UsageError

if TYPE_CHECKING:
    from wflow.runner.inspect import Reading

__all__ = ["ask", "not_running", "tell_asked"]


def ask(
    part: str,
    request: Mapping[str, Any],
    *,
    kept: bool = False,
    check: Callable[[Reading], None] | None = None,
) -> None:
    """Leave ``request`` for the run that ``part`` means, and say so.

    A run that nobody runs takes none, unless it is ``kept``: then it is recorded, and counts when the run is resumed.
    ``check`` looks at the run first, and raises what speaks against it. Raises UsageError.
    """
    from wflow.runner.requests import ask_run

    with opened_store() as store:
        run_id = store.find(part)
        what = str(request["what"])
        if check is not None:
            from wflow.runner.inspect import read_run

            check(read_run(store, run_id))

        def takes(status: str, state: Any) -> bool:
            if not kept or status == "completed":
                raise not_running(run_id, status)
            return True

        asked = ask_run(store, run_id, request, check=takes)
        if asked.how == "posted":
            tell_asked(run_id, what)
        else:
            tell(f"run {run_id} is {asked.status}: the {what} is kept until `wflow resume {run_id}`")


def tell_asked(run_id: str, what: str) -> None:
    """Say that the process that runs the run was asked."""
    tell(f"asked run {run_id}: {what}")


def not_running(run_id: str, status: str) -> UsageError:
    """The error of a request that only a run under way takes."""
    cure = None if status == "completed" else f"`wflow resume {run_id}` continues it"
    return UsageError(f"run {run_id} is not running: it is {status}", cure=cure)
