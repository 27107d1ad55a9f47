"""The last lines of a run that did not complete: what failed first, its log, and the command that goes on."""

from __future__ import annotations

from collections.abc import Callable

from wflow.display.safe import safe_text
from wflow.progress import Fault, View

__all__ = ["LogPath", "epilogue", "epilogue_of", "first_fault", "stopped_node"]

#: Gives the log of the last attempt of the node at an address, None where it has none.
LogPath = Callable[[str], "str | None"]


def first_fault(view: View) -> Fault | None:
    """The failure that the run reports: its error, else the first that nothing handled."""
    return view.error or view.first_failure


def stopped_node(view: View) -> str | None:
    """Of a run that timed out, the address of the node that was stopped last; None for others, and where none ran."""
    if not view.timed_out:
        return None
    rows = [row for row in view.rows.values() if row.status == "cancelled" and row.key is None and row.tally is None]
    stopped = [row for row in rows if row.started_at is not None]
    return max(stopped, key=lambda row: row.ended_at or 0.0).address if stopped else None


def epilogue(view: View, run_id: str, log_path: str | None) -> list[str]:
    """The last lines for the run as it is, free of control characters; none for one that completed or still runs.

    ``log_path`` is the log of the node at ``first_fault(view).address``, and where that names none, of the one at
    ``stopped_node(view)``.
    """
    if view.status in ("completed", "running", "pending"):
        return []
    name = safe_text(view.workflow)
    go_on = f"  continue with: wflow resume {safe_text(run_id)}"
    fault = first_fault(view)
    if view.status == "paused":
        return [f"{name} is paused", go_on]
    if fault is None:
        return [f"{name} {view.status}", go_on]
    how = view.status if view.status != "failed" else ("timed out" if view.timed_out else "failed")
    where = f" at {safe_text(fault.address)}" if fault.address else ""
    kind = safe_text(fault.type)
    message = safe_text(fault.message, 2000)
    lines = [f"{name} {how}{where}: {kind}: {message}" if message else f"{name} {how}{where}: {kind}"]
    stopped = stopped_node(view) if not fault.address else None
    if stopped is not None:
        lines.append(f"  still running then: {safe_text(stopped)}")
    if log_path is not None:
        lines.append(f"  its log: {safe_text(log_path, 4096)}")
    return [*lines, go_on]


def epilogue_of(view: View, log_path: LogPath | None) -> list[str]:
    """`epilogue` for the view's own run, with the log looked up."""
    fault = first_fault(view)
    address = (fault.address or stopped_node(view)) if fault is not None else None
    return epilogue(view, view.run, log_path(address) if log_path is not None and address else None)
