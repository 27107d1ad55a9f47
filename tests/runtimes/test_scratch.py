from __future__ import annotations

import stat
from pathlib import Path

from wflow.runtimes.scratch import make_scratch, remove_scratch


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
