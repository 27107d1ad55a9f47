"""``wflow recover``: every interrupted run goes on."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import complain, tell, tell_json
from wflow.cli.resume import OutputOption
from wflow.clock import SystemClock
from wflow.errors import EXIT_COMPLETED, UsageError

if TYPE_CHECKING:
    from wflow.runner.recover import Recovered
    from wflow.store.disk import DiskStore

__all__ = ["recover"]


def recover(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be continued; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: what became of each run.")] = False,
    output: OutputOption = None,
) -> int:
    """Continue every run that was interrupted (its process is gone, or was stopped by TERM or HUP, and it neither ended
    nor was asked to pause), oldest first, one after another in this process: for `@reboot` in a crontab. One that
    another process takes up is passed over; one that is damaged is named and passed over.

    INT pauses the run that is going on and starts no further. Exit code 0 when all completed, else that of the first
    that did not.
    """
    if as_json and output not in (None, "quiet"):
        raise UsageError("--json prints one object in place of each run's output", cure="leave out --output, or --json")

    from wflow.runner.recover import interrupted_runs

    with opened_store(read_only=dry_run) as store:
        runs = interrupted_runs(store)
        if dry_run:
            _tell_dry(runs, as_json=as_json, quiet=output == "quiet")
            return EXIT_COMPLETED
        return _recover(store, runs, output="quiet" if as_json else output, as_json=as_json)


def _recover(store: DiskStore, runs: list[dict[str, Any]], *, output: str | None, as_json: bool) -> int:
    from wflow.cli.watching import RunSeen, watchers
    from wflow.runner.recover import recover_runs
    from wflow.runner.run import Options
    from wflow.runner.signals import noted_signals

    seen = RunSeen()
    talks = output in (None, "live", "plain")
    by_id = {one["id"]: one for one in runs}
    told: list[dict[str, Any]] = []
    with noted_signals() as noted:

        def options() -> Options:
            return Options(watchers=watchers(output, store.home, seen), noted=noted)

        for found in recover_runs(store, runs, options, noted):
            told.append(_outcome(by_id[found.run_id], found))
            if found.error is not None:
                complain(_named(found.run_id, found.error.message), found.error.cure)
            elif found.now and talks:
                tell(f"run {found.run_id} is {found.now} by now: passed over")
    if as_json:
        tell_json({"version": 1, "runs": told})
    elif talks:
        tell(_counted(told, len(runs)))
    codes = [one["exit_code"] for one in told if one["exit_code"]]
    return int(codes[0]) if codes else (128 + noted[0] if noted else EXIT_COMPLETED)


def _outcome(summary: dict[str, Any], found: Recovered) -> dict[str, Any]:
    if found.error is not None:
        error = {"address": "", "type": type(found.error).__name__, "message": found.error.message}
        return _told(summary, summary["status"], found.error.exit_code, error)
    if found.result is None:
        return _told(summary, found.now, None, None)
    from wflow.progress.report import error_json

    result = found.result
    return _told(summary, result.status, result.exit_code(), error_json(result.error))


def _told(summary: dict[str, Any], status: str, exit_code: int | None, error: Any) -> dict[str, Any]:
    known = {name: summary[name] for name in ("id", "workflow", "file")}
    return {**known, "status": status, "exit_code": exit_code, "error": error}


def _counted(told: list[dict[str, Any]], wanted: int) -> str:
    if not wanted:
        return "no run is interrupted"
    counts = Counter(one["status"] for one in told)
    parts = [f"{count} {status}" for status, count in counts.items()]
    if len(told) < wanted:
        parts.append(f"{wanted - len(told)} not begun")
    return f"{wanted} {'run' if wanted == 1 else 'runs'}: {', '.join(parts)}"


def _tell_dry(runs: list[dict[str, Any]], *, as_json: bool, quiet: bool) -> None:
    interrupted = [one for one in runs if one["status"] == "interrupted"]
    for one in runs:
        if one["status"] == "damaged":
            complain(_named(one["id"], one["error"]["message"]), f"`wflow status {one['id']}` says more")
    if as_json:
        tell_json({"version": 1, "runs": [_told(one, one["status"], None, one["error"]) for one in runs]})
    elif quiet:
        return
    elif not interrupted:
        tell("no run is interrupted")
    else:
        from wflow.display.marks import marks_for
        from wflow.display.table import table_text

        tell(table_text(interrupted, SystemClock.now(), marks_for(sys.stdout.encoding)))
        tell("nothing was continued")


def _named(run_id: str, message: str) -> str:
    return message if run_id in message else f"run {run_id}: {message}"
