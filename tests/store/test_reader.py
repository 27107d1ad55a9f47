from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

import pytest

from wflow.errors import JournalDamaged, StoreError
from wflow.store.interface import Record
from wflow.store.reader import JournalReader
from wflow.store.record import body_bytes, encode

BODIES = [{"event": f"e{count}", "at": count, "text": "ü{}" * (count % 4)} for count in range(1, 8)]
LINES = [encode(number, body_bytes(json.dumps(body))) for number, body in enumerate(BODIES, 1)]
RECORDS = [Record(number, body) for number, body in enumerate(BODIES, 1)]


def journal(tmp_path: Path, *lines: bytes) -> Path:
    path = tmp_path / "journal"
    path.write_bytes(b"".join(lines))
    return path


def reader(path: Path, known: int = 0) -> JournalReader:
    return JournalReader(path, "r1", lambda: known)


def read(path: Path, known: int = 0) -> list[Record]:
    return list(reader(path, known).records(0))


def test_a_journal_cut_anywhere_in_its_last_records_gives_the_whole_ones(tmp_path: Path) -> None:
    whole = b"".join(LINES)
    ends = [sum(map(len, LINES[:count])) for count in range(len(LINES) + 1)]
    for cut in range(ends[-4], len(whole) + 1):
        path = journal(tmp_path, whole[:cut])
        complete = sum(end <= cut for end in ends) - 1
        found = reader(path)
        assert list(found.records(0)) == RECORDS[:complete]
        assert (found.number, found.size) == (complete, ends[complete])


def test_a_changed_byte_anywhere_is_reported_at_its_record(tmp_path: Path) -> None:
    lines = LINES[:3]
    whole = b"".join(lines)
    for at in range(len(whole)):
        record = 1 + sum(at >= sum(map(len, lines[:count])) for count in (1, 2))
        for new in {whole[at] ^ 1, whole[at] ^ 0x80, 0x0A, 0, 0x7D, 0x20} - {whole[at]}:
            path = journal(tmp_path, whole[:at], bytes([new]), whole[at + 1 :])
            with pytest.raises(JournalDamaged) as caught:
                read(path)
            assert caught.value.position == record, (at, new)


def test_a_record_that_is_missing_repeated_or_moved_is_reported(tmp_path: Path) -> None:
    for lines, position, says in (
        ([LINES[0], LINES[2]], 2, "record 2 has the number 3"),
        ([LINES[0], LINES[0]], 2, "record 2 has the number 1"),
        ([LINES[1]], 1, "record 1 has the number 2"),
        ([LINES[0], LINES[2], LINES[1]], 2, "records 2 to 3"),
        ([LINES[0], b"\n", LINES[1]], 2, "does not have the checksum"),
    ):
        with pytest.raises(JournalDamaged, match=says) as caught:
            read(journal(tmp_path, *lines))
        assert caught.value.position == position


def test_what_is_lost_is_told_to_the_last_sound_record_after_the_damage(tmp_path: Path) -> None:
    path = journal(tmp_path, *LINES[:2], b"garbage\n", *LINES[3:])
    seen: list[Record] = []
    with pytest.raises(JournalDamaged) as caught:
        seen.extend(reader(path).records(0))
    assert caught.value.lost == "records 3 to 7"
    assert caught.value.cure is not None
    assert "--accept-loss` goes on after record 2" in caught.value.cure


def test_a_damaged_first_record_leaves_nothing_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged) as caught:
        read(journal(tmp_path, b"x" + LINES[0], *LINES[1:]))
    assert caught.value.lost == "records 1 to 7"
    assert caught.value.cure is not None
    assert "accept-loss" not in caught.value.cure


@pytest.mark.parametrize("lines", [LINES[:3], [], [*LINES[:3], LINES[3][:-1]]])
def test_fewer_records_than_are_known_of_are_damage(tmp_path: Path, lines: list[bytes]) -> None:
    whole = min(len(lines), 3)
    with pytest.raises(JournalDamaged, match=f"ends after record {whole}, but had 5") as caught:
        read(journal(tmp_path, *lines), known=5)
    assert caught.value.position == whole + 1
    assert caught.value.lost == f"records {whole + 1} to 5"


