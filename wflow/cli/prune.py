"""``wflow prune``: runs that ended long ago are removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell, tell_json
from wflow.clock import SystemClock
from wflow.errors import StoreError, UsageError

if TYPE_CHECKING:
    from wflow.runner.prune import Pruned

__all__ = ["prune"]

_DEFAULT = "completed,failed,cancelled"
_EXAMPLE = "such as `wflow prune --older-than 30d`; --dry-run shows what would go"


def prune(
    older_than: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long ago a run must have ended: 30d, 12h.")
    ] = None,
    status: Annotated[
        str, typer.Option(metavar="STATUSES", help="Of which statuses; paused, interrupted and damaged ones if named.")
    ] = _DEFAULT,
    keep: Annotated[
        int, typer.Option(min=0, metavar="N", help="Leave the newest N runs of these statuses, however old.")
    ] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the same, and remove nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Remove runs that ended long ago, with all that was kept of them, and print each and the bytes freed.

    A run that is going on is never removed. One that is paused, interrupted or damaged has not ended: where its status
    is named, what counts is when it was last written to.
    """
    if older_than is None:
        raise UsageError("say how old a run must be to go: --older-than", cure=_EXAMPLE)
    age = _read_age(older_than)
    statuses = _read_statuses(status)

    from wflow.runner.prune import prune_runs

    with opened_store(read_only=dry_run) as store:
        gone: list[Pruned] = []
        tell_end = _tell_all if as_json else _tell_total
        try:
            for one in prune_runs(store, SystemClock.now() - age, statuses=statuses, keep=keep, dry_run=dry_run):
                gone.append(one)
                if not as_json:
                    _tell(one)
        except StoreError:
            if gone:  # they are, whatever has come then
                tell_end(gone, dry_run=dry_run)
            raise
        tell_end(gone, dry_run=dry_run)


def _read_age(text: str) -> float:
    from wflow.model.durations import parse_duration

    if text.isdecimal() and int(text[:10]) > 0:
        raise UsageError(
            f"--older-than {text[:20]} has no unit", cure=f"write {text[:20]}d for days, {text[:20]}h for hours"
        )
    try:
        return parse_duration(0.0 if text == "0" else text)
    except ValueError as error:
        raise UsageError(f"--older-than: {error}", cure=_EXAMPLE) from None


def _read_statuses(text: str) -> frozenset[str]:
    from wflow.model.nearest import did_you_mean, listed

    known = [*_DEFAULT.split(","), "paused", "interrupted", "damaged"]
    named = [name.strip() for name in text.split(",") if name.strip()]
    for name in named:
        if name == "running":
            raise UsageError("a run that is going on is never removed", cure="`wflow cancel` ends it")
        if name not in known:
            cure = did_you_mean(name, known) or f"there are {listed(known)}"
            raise UsageError(f"no run has the status `{name}`", cure=cure)
    if not named:
        raise UsageError("--status names no status", cure=f"leave it out for {_DEFAULT}")
    return frozenset(named)


def _tell(one: Pruned) -> None:
    from wflow.display.safe import safe_text
    from wflow.display.times import moment

    workflow = safe_text(one.workflow or "-", 100)
    tell(f"{one.run_id}  {workflow}  {one.status}  {moment(one.at)}  {one.size:,} bytes")


def _tell_total(gone: list[Pruned], *, dry_run: bool) -> None:
    if not gone:
        tell("there is nothing to remove")
        return
    runs = f"{len(gone):,} {'run' if len(gone) == 1 else 'runs'}"
    freed = f"{sum(one.size for one in gone):,} bytes"
    tell(f"{runs} and {freed} would go; nothing was removed" if dry_run else f"{runs} removed, {freed} freed")


def _tell_all(gone: list[Pruned], *, dry_run: bool) -> None:
    from wflow.progress.report import iso

    told = [
        {"id": one.run_id, "workflow": one.workflow, "status": one.status, "at": iso(one.at), "bytes": one.size}
        for one in gone
    ]
    tell_json({"version": 1, "dry_run": dry_run, "runs": told, "bytes": sum(one.size for one in gone)})
