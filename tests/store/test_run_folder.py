from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.errors import JournalDamaged, StoreUnavailable
from wflow.store.cache import RebuildableCache
from wflow.store.lock import RunLock
from wflow.store.run_folder import JOURNAL, LOCK, RunFolder, make_run_folder
from wflow.store.summaries import RunCache


class Runs:
    """Makes owners and readers of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "runs" / "r1"
        self.warned: list[str] = []
        self.blobs = RebuildableCache(folder / "cache", self.warned.append)
        self.cache = RunCache(self.blobs)
        self.journal = self.folder / JOURNAL
        make_run_folder(self.folder)

    def owner(self) -> RunFolder:
        return RunFolder(self.folder, self.cache, self.warned.append, RunLock(self.folder / LOCK, "r1"))

    def reader(self) -> RunFolder:
        return RunFolder(self.folder, self.cache, self.warned.append)

    def begun(self, records: int) -> RunFolder:
        run = self.owner()
        assert run.begin()
        for count in range(1, records + 1):
            run.append(f'{{"count":{count}}}')
        return run

    def counts(self) -> list[int]:
        return [record.data["count"] for record in self.reader().records()]


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    runs = Runs(tmp_path)
    yield runs
    runs.blobs.close()


def change_byte(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_the_next_owner_cuts_off_a_torn_line_and_goes_on(runs: Runs) -> None:
    runs.begun(3).close()
    whole = runs.journal.read_bytes()
    runs.journal.write_bytes(whole[:-4])
    owner = runs.owner()
    owner.go_on(accept_loss=False)
    assert owner.append('{"count":30}') == 3
    owner.close()
    assert runs.counts() == [1, 2, 30]
    assert list(runs.folder.glob("journal.*")) == []


def test_an_owner_of_a_damaged_journal_is_refused_and_changes_nothing(runs: Runs) -> None:
    runs.begun(3).close()
    change_byte(runs.journal, 60)
    before = runs.journal.read_bytes()
    owner = runs.owner()
    with pytest.raises(JournalDamaged) as caught:
        owner.go_on(accept_loss=False)
    owner.close()
    assert (caught.value.position, caught.value.lost) == (2, "records 2 to 3")
    assert runs.journal.read_bytes() == before


def test_an_accepted_loss_is_cut_off_and_kept_beside_the_journal(runs: Runs) -> None:
    run = runs.begun(4)
    run.save_snapshot(4, b"state")
    run.close()
    whole = runs.journal.read_bytes()
    change_byte(runs.journal, whole.index(b'"count":3'))
    owner = runs.owner()
    owner.go_on(accept_loss=True)
    assert owner.snapshot() is None
    assert owner.append('{"count":30}') == 3
    assert [record.number for record in owner.records()] == [1, 2, 3]
    owner.close()
    assert runs.counts() == [1, 2, 30]
    kept = (runs.folder / "journal.damaged-1").read_bytes()
    assert kept[-len(whole.splitlines(True)[-1]) :] == whole.splitlines(True)[-1]
    assert len(kept.splitlines()) == 2
    (warning,) = runs.warned
    assert "goes on after record 2: records 3 to 4 lost; what was cut off is in" in warning


def test_a_second_loss_is_kept_apart_from_the_first(runs: Runs) -> None:
    runs.begun(5).close()
    for number in (4, 3):
        change_byte(runs.journal, runs.journal.read_bytes().index(b'"count":%d' % number))
        owner = runs.owner()
        owner.go_on(accept_loss=True)
        owner.close()
    assert runs.counts() == [1, 2]
    assert b'"n":5' in (runs.folder / "journal.damaged-1").read_bytes()
    assert b'"n":3' in (runs.folder / "journal.damaged-2").read_bytes()


def test_a_snapshot_of_before_the_damage_is_kept(runs: Runs) -> None:
    run = runs.begun(4)
    run.save_snapshot(2, b"state")
    run.close()
    change_byte(runs.journal, runs.journal.read_bytes().index(b'"count":3'))
    owner = runs.owner()
    owner.go_on(accept_loss=True)
    assert owner.snapshot() == (2, b"state")
    owner.close()


@pytest.mark.parametrize("source", ["snapshot", "index"])
def test_a_tail_that_is_missing_is_reported_and_can_be_accepted(runs: Runs, source: str) -> None:
    run = runs.begun(4)
    if source == "snapshot":
        run.save_snapshot(4, b"state")
    else:
        runs.cache.put_summary("r1", {"status": "completed", "records": 4})
    run.close()
    lines = runs.journal.read_bytes().splitlines(True)
    runs.journal.write_bytes(b"".join(lines[:2]))
    with pytest.raises(JournalDamaged, match="ends after record 2, but had 4"):
        runs.counts()
    refused = runs.owner()
    with pytest.raises(JournalDamaged):
        refused.go_on(accept_loss=False)
    refused.close()
    owner = runs.owner()
    owner.go_on(accept_loss=True)
    assert owner.append('{"count":30}') == 3
    owner.close()
    assert runs.counts() == [1, 2, 30]
    assert "records 3 to 4 lost" in runs.warned[0]


@pytest.mark.parametrize("content", [b"", b"garbage\n", b'{"crc":"00000000","v":1,"n":1,"a":1}\n'])
def test_a_journal_without_a_sound_first_record_cannot_go_on_whatever_is_accepted(runs: Runs, content: bytes) -> None:
    run = runs.begun(2)
    run.save_snapshot(2, b"state")
    run.close()
    runs.journal.write_bytes(content)
    owner = runs.owner()
    with pytest.raises(JournalDamaged, match=r"record 1 |record 0"):
        owner.go_on(accept_loss=True)
    owner.close()
    assert runs.journal.read_bytes() == content


def test_a_run_cannot_begin_where_one_is_but_where_only_a_torn_line_is(runs: Runs) -> None:
    runs.begun(1).close()
    again = runs.owner()
    assert not again.begin()
    again.close()
    runs.journal.write_bytes(runs.journal.read_bytes()[:-1])
    anew = runs.owner()
    assert anew.begin()
    assert anew.append('{"count":7}') == 1
    anew.close()
    assert runs.counts() == [7]


def test_a_snapshot_is_never_ahead_of_what_a_power_cut_leaves(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    run = runs.begun(1)
    monkeypatch.setattr(RunFolder, "sync", lambda self: done.append("sync"))
    monkeypatch.setattr(RunCache, "save_snapshot", lambda self, *arguments: done.append("snapshot"))
    run.save_snapshot(1, b"state")
    assert done == ["sync", "snapshot"]
    run.close()


def test_a_loss_that_cannot_be_cut_off_is_said(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.begun(3).close()
    change_byte(runs.journal, 60)
    before = runs.journal.read_bytes()

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", fail)
    owner = runs.owner()
    with pytest.raises(StoreUnavailable, match="cannot be cut off: No space left"):
        owner.go_on(accept_loss=True)
    owner.close()
    assert runs.journal.read_bytes() == before


def test_closing_leaves_no_request_that_was_handed_out(runs: Runs) -> None:
    run = runs.begun(1)
    runs.reader().post({"request": "pause"})
    assert len(run.requests()) == 1
    run.close()
    assert list((runs.folder / "control").iterdir()) == []
