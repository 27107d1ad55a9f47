"""``wflow run``: one workflow file, from its first node to its last."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wflow.cli.home import opened_store
from wflow.cli.parameters import bound_parameters
from wflow.cli.printing import coloured, tell, warn
from wflow.errors import EXIT_COMPLETED, EXIT_INVALID, UsageError

if TYPE_CHECKING:
    from wflow.loading import Loaded
    from wflow.model import Checkpoint, Workflow

__all__ = ["Output", "chosen_nodes", "read_checkpoint", "run"]

Output = Literal["live", "plain", "errors", "json", "quiet"]

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The workflow file.", show_default=False)]
_Pairs = Annotated[
    list[str] | None,
    typer.Option("-p", metavar="NAME=VALUE", help="A parameter's value, read by the parameter's type; repeatable."),
]
_Params = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A JSON or YAML mapping of parameters; -p goes before it.")
]
_Workers = Annotated[int | None, typer.Option(min=1, metavar="N", help="Nodes at work at once; default: CPUs + 4.")]
_Output = Annotated[Output | None, typer.Option(help="What to print; default: live on a terminal, else plain.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything, print the plan, run nothing.")]
_Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="The run's id; default: one by the time.")]
_Strict = Annotated[bool, typer.Option("--strict", help="Exit 6 when the run completed with tolerated failures.")]
_Checkpoint = Annotated[
    str | None,
    typer.Option(metavar="POLICY", help="When to sync: node, nodes=20, every=10s or manual; default: the file's."),
]
_Cwd = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The nodes' working directory; default: the file's folder.")
]
_Outside = Annotated[bool, typer.Option("--allow-outside", help="Subflow files may lie outside the project.")]
_Until = Annotated[str | None, typer.Option(metavar="NODE", help="Run this node and what leads to it, nothing else.")]
_Detach = Annotated[
    bool, typer.Option("--detach", help="Print the run's id once it has begun; it goes on by itself, without output.")
]
_Only = Annotated[str | None, typer.Option(metavar="NODE", help="Run this node alone.")]


def run(
    file: _File,
    parameter: _Pairs = None,
    params: _Params = None,
    workers: _Workers = None,
    output: _Output = None,
    dry_run: _DryRun = False,
    run_id: _Id = None,
    strict: _Strict = False,
    checkpoint: _Checkpoint = None,
    cwd: _Cwd = None,
    allow_outside: _Outside = False,
    until: _Until = None,
    only: _Only = None,
    detach: _Detach = False,
) -> int:
    """Run a workflow, and print how it goes.

    Exit code 0 when it completed, 1 failed, 3 not valid, 4 cancelled, 5 paused, 7 skipped by `overlap`, 124 timed out.
    """
    policy = _checked(checkpoint, cwd, output if detach else None)
    if dry_run:
        return _dry_run(file, parameter or [], params, allow_outside, (until, only))

    from wflow.cli.watching import watchers
    from wflow.runner.definitions import read_cached
    from wflow.runner.run import Options, start_run

    with opened_store() as store:
        loaded = read_cached(file, store, allow_outside=allow_outside)
        if not _report(file, loaded, quiet=output == "quiet"):
            return EXIT_INVALID
        assert loaded.workflow is not None
        values = bound_parameters(loaded.workflow, parameter or [], params)
        part = chosen_nodes(loaded.workflow, until, only)
        if detach:
            from wflow.cli.detach import detached

            rest = {"params": params, "workers": workers, "checkpoint": checkpoint, "cwd": cwd, "until": until}
            rest |= {"only": only, "allow-outside": allow_outside or None}
            return detached(file, loaded.workflow, store, run_id, parameter or [], rest)
        shown = watchers(output, store.home)
        options = Options(
            run_id=run_id, workers=workers, checkpoint=policy, cwd=cwd, only=part, watchers=shown,
            allow_outside=allow_outside,
        )  # fmt: skip
        start = start_run if loaded.workflow.overlap == "allow" else _in_turn(store.home, output)
        return start(file, loaded, values, store, options).exit_code(strict=strict)


def _checked(checkpoint: str | None, cwd: Path | None, output: str | None) -> Checkpoint | None:
    """What ``--checkpoint`` names; ``output`` is that of a detached run. Raises UsageError."""
    if output is not None:
        raise UsageError("a detached run prints nothing", cure="leave --output out; `wflow status ID --watch` shows it")
    if cwd is not None and not cwd.is_dir():
        raise UsageError(f"no such folder: {cwd}", cure="--cwd names a folder that is there")
    return read_checkpoint(checkpoint) if checkpoint is not None else None


def _in_turn(home: Path, output: str | None) -> Any:
    """What starts a run when the file's ``overlap`` lets it, and says what it waits for."""
    from wflow.runner.overlap import start_in_turn

    return partial(start_in_turn, home=home, tell=(lambda text: None) if output == "quiet" else warn)


def _dry_run(
    file: Path, pairs: list[str], params: Path | None, allow_outside: bool, part: tuple[str | None, str | None]
) -> int:
    """Everything up to the first effect: nothing is read from the home folder either."""
    from wflow.cli.plan import plan_text
    from wflow.runner.definitions import read

    loaded = read(file, allow_outside=allow_outside)
    if not _report(file, loaded, quiet=False):
        return EXIT_INVALID
    assert loaded.workflow is not None
    values = bound_parameters(loaded.workflow, pairs, params)
    tell(plan_text(loaded.workflow, only=chosen_nodes(loaded.workflow, *part), parameters=values))
    tell("nothing was run")
    return EXIT_COMPLETED


def _report(file: Path, loaded: Loaded, *, quiet: bool) -> bool:
    """Print the file's problems, of a valid one its warnings; whether it is valid."""
    valid = loaded.workflow is not None
    if loaded.problems and not (valid and quiet):
        from wflow.loading.report import text_report

        warn(text_report([(str(file), loaded)], colour=coloured(sys.stderr)))
    return valid


def chosen_nodes(workflow: Workflow, until: str | None, only: str | None) -> frozenset[str] | None:
    """The root nodes that ``--until`` or ``--only`` leave in the run; None for all. Raises UsageError."""
    if until is not None and only is not None:
        raise UsageError("--until and --only exclude each other", cure="give one of them")
    name = until if until is not None else only
    if name is None:
        return None
    known = [node.id for node in workflow.graph.nodes]
    if name not in known:
        from wflow.model.nearest import did_you_mean, listed

        cure = did_you_mean(name, known) or f"its nodes are {listed(known)}"
        raise UsageError(f"workflow `{workflow.name}` has no node `{name}` at its top", cure=cure)
    if only is not None:
        return frozenset({name})
    from wflow.graph.part import ancestors

    return ancestors(workflow, name)


def read_checkpoint(text: str) -> Checkpoint:
    """The policy that ``--checkpoint`` names: ``node``, ``manual``, ``nodes=20``, ``every=10s``. Raises UsageError."""
    from wflow.model import Checkpoint
    from wflow.model.durations import parse_duration

    name, equals, value = text.partition("=")
    try:
        if name in ("node", "manual") and not equals:
            return Checkpoint(policy=name)
        if name == "nodes" and int(value) > 0:
            return Checkpoint(policy=name, nodes=int(value))
        if name == "every":
            seconds: Any = float(value) if value.replace(".", "", 1).isdigit() else value
            return Checkpoint(policy=name, every=parse_duration(seconds))
    except ValueError:
        pass
    raise UsageError(f"there is no checkpoint policy `{text}`", cure="write node, nodes=20, every=10s or manual")
