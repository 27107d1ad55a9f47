"""``wflow status``: the runs in a table, or one run as a tree."""

from __future__ import annotations

import sys
import time
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import complain, tell, tell_json
from wflow.clock import SystemClock
from wflow.errors import EXIT_COMPLETED, EXIT_STORE, UsageError

if TYPE_CHECKING:
    from wflow.progress import Event, View
    from wflow.runner.inspect import Reading
    from wflow.store.disk import DiskStore

__all__ = ["status"]

#: Seconds between two looks at a journal that somebody else writes.
_LOOK_EVERY = 0.1


def status(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="A run: its id, a part of it, or `last`; all runs without.", show_default=False
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow the run (the newest, without ID) until it rests.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Only runs, or nodes of the run, that failed.")] = False,
    last: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the newest N runs.")] = None,
    breakers: Annotated[
        bool, typer.Option("--breakers", help="Circuit breakers instead of runs: how each stands.")
    ] = False,
    reset: Annotated[
        str | None, typer.Option("--reset", metavar="NAME", help="Close this breaker; with --breakers.")
    ] = None,
) -> int:
    """Show the runs in a table, newest first, or one run as a tree with its nodes.

    Exit code 0, also when runs are damaged in the list; 8 when the run that is asked for is.
    """
    if breakers:
        if run is not None or watch or failed or last is not None:
            raise UsageError("--breakers goes with --json and --reset only", cure="leave out what speaks of runs")
    elif reset is not None:
        raise UsageError("--reset closes a breaker", cure="add --breakers")
    with opened_store() as store:
        if breakers:
            return _breakers(store, reset, as_json=as_json)
        if run is None and not watch:
            return _list(store, as_json=as_json, failed=failed, last=last)
        if last is not None:
            raise UsageError("--last limits the list of runs", cure="leave out the ID, or --last")
        run_id = store.find(run if run is not None else "last")
        if watch:
            if as_json:
                raise UsageError("--watch prints for people", cure="`wflow run --output json` prints events as JSON")
            return _watch(store, run_id)
        return _one(store, run_id, as_json=as_json, failed=failed)


def _list(store: DiskStore, *, as_json: bool, failed: bool, last: int | None) -> int:
    from wflow.display.choose import is_terminal
    from wflow.display.marks import marks_for
    from wflow.display.table import render_table, table_text
    from wflow.progress import runs_json
    from wflow.runner.listing import list_runs

    runs = (one for one in list_runs(store) if not failed or one["status"] == "failed")
    shown = list(islice(runs, last))
    if as_json:
        tell_json(runs_json(shown))
        return EXIT_COMPLETED
    now = SystemClock.now()
    marks = marks_for(sys.stdout.encoding)
    if failed and not shown:
        tell("no run failed")
    elif is_terminal(sys.stdout):
        from wflow.display.screen import paint

        paint(render_table(shown, now, marks), sys.stdout)
    else:
        tell(table_text(shown, now, marks))
    return EXIT_COMPLETED


def _breakers(store: DiskStore, reset: str | None, *, as_json: bool) -> int:
    from wflow.display.breakers import breakers_text
    from wflow.display.marks import marks_for
    from wflow.runner.breakers import list_breakers, reset_breaker

    now = SystemClock.now()
    shared = store.shared()
    told = list_breakers(shared, now) if reset is None else [reset_breaker(shared, reset, now)]
    if as_json:
        tell_json({"version": 1, "breakers": told})
    else:
        tell(breakers_text(told, marks_for(sys.stdout.encoding)))
    return EXIT_COMPLETED


def _one(store: DiskStore, run_id: str, *, as_json: bool, failed: bool) -> int:
    from wflow.progress import status_json
    from wflow.runner.inspect import read_run
    from wflow.runner.listing import summary_of

    reading = read_run(store, run_id)
    if as_json:
        told = summary_of(reading)
        nodes = status_json(reading.view, **reading.facts())["nodes"] if reading.view is not None else []
        told["nodes"] = [node for node in nodes if not failed or node["status"] == "failed"]
        tell_json(told)
    elif reading.view is not None:
        (_tell_failed if failed else _tell_tree)(store, reading, reading.view)
    return _exit_code(reading)


def _exit_code(reading: Reading) -> int:
    if reading.damage is None:
        return EXIT_COMPLETED
    complain(reading.damage.message, reading.damage.cure)
    return EXIT_STORE


def _tell_tree(store: DiskStore, reading: Reading, view: View) -> None:
    from wflow.display.choose import is_terminal
    from wflow.display.epilogue import epilogue_of
    from wflow.display.marks import ASCII, marks_for
    from wflow.display.safe import safe_text
    from wflow.display.tree import plain_tree, render
    from wflow.runner.logs import newest_log

    file = reading.facts().get("file") or "?"
    tell(f"run {reading.id} of {safe_text(file, 1000)}: {reading.status}")
    now = SystemClock.now()
    ascii_only = marks_for(sys.stdout.encoding) is ASCII
    if is_terminal(sys.stdout):
        from wflow.display.screen import paint, size_of

        columns, _ = size_of(sys.stdout)
        sys.stdout.flush()
        paint(render(view, now, columns, None, ascii_only=ascii_only), sys.stdout)
    else:
        tell(plain_tree(view, now, ascii_only=ascii_only))
    if reading.damage is None:
        folder = store.home / "runs" / reading.id
        for line in epilogue_of(view, lambda address: _text_or_none(newest_log(folder, address))):
            tell(line)


def _text_or_none(path: object) -> str | None:
    return str(path) if path is not None else None


def _tell_failed(store: DiskStore, reading: Reading, view: View) -> None:
    from wflow.display.safe import safe_text

    if not view.failed:
        tell("no node failed")
    for row in view.failed:
        fault = row.error
        why = f"{fault.type}: {fault.message}" if fault is not None else "failed"
        tell(f"{safe_text(row.address)}: {safe_text(why, 2000)}{' (handled)' if row.handled else ''}")


def _watch(store: DiskStore, run_id: str) -> int:
    """Follow a run that another process owns, as that process itself would show it."""
    from wflow.display.choose import display_for
    from wflow.runner.inspect import read_run
    from wflow.runner.logs import newest_log

    reading = read_run(store, run_id)
    view = reading.view
    if view is None or reading.status != "running":
        return _one(store, run_id, as_json=False, failed=False)
    folder = store.home / "runs" / run_id
    display = display_for(
        None, sys.stdout, sys.stderr, log_path=lambda address: _text_or_none(newest_log(folder, address))
    )

    def on_event(event: Event) -> None:
        assert reading.view is not None  # another one than before, where the run was revised meanwhile
        display.event(event, reading.view)

    display.start(view)
    try:
        while reading.status == "running":
            reading.follow(on_event)
            display.tick(reading.view or view, SystemClock.now())
            time.sleep(_LOOK_EVERY)
    finally:
        display.finish(reading.view or view)
    return _exit_code(reading)
