"""What is printed reaches a reader that may be gone, or whose encoding lacks a character."""

from __future__ import annotations

import io
import json
import sys

import pytest

from wflow.cli.printing import coloured, complain, tell, tell_json, warn


def test_a_text_ends_with_one_end_of_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell("a")
    assert tell("b\n")
    warn("c")
    assert capsys.readouterr() == ("a\nb\n", "c\n")


def test_json_is_printed_in_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    tell_json({"a": "\x1b\x7fü"})
    said = capsys.readouterr().out
    assert said.isascii()
    assert said.replace("\n", "").isprintable()
    assert json.loads(said) == {"a": "\x1b\x7fü"}


def test_an_error_is_a_sentence_and_its_cure(capsys: pytest.CaptureFixture[str]) -> None:
    complain("it \x1b[1mbroke", "mend it")
    complain("no cure")
    assert capsys.readouterr().err == "wflow: error: it broke\n  = mend it\nwflow: error: no cure\n"


def test_what_an_encoding_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert tell("ü")
    stream.flush()
    assert written.getvalue() == b"\\xfc\n"


class Gone(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_nothing_is_printed_once_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    assert not tell("a")
    assert not tell("b")


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "term", "no_color", "expected"),
    [(True, "xterm", "", True), (True, "xterm", "1", False), (True, "dumb", "", False), (False, "xterm", "", False)],
)
def test_colours_are_for_terminals_that_want_them(
    terminal: bool, term: str, no_color: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("NO_COLOR", no_color)
    assert coloured(Terminal() if terminal else io.StringIO()) is expected
