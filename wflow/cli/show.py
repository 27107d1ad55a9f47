"""``wflow show``: everything about one node of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import complain, tell, tell_json
from wflow.errors import EXIT_COMPLETED, EXIT_STORE, UsageError

if TYPE_CHECKING:
    from wflow.runner.inspect import ActivationReport, NodeReport

__all__ = ["show", "unknown_node"]

#: Activations that are told to people; JSON has them all.
_SHOWN = 20

#: Characters of one line of a value, and lines of it, that are told to people.
_WIDEST = 2000
_LINES = 200


def show(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    node: Annotated[str, typer.Argument(metavar="NODE", help="The node's address, such as `load[17]/insert`.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Show a node's input, output, attempts and error, each time that it ran."""
    from wflow.runner.inspect import inspect_node

    with opened_store() as store:
        run_id = store.find(run)
        run_store = store.open(run_id)
        report = inspect_node(run_store, node)
        if not report.type:
            raise unknown_node(run_id, node, report.known)
        if as_json:
            tell_json(_json(report, run_store.folder))
        else:
            _tell(report, run_store.folder)
    if report.damage is not None:
        complain(report.damage.message, report.damage.cure)
        return EXIT_STORE
    return EXIT_COMPLETED


def unknown_node(run_id: str, address: str, known: list[str]) -> UsageError:
    """What is said of an address that the run does not have, with the nearest that it has."""
    from wflow.model.nearest import did_you_mean
    from wflow.progress import without_keys

    cure = did_you_mean(address, known)
    inside = next((name for name in known if "[" in name and without_keys(name) == address), None)
    if inside is not None:
        cure = f"it runs once for each iteration: name one, such as `{inside}`"
    return UsageError(f"run {run_id} has no node `{address}`", cure=cure or f"`wflow status {run_id}` lists its nodes")


def _log_of(folder: Path, address: str, number: int, attempt: int) -> str | None:
    for stream in ("err", "out"):
        path = folder / "logs" / f"{address}#{number}.{attempt}.{stream}"
        if path.is_file():
            return str(path)
    return None


def _json(report: NodeReport, folder: Path) -> dict[str, Any]:
    from wflow.progress.report import iso

    def activation(one: ActivationReport) -> dict[str, Any]:
        error = one.error
        return {
            "number": one.number,
            "status": one.status,
            "attempts": one.attempts,
            "input": one.input,
            "output": one.output,
            "error": None
            if error is None
            else {"type": error.type, "message": error.message, "traceback": error.traceback},
            "started_at": iso(one.started_at),
            "ended_at": iso(one.ended_at),
            "log": _log_of(folder, report.address, one.number, one.attempts),
        }

    return {
        "version": 1,
        "address": report.address,
        "type": report.type,
        "status": report.status,
        "activations": [activation(one) for one in report.activations],
    }


def _tell(report: NodeReport, folder: Path) -> None:
    from wflow.display.safe import safe_text

    tell(f"{safe_text(report.address)}  ({safe_text(report.type)})  {report.status}")
    hidden = len(report.activations) - _SHOWN
    if hidden > 0:
        tell(f"{hidden} earlier activations are left out; --json has them all")
    for one in report.activations[-_SHOWN:]:
        tell(_headline(one))
        _tell_value("input", one.input)
        if one.status == "completed":
            _tell_value("output", one.output)
        if one.error is not None:
            tell(f"  error: {safe_text(one.error.type)}: {safe_text(one.error.message, _WIDEST)}")
            for line in one.error.traceback.splitlines()[-_LINES:]:
                tell(f"    {_kept_indent(line)}")
        log = _log_of(folder, report.address, one.number, one.attempts)
        if log is not None:
            tell(f"  log: {safe_text(log, _WIDEST)}")


def _kept_indent(line: str) -> str:
    from wflow.display.safe import safe_text

    text = line.lstrip(" ")
    return " " * min(80, len(line) - len(text)) + safe_text(text, _WIDEST)


def _headline(one: ActivationReport) -> str:
    from wflow.display.times import moment, span

    parts = [f"#{one.number} {one.status}"]
    if one.attempts > 1:
        parts.append(f"{one.attempts} attempts")
    if one.started_at is not None:
        parts.append(f"started {moment(one.started_at)}")
        if one.ended_at is not None:
            parts.append(f"took {span(one.ended_at - one.started_at)}")
    return ", ".join(parts)


def _tell_value(name: str, value: Any) -> None:
    """A JSON value over as many lines as it needs; ASCII apart from letters, so that nothing in it is obeyed."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    lines = text.split("\n")
    tell(f"  {name}: {_kept_indent(lines[0])}")
    for line in lines[1:_LINES]:
        tell(f"  {_kept_indent(line)}")
    if len(lines) > _LINES:
        tell(f"  … {len(lines) - _LINES} more lines; --json has them all")
