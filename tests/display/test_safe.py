from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.display.safe import cut, safe_line, safe_text, width_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("ünïcode ✓ 漢字", "ünïcode ✓ 漢字"),
        ("two\nlines\r\nand\tmore\n", "two\\nlines\\nand more"),
        ("over\rwritten", "over\\rwritten"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07done", "done"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\x", "x"),
        ("\x1bcreset", "reset"),
        ("\x1b(Bcharset", "charset"),
        ("bell\x07 and \x7f", "bell\\x07 and \\x7f"),
        ("torn \x1b[31", "torn \\x1b[31"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028sep", "line\\u2028sep"),
        ("lone \ud800", "lone \N{REPLACEMENT CHARACTER}"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("[bold]no markup[/x]", "[bold]no markup[/x]"),
    ],
)
def test_what_would_act_on_a_terminal_is_seen_instead(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_long_text_is_cut_and_says_so() -> None:
    assert safe_text("a" * 300, 10) == "aaaaaaaaa…"
    assert safe_text("a" * 10, 10) == "a" * 10
    assert safe_text("\x1b[31m" * 500 + "hidden", 10).endswith("…")


def test_other_objects_are_shown_as_text() -> None:
    assert safe_text(17) == "17"


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 80))
def test_nothing_but_seen_characters_is_left(text: str, limit: int) -> None:
    shown = safe_text(text, limit)
    assert len(shown) <= limit
    assert "\x1b" not in shown
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert not any("\u202a" <= character <= "\u202e" or "\ud800" <= character <= "\udfff" for character in shown)


@pytest.mark.parametrize("part", ["\x1b[", "\x1b]", "\x1b[1", "\x1b ", "\x9d", "\ud800", "\n"])
def test_hostile_text_takes_time_in_proportion_to_its_length(part: str) -> None:
    def spent(times: int) -> float:
        text = part * times
        begun = time.perf_counter()
        safe_text(text, len(text))
        return time.perf_counter() - begun

    short = min(spent(2_000) for _ in range(5))
    assert min(spent(32_000) for _ in range(3)) < 16 * short * 6 + 0.01


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("✓", 1), ("", 0)])
def test_width_is_what_a_terminal_needs(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 4, "abc…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字", 4, "漢字"),
        ("abc", 0, ""),
        ("ü", 1, "ü"),
    ],
)
def test_cut_fits_into_its_columns(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("plain", "plain"),
        ("\t  indented  ", "\t  indented  "),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("bell\x07 back\x08 turn\u202eed", "bell back turned"),
        ("half \ud800", "half "),
    ],
)
def test_a_line_of_a_log_keeps_its_blanks_and_loses_what_is_not_seen(line: str, shown: str) -> None:
    assert safe_line(line) == shown
