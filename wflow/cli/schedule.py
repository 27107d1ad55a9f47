"""``wflow schedule``: runs are started when their timers come due."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import flush, tell, tell_json
from wflow.clock import SystemClock
from wflow.errors import EXIT_COMPLETED, UsageError

if TYPE_CHECKING:
    from wflow.runner.schedule import Due, Scheduled
    from wflow.store.disk import DiskStore

__all__ = ["schedule"]


def schedule(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Workflow files with a timer at their top.")],
    once: Annotated[
        bool, typer.Option("--once", help="Start what is due now, wait for it, and leave: for cron.")
    ] = False,
    print_crontab: Annotated[
        bool, typer.Option("--print-crontab", help="Print the crontab lines that start these files.")
    ] = False,
    coming: Annotated[
        int | None, typer.Option("--next", min=1, max=10_000, metavar="N", help="Print the next N due times.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the due times as JSON.")] = False,
) -> int:
    """Start a run of a file whenever a timer at its top is due, each in a process of its own, until INT or TERM, which
    the runs get too.

    Exit code 128 and the signal; with `--once` 0, or that of the first run that did not complete.
    """
    if sum((once, print_crontab, coming is not None)) > 1:
        raise UsageError("--once, --print-crontab and --next exclude each other", cure="give one of them")
    if as_json and coming is None:
        raise UsageError("--json is for --next", cure="add `--next 5`, or leave out --json")

    from wflow.runner.schedule import Scheduled

    chosen = {os.path.realpath(file): file for file in files}
    if once:
        with opened_store() as store:
            return _start([Scheduled.read_file(file, os.environ, store) for file in chosen.values()], store, once=True)
    read = [Scheduled.read_file(file, os.environ) for file in chosen.values()]
    if coming is not None:
        _tell_coming(read, coming, as_json=as_json)
        return EXIT_COMPLETED
    if print_crontab:
        from wflow.runner.crontab import crontab_lines
        from wflow.store.home import home_folder

        for line in crontab_lines(read, os.environ, home_folder(os.environ)):
            tell(line)
        return EXIT_COMPLETED
    with opened_store() as store:
        return _start(read, store, once=False)


def _start(read: list[Scheduled], store: DiskStore, *, once: bool) -> int:
    from wflow.display.safe import safe_text
    from wflow.runner.schedule import Scheduler

    def say(sentence: str) -> None:
        tell(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {safe_text(sentence, 4000)}")
        flush()

    scheduler = Scheduler(read, store.shared(), SystemClock(), say)
    with _handled(scheduler.ask_end):
        if once:
            return scheduler.run_once()
        say(f"waiting for {_described(read)}")
        return 128 + scheduler.run()


def _described(read: list[Scheduled]) -> str:
    from wflow.runner.schedule import upcoming

    first = upcoming(read, SystemClock.now(), 1)
    return f"{first[0].file.name}, due at {_local(first[0])}" if first else "nothing: no timer comes due any more"


@contextmanager
def _handled(ask_end: Callable[[int], object]) -> Iterator[None]:
    """INT, TERM and HUP ask to end; one that is ignored stays so, as `nohup` wants it."""
    before: dict[signal.Signals, Any] = {}
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(one) is not signal.SIG_IGN:
            before[one] = signal.signal(one, lambda number, frame: ask_end(number))
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell_coming(read: list[Scheduled], count: int, *, as_json: bool) -> None:
    from wflow.display.safe import safe_text
    from wflow.progress.report import iso
    from wflow.runner.schedule import upcoming

    found = upcoming(read, SystemClock.now(), count)
    if as_json:
        told = [
            {
                "at": iso(due.at),
                "file": str(due.file.absolute()),
                "node": due.timer.node,
                "schedule": due.timer.rule.schedule.expression,
                "timezone": str(due.timer.rule.schedule.zone),
            }
            for due in found
        ]
        tell_json({"version": 1, "due": told})
        return
    widest = max((len(str(due.file)) for due in found), default=0)
    for due in found:
        tell(f"{_local(due)}  {safe_text(str(due.file), 1000):{widest}}  {due.timer.node}")
    if not found:
        tell("no timer comes due any more")


def _local(due: Due) -> str:
    """The time as the timer's own wall shows it."""
    moment = datetime.fromtimestamp(due.at, UTC).astimezone(due.timer.rule.schedule.zone)
    return moment.isoformat(sep=" ", timespec="seconds")
