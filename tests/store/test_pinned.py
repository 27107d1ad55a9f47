from __future__ import annotations

import os
import pickle
import sqlite3
from pathlib import Path

import diskcache
import pytest
from diskcache.core import MODE_BINARY, MODE_PICKLE

from wflow.store.pinned import DATABASE, BytesDisk, Cache, ForeignData, LookedAt, is_busy, open_pinned

PINNED = {
    "eviction_policy": "none",
    "cull_limit": 0,
    "sqlite_mmap_size": 0,
    "sqlite_journal_mode": "delete",
    "sqlite_synchronous": 0,
    "statistics": 0,
}


class Bomb:
    """Unpickled, it leaves a file where its argument says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def settings_of(folder: Path) -> dict[str, object]:
    with sqlite3.connect(folder / DATABASE) as database:
        settings = dict(database.execute("SELECT key, value FROM Settings").fetchall())
    database.close()
    return settings


def opened(folder: Path) -> Cache:
    return open_pinned(folder, synchronous=0)


def execute(folder: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(folder / DATABASE, isolation_level=None)
    database.execute(statement, values)
    database.close()


def test_every_setting_is_pinned_in_the_file_and_on_the_connection(tmp_path: Path) -> None:
    cache = opened(tmp_path / "c")
    assert cache.timeout == 60
    assert cache.sqlite_mmap_size == cache._sql("PRAGMA mmap_size").fetchone()[0] == 0
    assert cache._sql("PRAGMA journal_mode").fetchone() == ("delete",)
    assert cache._sql("PRAGMA synchronous").fetchone() == (0,)
    cache.close()
    assert settings_of(tmp_path / "c").items() >= PINNED.items()
    synced = open_pinned(tmp_path / "d", synchronous=2)
    assert synced._sql("PRAGMA synchronous").fetchone() == (2,)
    synced.close()


def test_the_settings_of_another_opener_do_not_stay(tmp_path: Path) -> None:
    other = diskcache.Cache(str(tmp_path / "c"), eviction_policy="least-recently-used", size_limit=1, statistics=1)
    other.close()
    assert settings_of(tmp_path / "c")["sqlite_journal_mode"] == "wal"
    opened(tmp_path / "c").close()
    assert settings_of(tmp_path / "c").items() >= PINNED.items()


def test_nothing_is_ever_evicted(tmp_path: Path) -> None:
    cache = opened(tmp_path / "c")
    for count in range(300):
        cache.set(str(count), bytes(40_000))
    assert len(cache) == 300
    cache.close()


def test_only_text_keys_and_bytes_are_taken(tmp_path: Path) -> None:
    cache = opened(tmp_path / "c")
    for value in ("text", 1, None, {"a": 1}, bytearray(b"x")):
        with pytest.raises(TypeError, match="must be bytes"):
            cache.set("key", value)
    for key in (1, b"x", ("a",)):
        with pytest.raises(TypeError, match="must be text"):
            cache.set(key, b"x")
    assert len(cache) == 0
    cache.close()


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_pickle_put_there_by_another_is_never_loaded(tmp_path: Path, size: int) -> None:
    hit = tmp_path / "hit"
    cache = opened(tmp_path / "c")
    cache.set("key", bytes(size))
    execute(tmp_path / "c", "UPDATE Cache SET mode = ?, value = ?", MODE_PICKLE, pickle.dumps(Bomb(hit)))
    with pytest.raises(ForeignData):
        cache.get("key")
    execute(tmp_path / "c", "UPDATE Cache SET key = ?, raw = 0", pickle.dumps(Bomb(hit)))
    with pytest.raises(ForeignData):
        list(cache.iterkeys())
    cache.close()
    assert not hit.exists()


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "aa/bb/../../../secret.val", None, 7])
def test_a_value_in_a_file_elsewhere_is_neither_read_nor_removed(tmp_path: Path, name: object) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret.val").write_text("secret")
    cache = opened(tmp_path / "c")
    cache.set("key", b"x")
    execute(tmp_path / "c", "UPDATE Cache SET mode = ?, filename = ?, value = NULL", MODE_BINARY, name)
    with pytest.raises(ForeignData):
        cache.get("key")
    cache.delete("key")
    cache.close()
    assert (tmp_path / "secret").exists()
    assert (tmp_path / "secret.val").exists()


def test_a_file_that_is_no_database_is_an_error_and_leaves_nothing_open(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"garbage " * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        opened(folder)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE Cache; ",
        "ALTER TABLE Cache RENAME COLUMN value TO worth",
        "INSERT INTO Settings VALUES ('disk_colour', 'red')",
    ],
)
def test_a_database_of_another_shape_is_an_error_on_opening_or_use(tmp_path: Path, statement: str) -> None:
    opened(tmp_path / "c").close()
    execute(tmp_path / "c", statement)
    try:
        cache = opened(tmp_path / "c")
    except (sqlite3.Error, ForeignData):
        return
    try:
        cache.set("key", b"x")
        assert cache.get("key") == b"x"
    except sqlite3.Error:
        pass
    finally:
        cache.close()


def test_a_database_that_is_held_is_busy_and_one_that_is_garbage_is_not(tmp_path: Path) -> None:
    cache = opened(tmp_path / "c")
    holder = sqlite3.connect(tmp_path / "c" / DATABASE, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    cache._sql("PRAGMA busy_timeout = 10")
    with pytest.raises(diskcache.Timeout) as held:
        cache.set("key", b"x")
    assert is_busy(held.value)
    with pytest.raises(sqlite3.OperationalError) as locked:
        cache.get("key")
    assert is_busy(locked.value)
    holder.close()
    cache.close()
    assert not is_busy(sqlite3.DatabaseError("file is not a database"))
    assert not is_busy(ForeignData("x"))


def test_the_disk_is_what_diskcache_asks_for(tmp_path: Path) -> None:
    disk = BytesDisk(str(tmp_path), min_file_size=10)
    size, mode, filename, value = disk.store(b"x" * 20, False)
    assert (size, mode, value) == (20, MODE_BINARY, None)
    assert disk.fetch(mode, filename, value, False) == b"x" * 20
    disk.remove(filename)
    with pytest.raises(FileNotFoundError):
        disk.fetch(mode, filename, value, False)


def test_what_is_only_looked_at_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    cache = opened(tmp_path / "c")
    for key, value in (("b", b"small"), ("a", bytes(50_000)), ("c", b"")):
        cache.set(key, value)
    cache.close()
    (tmp_path / "c.lock").unlink()
    before = (tmp_path / "c" / DATABASE).read_bytes()
    looked = LookedAt(tmp_path / "c")
    assert list(looked.iterkeys()) == ["a", "b", "c"]
    assert [looked.get(key) for key in "abcd"] == [bytes(50_000), b"small", b"", None]
    looked.close()
    assert (tmp_path / "c" / DATABASE).read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c"]


def test_foreign_data_is_told_to_who_only_looks(tmp_path: Path) -> None:
    opened(tmp_path / "c").close()
    execute(tmp_path / "c", "INSERT INTO Cache (key, raw, mode, value) VALUES ('a', 1, ?, ?)", MODE_PICKLE, b"x")
    looked = LookedAt(tmp_path / "c")
    with pytest.raises(ForeignData):
        looked.get("a")
    looked.close()


def test_where_there_is_nothing_to_look_at_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        LookedAt(tmp_path / "c")
    assert list(tmp_path.iterdir()) == []
