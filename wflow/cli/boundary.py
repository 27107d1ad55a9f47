"""The one place where errors become a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import takewhile

import typer
import typer.main

from wflow.cli.commands import app
from wflow.cli.printing import complain, flush, warn
from wflow.errors import EXIT_FAILED, EXIT_USAGE, DefinitionError, WflowError

__all__ = ["main"]

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None, *, version: str = "") -> int:
    """Run the command line (``sys.argv`` where none is given) and give its exit code; nothing is raised.

    A user's mistake is one sentence and its cure on standard error; ``--debug`` before the command shows where in
    the program it came from.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in takewhile(lambda argument: argument.startswith("-"), given)
    _have_streams()
    try:
        code = _run(given, version, debug)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    flush()
    return code


def _run(given: list[str], version: str, debug: bool) -> int:
    try:
        code = typer.main.get_command(app).main(
            given, prog_name="wflow", standalone_mode=False, obj={"version": version}
        )
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:
        return _misused(error)
    except typer.Abort:
        return _INTERRUPTED
    except WflowError as error:
        if debug:
            _show_trace()
        _explain(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the boundary: nobody above can say it better
        return _unexpected(error, debug)


def _misused(error: typer.TyperException) -> int:
    """The command line cannot be read: one line, and where to look."""
    ctx = getattr(error, "ctx", None)
    if ctx is not None and type(error).__name__ == "NoArgsIsHelpError":
        warn(error.format_message())
        return EXIT_USAGE
    near = getattr(error, "possibilities", None)
    path = getattr(ctx, "command_path", "wflow")
    message = getattr(error, "message", "") if near else error.format_message()
    cure = (
        f"did you mean {' or '.join(f'`{name}`' for name in sorted(near))}?" if near else f"`{path} --help` tells how"
    )
    complain(message.rstrip("."), cure)
    return EXIT_USAGE


def _explain(error: WflowError) -> None:
    if isinstance(error, DefinitionError) and error.problems:
        from wflow.loading.render import render_problem

        for problem in error.problems:
            warn(render_problem(problem))
    complain(error.message, error.cure)


def _unexpected(error: Exception, debug: bool) -> int:
    if debug:
        _show_trace()
    complain(
        f"something that should not happen: {type(error).__name__}: {error}",
        None if debug else "`wflow --debug …` shows where; please report it",
    )
    return EXIT_FAILED


def _show_trace() -> None:
    import traceback

    warn(traceback.format_exc())


def _have_streams() -> None:
    """A process that was started with a stream closed has None in its place: give it one that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - open as long as the process
