"""Tables and trees are put on a terminal as wide as it is, in colours or without."""

from __future__ import annotations

import io

import pytest
from rich.text import Text

from wflow.display.screen import paint, size_of


class Terminal(io.StringIO):
    """A terminal that does not say how large it is."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def painted(shown: Text | str, **environ: str) -> str:
    """What is written for it to such a terminal."""
    stream = Terminal()
    paint(shown, stream, {"TERM": "xterm", **environ})
    return stream.getvalue()


def test_colours_are_painted_unless_they_are_not_wanted() -> None:
    assert painted(Text("red", "red")) == "\x1b[31mred\x1b[0m\n"
    assert painted(Text("red", "red"), NO_COLOR="1") == "red\n"


def test_nothing_in_a_text_is_markup() -> None:
    assert painted("[/x] [red]:smile:") == "[/x] [red]:smile:\n"


def test_a_terminal_that_does_not_say_has_the_usual_size() -> None:
    assert size_of(Terminal()) == (80, 24)


class Gone(Terminal):
    """A terminal that has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("shown", ["text", Text("text")])
def test_a_terminal_that_has_gone_is_no_error(shown: Text | str) -> None:
    paint(shown, Gone(), {"TERM": "xterm"})
