"""``wflow dlq``: dead letters of all runs, looked at, delivered again, dropped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wflow.cli.home import opened_store
from wflow.cli.printing import tell, tell_json
from wflow.cli.run import Output
from wflow.errors import EXIT_COMPLETED, UsageError

if TYPE_CHECKING:
    from wflow.runner.deadletters import RunLetters
    from wflow.store.disk import DiskStore

__all__ = ["dlq"]

Action = Literal["list", "show", "requeue", "drop"]


def dlq(
    action: Annotated[Action, typer.Argument(metavar="list|show|requeue|drop", help="What to do.")] = "list",
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="The run: its id, a part of it, or `last`; `list`: all runs without.",
            show_default=False,
        ),
    ] = None,
    number: Annotated[
        list[int] | None,
        typer.Argument(metavar="NUMBER", help="Dead letters of the run by number; all without.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    output: Annotated[Output | None, typer.Option(help="What to print of a run that `requeue` continues.")] = None,
) -> int:
    """Dead letters: messages not delivered again, because a node's retries or a message's deliveries are spent.

    `list` shows those of all runs or of one, `show` tells all about one: its envelope, its input, its error. `requeue`
    delivers them again: a run that nobody runs is continued here for just that, and the exit code is the run's.
    `drop` forgets them.
    """
    with opened_store() as store:
        if action == "list":
            return _list(store, run, as_json=as_json)
        if run is None:
            raise UsageError(f"`wflow dlq {action}` needs the run", cure="`wflow dlq list` shows runs and numbers")
        from wflow.runner.deadletters import letters_of

        found = letters_of(store, store.find(run))
        if action == "show":
            return _show(found, number or [], as_json=as_json)
        if action == "drop":
            return _drop(store, found, number or [])
        return _requeue(store, found, number or [], output)


def _list(store: DiskStore, run: str | None, *, as_json: bool) -> int:
    from wflow.display.letters import letters_text
    from wflow.display.marks import marks_for
    from wflow.runner.deadletters import all_letters, letter_json, letters_of

    found = list(all_letters(store)) if run is None else [letters_of(store, store.find(run))]
    letters = [letter_json(one, letter, whole=False) for one in found for letter in one.letters]
    spent = [told for one in found if (told := one.summary()) is not None]
    if as_json:
        tell_json({"version": 1, "letters": letters, "spent": spent})
    else:
        tell(letters_text(letters, spent, marks_for(sys.stdout.encoding).ellipsis))
    return EXIT_COMPLETED


def _show(found: RunLetters, numbers: list[int], *, as_json: bool) -> int:
    from wflow.display.letters import letter_text
    from wflow.runner.deadletters import chosen_letters, letter_json

    chosen = [letter_json(found, letter, whole=True) for letter in chosen_letters(found, numbers)]
    if as_json:
        tell_json({"version": 1, "letters": chosen})
    else:
        tell("\n\n".join(letter_text(one) for one in chosen))
    return EXIT_COMPLETED


def _drop(store: DiskStore, found: RunLetters, numbers: list[int]) -> int:
    from wflow.runner.deadletters import chosen_letters
    from wflow.runner.requests import ask_run

    chosen = [letter.number for letter in chosen_letters(found, numbers)]
    asked = ask_run(store, found.run, {"what": "drop", "letters": chosen})
    told = f"{len(chosen)} dead letters" if len(chosen) > 1 else "1 dead letter"
    tell(f"asked run {found.run}: drop {told}" if asked.how == "posted" else f"run {found.run}: {told} dropped")
    return EXIT_COMPLETED


def _requeue(store: DiskStore, found: RunLetters, numbers: list[int], output: Output | None) -> int:
    from wflow.cli.requests import ask
    from wflow.cli.watching import watchers
    from wflow.runner.deadletters import chosen_letters
    from wflow.runner.run import Options, resume_run

    chosen = [letter.number for letter in chosen_letters(found, numbers)]
    if store.is_alive(found.run) or not found.reading.state.finished:
        ask(found.run, {"what": "requeue", "letters": chosen}, kept=True)
        return EXIT_COMPLETED
    options = Options(watchers=watchers(output, store.home), letters=tuple(chosen))
    return resume_run(found.run, store, options).exit_code()
