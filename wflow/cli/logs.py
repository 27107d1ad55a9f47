"""``wflow logs``: what the nodes of a run printed."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.logtext import Cleaner, Follower, tail_of
from wflow.cli.printing import flush, tell, warn
from wflow.clock import SystemClock
from wflow.errors import UsageError

if TYPE_CHECKING:
    from wflow.runner.logs import LogFile
    from wflow.store.disk import DiskStore

__all__ = ["logs"]

#: Seconds between two looks at logs that are being written.
_LOOK_EVERY = 0.2


_Node = Annotated[
    str | None, typer.Argument(metavar="NODE", help="A node's address; what is below it too.", show_default=False)
]
_Since = Annotated[
    str | None,
    typer.Option(metavar="T", help="Only logs written to since: `10m` ago, or a time such as 2026-11-23T08:00."),
]


def logs(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    node: _Node = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as more is printed, to the run's end.")] = False,
    tail: Annotated[int | None, typer.Option(min=0, metavar="N", help="Only the last N lines of each log.")] = None,
    grep: Annotated[str | None, typer.Option(metavar="RE", help="Only lines in which this is found.")] = None,
    since: _Since = None,
    raw: Annotated[bool, typer.Option("--raw", help="Control characters too, as they were printed.")] = False,
) -> None:
    """Print what the nodes printed: of each attempt its output, then its errors. Secrets are masked.

    The lines of several nodes have the node's address before them.
    """
    pattern = _pattern(grep)
    after = _moment(since) if since is not None else 0.0
    with opened_store() as store:
        run_id = store.find(run)
        folder = store.open(run_id).folder
        cleaner = Cleaner(_secrets(store, run_id), pattern, raw=raw)
        if follow:
            _follow(folder, node, cleaner, tail, after, lambda: store.is_alive(run_id))
            return
        from wflow.runner.logs import log_files

        found = [log for log in log_files(folder, node) if log.written >= after]
        if not found and node is not None:
            _say_why_nothing(store, run_id, node)
        several = len({log.address for log in found}) > 1
        for log in found:
            prefix = _prefix(log) if several else ""
            for line in tail_of(log.path, tail):
                shown = cleaner.clean(line)
                if shown is not None and not tell(prefix + shown):
                    return


def _prefix(log: LogFile) -> str:
    from wflow.display.safe import safe_text

    return f"{safe_text(log.address)} | "


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text) if text is not None else None
    except re.error as error:
        raise UsageError(f"--grep `{text}` is no regular expression: {error}") from None


def _moment(text: str) -> float:
    """Seconds since the epoch that ``--since`` means: a span before now, or a time, which is UTC without a zone."""
    from wflow.model.durations import parse_duration

    try:
        return SystemClock.now() - parse_duration(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        cure = "write `10m`, `2h`, `1d`, or a time such as `2026-11-23T08:45:00Z`"
        raise UsageError(f"--since `{text}` is no time", cure=cure) from None


def _secrets(store: DiskStore, run_id: str) -> list[str]:
    """The values, as they are now, of what the run's definitions and those of its subflows call secret."""
    names: set[str] = set()
    run = store.open(run_id)
    for record in run.records():
        definition = record.data.get("definition")
        if definition:
            names.update(definition.get("secrets", ()))
        if record.number == 1 and "subflow" not in json.dumps(definition) and not _was_revised(run.folder):
            break
    values = [os.environ.get(name, "") for name in names]
    return [value for value in (*values, *(value.strip() for value in values)) if value]


def _was_revised(folder: Path) -> bool:
    """Whether the run got another definition on its way; found out without reading its journal as JSON."""
    from wflow.store.run_folder import JOURNAL

    with (folder / JOURNAL).open("rb") as journal:
        return any(b'"event":"run_revised"' in line[:80] for line in journal)


def _say_why_nothing(store: DiskStore, run_id: str, node: str) -> None:
    """Nothing is there: because the node printed nothing, or because there is no such node. Raises UsageError."""
    from wflow.cli.show import unknown_node
    from wflow.runner.inspect import read_run

    reading = read_run(store, run_id)
    if reading.damage is not None:
        raise reading.damage
    assert reading.view is not None
    known = [address for address, row in reading.view.rows.items() if row.key is None]
    if node not in known and not any(name.startswith((f"{node}/", f"{node}[")) for name in reading.view.rows):
        raise unknown_node(run_id, node, known)
    warn(f"`{node}` has printed nothing")


def _follow(
    folder: Path,
    node: str | None,
    cleaner: Cleaner,
    tail: int | None,
    after: float,
    alive: Callable[[], bool],
) -> None:
    """Print what is there, and what is added, until nobody runs the run any more."""
    from wflow.runner.logs import log_files

    followed: dict[Path, Follower] = {}
    first = True
    while True:
        goes_on = alive()
        for log in log_files(folder, node):
            if log.written < after:
                continue
            if log.path not in followed:
                prefix = "" if log.address == node else _prefix(log)
                followed[log.path] = Follower(log.path, prefix, tail if first else None)
            follower = followed[log.path]
            for line in follower.lines(at_end=not goes_on):
                shown = cleaner.clean(line)
                if shown is not None and not tell(follower.prefix + shown):
                    return
        flush()
        first = False
        if not goes_on:
            return
        time.sleep(_LOOK_EVERY)
