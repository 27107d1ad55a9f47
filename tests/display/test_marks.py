from __future__ import annotations

import pytest

from wflow.display.marks import ASCII, UNICODE, Marks, marks_for
from wflow.display.safe import width_of
from wflow.progress import STATUSES


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [("utf-8", UNICODE), ("ascii", ASCII), ("latin-1", ASCII), (None, ASCII), ("no-such-encoding", ASCII)],
)
def test_marks_are_what_the_encoding_can_write(encoding: str | None, marks: Marks) -> None:
    assert marks_for(encoding) is marks


@pytest.mark.parametrize("marks", [UNICODE, ASCII])
def test_every_status_has_a_mark_one_column_wide(marks: Marks) -> None:
    for status in (*STATUSES, "paused", "interrupted", "damaged"):
        assert width_of(marks.status[status]) == 1
    assert {len(part) for part in (marks.branch, marks.last, marks.trunk, marks.gap)} == {4}


def test_the_stand_ins_are_ascii() -> None:
    assert "".join((*ASCII.status.values(), *ASCII[1:])).isascii()
    assert UNICODE.status.keys() == ASCII.status.keys()
