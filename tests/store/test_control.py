from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from wflow.clock import SystemClock
from wflow.errors import StoreUnavailable, UsageError
from wflow.store.control import LetterBox


def said(box: LetterBox) -> list[object]:
    return [request["n"] for request in box.requests()]


def test_a_request_is_a_whole_file_as_soon_as_it_is_seen(tmp_path: Path) -> None:
    box = LetterBox(tmp_path / "control", pytest.fail)
    ident = box.post({"n": 1})
    assert [path.name for path in (tmp_path / "control").iterdir()] == [f"{ident}.json"]


def test_a_request_stays_until_the_next_asking(tmp_path: Path) -> None:
    folder = tmp_path / "control"
    box = LetterBox(folder, pytest.fail)
    ident = box.post({"n": 1})
    assert box.requests() == [{"n": 1, "id": ident}]
    assert LetterBox(folder, pytest.fail).requests() == [{"n": 1, "id": ident}], "the owner died before it recorded it"
    assert box.requests() == []
    assert list(folder.iterdir()) == []


def test_requests_given_last_can_be_cleared(tmp_path: Path) -> None:
    box = LetterBox(tmp_path, pytest.fail)
    box.post({"n": 1})
    assert said(box) == [1]
    box.clear_given()
    assert list(tmp_path.iterdir()) == []


def test_no_request_is_missed_however_close_two_are(tmp_path: Path) -> None:
    sender, owner = LetterBox(tmp_path, pytest.fail), LetterBox(tmp_path, pytest.fail)
    seen: list[object] = []
    for count in range(200):
        sender.post({"n": count})
        seen += said(owner)
    assert seen == list(range(200))


def test_a_request_within_one_time_stamp_of_a_coarse_file_system_is_not_missed(tmp_path: Path) -> None:
    box = LetterBox(tmp_path, pytest.fail)
    whole_second = int(time.time()) - 1
    os.utime(tmp_path, (whole_second, whole_second))
    assert box.requests() == []
    box.post({"n": 1})
    os.utime(tmp_path, (whole_second, whole_second))
    assert said(box) == [1]


def test_an_old_box_with_nothing_new_is_not_listed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = LetterBox(tmp_path, pytest.fail)
    os.utime(tmp_path, (1_000_000_000.5, 1_000_000_000.5))
    assert box.requests() == []
    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", lambda self: pytest.fail("listed"))
        assert box.requests() == []
    box.post({"n": 1})
    assert said(box) == [1]


def test_a_clock_set_back_hides_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "now", staticmethod(lambda: 1_000_000_000.0))
    box = LetterBox(tmp_path, pytest.fail)
    assert box.requests() == []
    changed = tmp_path.stat().st_mtime_ns
    box.post({"n": 1})
    os.utime(tmp_path, ns=(changed, changed))
    assert said(box) == [1]


def test_what_is_no_request_is_set_aside_with_a_warning_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    warnings: list[str] = []
    box = LetterBox(tmp_path, warnings.append)
    (tmp_path / "0a.json").write_bytes(b"\xff\xfe")
    (tmp_path / "0b.json").write_text("[1]")
    (tmp_path / "0c.json").write_text("[" * 100_000)
    (tmp_path / "0d.json").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "0e.json")
    with (tmp_path / "0f.json").open("wb") as large:
        large.truncate(1 << 30)
    (tmp_path / "0g.json").mkdir()
    (tmp_path / ".unfinished.json").write_text('{"n": 0}')
    (tmp_path / "note.txt").write_text("hello")
    box.post({"n": 1})
    assert said(box) == [1]
    assert len(warnings) == 7
    assert box.requests() == []
    assert len(warnings) == 7
    assert sorted(path.name for path in tmp_path.glob("*.refused")) == [f"0{letter}.refused" for letter in "abcdefg"]


def test_a_request_with_an_id_of_its_own_gets_the_one_it_was_posted_under(tmp_path: Path) -> None:
    box = LetterBox(tmp_path, pytest.fail)
    ident = box.post({"id": "mine"})
    assert box.requests() == [{"id": ident}]


def test_a_box_that_was_deleted_is_empty_and_made_anew_by_a_post(tmp_path: Path) -> None:
    box = LetterBox(tmp_path / "control", pytest.fail)
    assert box.requests() == []
    box.post({"n": 1})
    assert said(box) == [1]


def test_a_box_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "control").write_text("")
    with pytest.raises(StoreUnavailable, match="is a file"):
        LetterBox(tmp_path / "control", pytest.fail).post({"n": 1})


def test_a_request_that_nobody_would_read_is_not_posted(tmp_path: Path) -> None:
    box = LetterBox(tmp_path, pytest.fail)
    with pytest.raises(UsageError, match="are the most that a live run takes"):
        box.post({"n": "x" * (16 * 1024 * 1024)})
    box.post({"n": "x" * (15 * 1024 * 1024)})
    assert len(said(box)) == 1
