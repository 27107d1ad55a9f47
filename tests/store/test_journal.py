from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from wflow.errors import StoreUnavailable
from wflow.store.journal import JournalFile
from wflow.store.reader import JournalReader


def numbers(path: Path) -> list[int]:
    return [record.number for record in JournalReader(path, "r", lambda: 0).records(0)]


def test_each_append_is_in_the_file_at_once_and_ends_its_line(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal", 0, 0)
    for count in range(1, 4):
        assert journal.append('{"a":1}') == count
        assert (tmp_path / "journal").read_bytes().count(b"\n") == count
    assert numbers(tmp_path / "journal") == [1, 2, 3]
    journal.close()


def test_what_stands_after_the_last_whole_record_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    first = JournalFile(path, 0, 0)
    first.append('{"a":1}')
    size = path.stat().st_size
    first.close()
    with path.open("ab") as file:
        file.write(b'{"crc":"0000')
    second = JournalFile(path, 1, size)
    assert second.append('{"a":2}') == 2
    assert numbers(path) == [1, 2]
    second.close()


def test_a_line_that_the_system_takes_in_parts_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = JournalFile(tmp_path / "journal", 0, 0)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:7]))
    assert [journal.append('{"a":"some text"}'), journal.append('{"a":2}')] == [1, 2]
    monkeypatch.undo()
    assert numbers(tmp_path / "journal") == [1, 2]
    journal.close()


def test_a_full_disk_leaves_no_torn_line_and_spends_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    journal = JournalFile(path, 0, 0)
    journal.append('{"a":1}')
    before = path.read_bytes()
    write, room = os.write, [9]

    def little_room(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = write(descriptor, bytes(data)[: room[0]])
        room[0] -= done
        return done

    monkeypatch.setattr(os, "write", little_room)
    with pytest.raises(StoreUnavailable, match="No space left") as caught:
        journal.append('{"a":2}')
    assert caught.value.cure
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert journal.append('{"a":3}') == 2
    assert numbers(path) == [1, 2]
    journal.close()


def test_after_a_failed_sync_nothing_is_taken_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = JournalFile(tmp_path / "journal", 0, 0)
    journal.append('{"a":1}')

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(StoreUnavailable, match="cannot be synced"):
        journal.sync()
    monkeypatch.undo()
    for attempt in (journal.sync, lambda: journal.append('{"a":2}')):
        with pytest.raises(StoreUnavailable, match="cannot be synced"):
            attempt()
    journal.close()


def test_a_sync_costs_a_system_call_only_when_something_was_appended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append("file"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append("folder"))
    journal = JournalFile(tmp_path / "journal", 0, 0, (tmp_path, tmp_path.parent))
    journal.sync()
    assert synced == ["file", "folder", "folder"], "an owner before may have left records unsynced"
    journal.sync()
    assert len(synced) == 3
    journal.append('{"a":1}')
    journal.sync()
    journal.sync()
    assert synced[3:] == ["file"]
    journal.close()


def test_a_closed_journal_takes_nothing(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal", 0, 0)
    journal.close()
    journal.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        journal.append('{"a":1}')
    assert (tmp_path / "journal").read_bytes() == b""


def test_a_journal_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        JournalFile(tmp_path / "journal", 0, 0)
    assert not (tmp_path / "elsewhere").exists()


def test_threads_append_while_another_syncs(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal", 0, 0)
    threads = [
        threading.Thread(target=lambda: [journal.append('{"a":"' + "x" * size + '"}') for size in range(100)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for _ in range(20):
        journal.sync()
    for thread in threads:
        thread.join()
    journal.close()
    assert numbers(tmp_path / "journal") == list(range(1, 401))
