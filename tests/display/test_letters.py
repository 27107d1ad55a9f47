"""`wflow.display.letters`: dead letters for people; nothing in one is obeyed by a terminal."""

from __future__ import annotations

from typing import Any

from wflow.display.letters import NO_LETTERS, letter_text, letters_text

LETTER: dict[str, Any] = {
    "run": "r-1",
    "number": 12,
    "address": "load[\x1b[31m]/x",
    "type": "python",
    "reason": "retries",
    "attempts": 3,
    "crashes": 0,
    "at": "2026-11-23T08:45:12.417000Z",
    "envelope": [{"edge": "a.true -> x", "trigger": "complete"}],
    "error": {"type": "ValueError", "message": "no\x1b[2J", "traceback": "Traceback\n  File x\x1b\nValueError: no"},
    "input": {"k": "[/red]\x1b"},
}


def test_none_is_said() -> None:
    assert letters_text([], [], "…") == NO_LETTERS


def test_each_has_a_line_and_what_is_kept_no_longer_is_counted() -> None:
    spent = [
        {
            "run": "r-0",
            "count": 12345,
            "first_at": "2026-11-22T00:00:00.000000Z",
            "last_at": "2026-11-23T00:00:00.000000Z",
        }
    ]
    text = letters_text([LETTER], spent, "…")
    heading, row, more = text.split("\n")
    assert heading.split() == ["RUN", "NUMBER", "NODE", "SINCE", "REASON", "ATTEMPTS", "ERROR"]
    assert row.startswith("r-1      12  load[")
    assert "2026-11-23 08:45:12  retries         3  ValueError: no" in row
    assert more == "of run r-0 12,345 more are kept no longer, from 2026-11-22 00:00:00 to 2026-11-23 00:00:00"
    assert "\x1b" not in text


def test_one_is_told_whole() -> None:
    text = letter_text({**LETTER, "crashes": 2})
    assert "\x1b" not in text
    lines = text.split("\n")
    assert lines[0].startswith("dead letter 12 of run r-1: load[")
    assert lines[1] == "  since 2026-11-23 08:45:12 UTC, its retries are spent: 3 attempts, 2 crashes"
    assert lines[2] == "  came over a.true -> x  (complete)"
    assert "  input: {" in lines
    assert "      File x" in text
