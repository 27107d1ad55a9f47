"""Options and arguments are read as their types say, without pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
import typer.main

from wflow.cli.commands import PlainCommand


def given(*arguments: str) -> dict[str, object]:
    """What a command gets of these arguments."""
    got: dict[str, object] = {}
    app = typer.Typer(add_completion=False, rich_markup_mode=None)

    @app.command(cls=PlainCommand)
    def command(
        path: Path,
        more: Annotated[list[Path] | None, typer.Argument()] = None,
        number: Annotated[int | None, typer.Option(min=1)] = None,
        text: str = "none",
        several: Annotated[list[str] | None, typer.Option("-s")] = None,
        choice: Literal["one", "two"] = "one",
        flag: Annotated[bool, typer.Option("--flag")] = False,
    ) -> None:
        got.update(locals())

    typer.main.get_command(app).main(list(arguments), prog_name="x", standalone_mode=False)
    return {name: value for name, value in got.items() if name != "got"}


def test_what_is_not_given_is_its_default() -> None:
    assert given("a") == {
        "path": Path("a"),
        "more": None,
        "number": None,
        "text": "none",
        "several": None,
        "choice": "one",
        "flag": False,
    }


def test_what_is_given_has_its_type() -> None:
    got = given("a", "b", "c", "--number", "7", "--text", "t", "-s", "1", "-s", "2", "--choice", "two", "--flag")
    assert got == {
        "path": Path("a"),
        "more": [Path("b"), Path("c")],
        "number": 7,
        "text": "t",
        "several": ["1", "2"],
        "choice": "two",
        "flag": True,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "--number", "1.5"], "'1.5' is no whole number"),
        (["a", "--number", "0"], "0 is less than 1"),
        (["a", "--choice", "tow"], "`tow` is not one of `one` or `two`; did you mean `two`?"),
        (["a", "--choice", "elephant"], "`elephant` is not one of `one` or `two`"),
    ],
)
def test_what_does_not_fit_is_told_with_what_would(arguments: list[str], said: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        given(*arguments)
    assert caught.value.format_message().endswith(said)
