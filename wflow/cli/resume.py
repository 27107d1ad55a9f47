"""``wflow resume``: a run goes on where it was left, as it was defined or with what was put right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell, tell_json, warn
from wflow.cli.run import Output
from wflow.errors import EXIT_COMPLETED, UsageError

if TYPE_CHECKING:
    from wflow.runner.redefine import Revision
    from wflow.runner.revising import RevisionPlan

__all__ = ["AsBefore", "OutputOption", "Strict", "continue_run", "resume"]

AsBefore = Annotated[
    int | None, typer.Option("--workers", min=1, metavar="N", help="Nodes at work at once; default: as before.")
]
OutputOption = Annotated[
    Output | None, typer.Option("--output", help="What to print; default: live on a terminal, else plain.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 6 when the run completed with tolerated failures.")]

_From = Annotated[
    list[str] | None,
    typer.Option(
        "--from", metavar="ADDRESS", help="Run this node again with all after it; other branches stay; repeatable."
    ),
]
_Updated = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Go on with this definition; what has finished stays, or is refused."),
]
_Pairs = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--param",
        metavar="NAME=VALUE",
        help="Another value for a parameter; what has finished stays; repeatable.",
    ),
]
_Params = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A JSON or YAML mapping of parameters; -p goes before it.")
]


def resume(
    run: Annotated[str, typer.Argument(metavar="ID", help="The run: its id, a part of it, or `last`.")],
    again: _From = None,
    updated: _Updated = None,
    parameter: _Pairs = None,
    params: _Params = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be kept and what would run again; change nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --dry-run: print JSON.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on though the journal is damaged: what it lost runs again.")
    ] = False,
    workers: AsBefore = None,
    output: OutputOption = None,
    strict: Strict = False,
) -> int:
    """Continue a run: one that was paused or interrupted goes on, of one that failed or was cancelled what did not
    complete runs again. What completed is never run again, unless --from says so.

    Exit codes are those of `wflow run`; 7 when a process runs it already, 8 when its journal is damaged.
    """
    if as_json and not dry_run:
        raise UsageError("--json tells what a --dry-run would do", cure="add --dry-run, or say --output json")
    revision = _revision(again or [], updated, parameter or [], params)
    if dry_run:
        return _look_ahead(run, revision, as_json=as_json, accept_loss=accept_loss)
    return continue_run(run, workers=workers, output=output, strict=strict, accept_loss=accept_loss, revision=revision)


def continue_run(
    part: str,
    *,
    workers: int | None,
    output: str | None,
    strict: bool,
    accept_loss: bool = False,
    again: tuple[str, ...] = (),
    check: Callable[[str, str], None] | None = None,
    revision: Revision | None = None,
) -> int:
    """Take up the run that ``part`` means, with the ``revision`` where one is asked, and give the exit code.

    Of one that ended only the nodes ``again`` run, with what follows from them, where it names any. ``check`` gets its
    id and its status before anything is done, and may raise. Raises what `resume_run` raises.
    """
    from wflow.cli.watching import watchers
    from wflow.runner.run import Options, resume_run

    with opened_store() as store:
        run_id = store.find(part)
        seen, display = watchers(output, store.home)
        options = Options(workers=workers, watchers=(seen, display), again=again)
        looked = partial(check, run_id) if check is not None else None
        result = resume_run(
            run_id,
            store,
            options,
            accept_loss=accept_loss,
            check=looked,
            revision=revision,
            on_plan=partial(_tell_plan, output=output),
        )
        if seen.view is None and output not in ("quiet", "json"):
            tell(f"run {run_id} has completed; there is nothing to continue")
        return result.exit_code(strict=strict)


def _revision(again: list[str], updated: Path | None, pairs: list[str], params: Path | None) -> Revision:
    from wflow.cli.parameters import given_parameters
    from wflow.runner.redefine import Revision

    given = (lambda workflow: given_parameters(workflow, pairs, params)) if pairs or params is not None else None
    return Revision(again=tuple(again), updated=updated, parameters=given)


def _look_ahead(part: str, revision: Revision, *, as_json: bool, accept_loss: bool) -> int:
    from os import environ

    from wflow.clock import SystemClock
    from wflow.runner.revising import look_ahead

    with opened_store(read_only=True) as store:
        run_id = store.find(part)
        plan = look_ahead(store, run_id, revision, environ, SystemClock.now(), accept_loss=accept_loss)
    _report(plan)
    if as_json:
        tell_json(plan.summary)
    else:
        tell(_text(plan))
        tell("nothing was run")
    return EXIT_COMPLETED


def _tell_plan(plan: RevisionPlan, *, output: str | None) -> None:
    """Say what is about to be done, where ``--output`` has room for it: as an event where that is JSON."""
    if output != "quiet":
        _report(plan)
    if output in (None, "live", "plain"):
        tell(_text(plan))
    elif output == "json":
        from json import dumps

        tell(dumps({"event": "run_revised", **plan.summary}))


def _report(plan: RevisionPlan) -> None:
    """Print the warnings of an updated file."""
    loaded = plan.what.loaded
    if loaded is not None and loaded.problems:
        import sys

        from wflow.cli.printing import coloured
        from wflow.loading.report import text_report

        warn(text_report([(plan.what.options["file"], loaded)], colour=coloured(sys.stderr)))


def _text(plan: RevisionPlan) -> str:
    from wflow.cli.revision import revision_text

    return revision_text(plan.summary)