def test_a_journal_that_is_gone_has_no_records_unless_some_are_known_of(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == []
    with pytest.raises(JournalDamaged):
        read(tmp_path / "none", known=1)


def test_damage_before_the_wanted_records_is_reported_too(tmp_path: Path) -> None:
    path = journal(tmp_path, LINES[0], b"x" + LINES[1], *LINES[2:])
    with pytest.raises(JournalDamaged):
        list(reader(path).records(6))


def test_a_later_version_is_no_damage_but_cannot_be_read(tmp_path: Path) -> None:
    covered = b'","v":2,"n":2,"x":1}\n'
    path = journal(tmp_path, LINES[0], b'{"crc":"%08x%b' % (crc32(covered), covered), LINES[2])
    with pytest.raises(StoreError, match="later version of wflow") as caught:
        read(path)
    assert not isinstance(caught.value, JournalDamaged)


def test_a_sound_line_that_is_no_json_is_damage(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged, match="record 2 cannot be read as JSON"):
        read(journal(tmp_path, LINES[0], encode(2, b'{"a":}')))


def test_a_growing_journal_is_not_read_again_from_its_beginning(tmp_path: Path) -> None:
    path = journal(tmp_path, *LINES[:3])
    follower = reader(path)
    assert list(follower.records(0)) == RECORDS[:3]
    with path.open("r+b") as file:
        file.write(b"x")  # so that whoever reads from the beginning stumbles
        file.seek(0, 2)
        file.write(LINES[3] + LINES[4][:10])
    assert list(follower.records(3)) == RECORDS[3:4]
    with path.open("ab") as file:
        file.write(LINES[4][10:])
    assert list(follower.records(4)) == RECORDS[4:5]
    with pytest.raises(JournalDamaged):
        list(follower.records(0))


def test_a_journal_that_became_shorter_is_damage(tmp_path: Path) -> None:
    path = journal(tmp_path, *LINES[:5])
    follower = reader(path)
    follower.check()
    journal(tmp_path, *LINES[:2])
    with pytest.raises(JournalDamaged, match="ends after record 2, but had 5"):
        follower.check()
    path.unlink()
    with pytest.raises(JournalDamaged, match="ends after record 0, but had 5"):
        follower.check()


def test_any_start_gives_the_same_records_after_a_long_reading(tmp_path: Path) -> None:
    many = [encode(number, b'{"a":%d}' % number) for number in range(1, 3001)]
    found = reader(journal(tmp_path, *many))
    found.check()
    assert (found.number, found.size) == (3000, sum(map(len, many)))
    for after in (0, 1, 1023, 1024, 1025, 2047, 2048, 2500, 2999, 3000, 9000):
        assert [record.number for record in found.records(after)] == list(range(after + 1, 3001))


def test_what_must_be_there_is_asked_before_the_file_is_read_and_once(tmp_path: Path) -> None:
    path = journal(tmp_path)
    asked = []

    def known() -> int:
        asked.append(1)
        journal(tmp_path, *LINES[:2])  # the owner appends, and snapshots, just now
        return 2

    found = JournalReader(path, "r1", known)
    assert list(found.records(0)) == RECORDS[:2]
    assert list(found.records(0)) == RECORDS[:2]
    assert asked == [1]


def test_a_reading_given_up_half_way_goes_on_where_it_was(tmp_path: Path) -> None:
    found = reader(journal(tmp_path, *LINES))
    first = found.records(0)
    assert next(first).number == 1
    assert found.number == 1
    assert [record.number for record in found.records(1)] == [2, 3, 4, 5, 6, 7]


def test_what_is_appended_while_it_reads_is_left_for_the_next_reading(tmp_path: Path) -> None:
    path = journal(tmp_path, *LINES[:2])
    found = reader(path)
    seen = []
    for record in found.records(0):
        seen.append(record.number)
        with path.open("ab") as file:
            file.write(LINES[1 + record.number])
    assert seen == [1, 2]
    assert [record.number for record in found.records(2)] == [3, 4]
