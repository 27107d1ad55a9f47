"""The commands there are. Each is a module of this package, imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from wflow.cli.values import read_plainly

__all__ = ["COMMANDS", "CommandGroup", "Commands", "PlainCommand", "app", "function_of"]

#: What each command does, in the order of the list that ``wflow --help`` prints.
COMMANDS: Mapping[str, str] = {
    "validate": "Check workflow files: every problem at once, with the cure.",
    "run": "Run a workflow.",
    "resume": "Continue a run: paused, interrupted, failed or cancelled.",
    "retry": "Run again what did not complete of a run that ended.",
    "recover": "Continue every run that was interrupted.",
    "status": "The runs in a table, or one run as a tree.",
    "pause": "Let what runs end, start nothing more.",
    "cancel": "Cancel a run.",
    "checkpoint": "Have a run sync its journal now.",
    "signal": "Send what a waiting node waits for.",
    "set": "Have a node complete with an output given by hand.",
    "dlq": "Dead letters: list, show, requeue, drop.",
    "edge": "Switch an edge of a run on or off.",
    "amend": "Add nodes and edges to a run.",
    "logs": "What the nodes printed.",
    "show": "A node's input, output, attempts and error.",
    "explain": "Why a node ran, waits or was skipped.",
    "graph": "The graph of a workflow, with statuses if it is a run.",
    "schedule": "Start runs when their timers come due.",
    "rm": "Remove runs with all that was kept of them.",
    "prune": "Remove runs that ended long ago.",
    "import": "Make a workflow of the .NET ExecutionEngine ours.",
    "init": "Write a first workflow to change.",
    "schema": "Print the JSON Schema of workflow files.",
    "doctor": "What this machine has.",
}


def function_of(name: str) -> Callable[..., Any]:
    """The function behind a command, of its name in the module of its name; a word of Python has a ``_`` after it."""
    ours = f"{name}_" if iskeyword(name) else name
    function: Callable[..., Any] = getattr(import_module(f"wflow.cli.{ours}"), ours)
    return function


class PlainCommand(typer.core.TyperCommand):
    """A command whose values are read without pydantic."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, and ``--help``."""
        parameters = super().get_params(ctx)
        read_plainly(parameters)
        return list(parameters)


class Commands(Mapping[str, Any]):
    """The commands by name; each is made, and what it needs imported, when it is looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        if name not in self._made:
            alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            alone.command(name, cls=PlainCommand)(function_of(name))
            self._made[name] = typer.main.get_command(alone)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class CommandGroup(typer.core.TyperGroup):
    """The group of all commands; only the one that is called is imported."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()  # type: ignore[assignment]

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, and ``--help``."""
        parameters = super().get_params(ctx)
        read_plainly(parameters)
        return list(parameters)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


app = typer.Typer(cls=CommandGroup, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)


def _print_version(ctx: typer.Context, asked: bool) -> None:
    if asked:
        typer.echo(f"wflow {(ctx.obj or {}).get('version', '')}".rstrip())
        raise typer.Exit


@app.callback()
def _root(
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the program an error came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run workflows that are described in YAML files: in parallel, durable, resumable."""
