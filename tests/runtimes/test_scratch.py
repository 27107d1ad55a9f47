from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.runtimes.masking import Masker
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.scratch import attempt_in_scratch, make_scratch, remove_scratch, write_private
from wflow.runtimes.work import Failure, Outcome, Work

MakeWork = Callable[..., Work]


def test_a_scratch_folder_is_private_and_empty(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "c"
    make_scratch(str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    (path / "old").write_text("x")
    make_scratch(str(path))
    assert list(path.iterdir()) == []


def test_whatever_was_put_into_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "work"
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    make_scratch(str(path))
    (path / "file").write_text("x")
    (path / "link").symlink_to(outside)
    deep = path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    (path / "a").chmod(0)
    path.chmod(0o500)
    remove_scratch(str(path))
    assert not path.exists()
    assert (outside / "kept").read_text() == "x"
    remove_scratch(str(path))


def test_a_file_in_its_place_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "work"
    path.write_text("x")
    make_scratch(str(path))
    assert path.is_dir()


def test_an_attempt_finds_the_folder_and_leaves_none(make_work: MakeWork) -> None:
    work = make_work({})
    seen: list[bool] = []

    def attempt(work: Work, masker: Masker | None) -> Outcome:
        write_private(f"{work.scratch}/file", "ü")
        seen.append(masker is None)
        return Outcome("completed")

    assert attempt_in_scratch(work, attempt) == Outcome("completed")
    assert seen == [True]
    assert not Path(work.scratch).exists()


def test_what_an_attempt_raises_is_a_failure(make_work: MakeWork) -> None:
    def refused(work: Work, masker: Masker | None) -> Outcome:
        raise NotStarted("no such thing", cure="make one")

    def full(work: Work, masker: Masker | None) -> Outcome:
        raise OSError("disk full")

    assert attempt_in_scratch(make_work({}), refused).failure == Failure("NotStarted", "no such thing; make one")
    assert attempt_in_scratch(make_work({}), full).failure == Failure(
        "OSError", "the script could not be run: disk full"
    )


def test_a_private_file_is_new_and_its_owners(tmp_path: Path) -> None:
    write_private(str(tmp_path / "file"), "ü\udcff")
    assert (tmp_path / "file").read_bytes() == b"\xc3\xbc\xff"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_private(str(tmp_path / "file"), "again")
