from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.store.cache import RebuildableCache
from wflow.store.pinned import DATABASE


class Warned(list[str]):
    """The warnings so far."""


@pytest.fixture
def warned() -> Warned:
    return Warned()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cache"


@pytest.fixture
def cache(folder: Path, warned: Warned) -> Iterator[RebuildableCache]:
    cache = RebuildableCache(folder, warned.append)
    yield cache
    cache.close()


def filled(folder: Path) -> None:
    cache = RebuildableCache(folder, pytest.fail)
    cache.put("a", b"small")
    cache.put("b", b"large" * 20_000)
    cache.close()


def test_what_is_put_is_got_by_the_next_to_open(cache: RebuildableCache, folder: Path) -> None:
    filled(folder)
    assert cache.get("a") == b"small"
    assert cache.get("b") == b"large" * 20_000
    assert cache.get("c") is None
    cache.put("a", b"")
    assert cache.get("a") == b""
    cache.drop("a")
    cache.drop("a")
    assert cache.get("a") is None


def test_keys_are_listed_by_prefix_in_order(cache: RebuildableCache) -> None:
    for key in ("plan/x", "index/b", "index/a", "indexes", "index/", "Index/c"):
        cache.put(key, b"x")
    assert cache.keys("index/") == ["index/", "index/a", "index/b"]
    assert cache.keys("none/") == []


def test_more_keys_than_diskcache_gives_at_once_are_listed(cache: RebuildableCache) -> None:
    for number in range(250):
        cache.put(f"index/{number:03}", b"x")
    assert cache.keys("index/") == [f"index/{number:03}" for number in range(250)]


def test_reading_makes_no_cache_and_imports_no_diskcache(folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from wflow.store.cache import RebuildableCache
cache = RebuildableCache(Path(sys.argv[1]), print)
print(cache.get("a"), cache.keys(""), cache.drop("a"), "diskcache" in sys.modules)
cache.close()
"""
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True, check=True)
    assert done.stdout == "None [] None False\n"
    assert not folder.parent.exists()


def test_a_changed_payload_is_passed_over_with_one_warning(
    cache: RebuildableCache, folder: Path, warned: Warned
) -> None:
    filled(folder)
    (value,) = folder.glob("*/*/*.val")
    content = bytearray(value.read_bytes())
    content[50_000] ^= 1
    value.write_bytes(content)
    database = sqlite3.connect(folder / DATABASE)
    database.execute("UPDATE Cache SET value = ? WHERE key = 'a'", (b"2 00000000 of a later version",))
    database.commit()
    database.close()
    assert cache.get("b") is None
    assert cache.get("a") is None
    assert len(warned) == 1
    cache.put("b", b"anew")
    assert cache.get("b") == b"anew"


def test_an_entry_under_the_key_of_another_is_passed_over(
    cache: RebuildableCache, folder: Path, warned: Warned
) -> None:
    filled(folder)
    database = sqlite3.connect(folder / DATABASE)
    database.execute("UPDATE Cache SET key = 'c' WHERE key = 'a'")
    database.commit()
    database.close()
    assert cache.get("c") is None
    assert len(warned) == 1


def test_a_value_file_that_is_gone_is_an_entry_that_is_gone(cache: RebuildableCache, folder: Path) -> None:
    filled(folder)
    for value in folder.glob("*/*/*.val"):
        value.unlink()
    assert cache.get("b") is None
    assert cache.get("a") == b"small"


def garbage(folder: Path) -> None:
    (folder / DATABASE).write_bytes(os.urandom(50_000))


def empty_pages(folder: Path) -> None:
    content = (folder / DATABASE).read_bytes()
    (folder / DATABASE).write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def cut_short(folder: Path) -> None:
    with (folder / DATABASE).open("r+b") as file:
        file.truncate(5000)


def a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


def a_folder_as_database(folder: Path) -> None:
    (folder / DATABASE).unlink()
    (folder / DATABASE).mkdir()


def another_table(folder: Path) -> None:
    database = sqlite3.connect(folder / DATABASE)
    database.executescript("DROP TABLE Cache; CREATE TABLE Cache (colour TEXT)")
    database.close()


def foreign_value(folder: Path) -> None:
    database = sqlite3.connect(folder / DATABASE, isolation_level=None)
    database.execute("UPDATE Cache SET mode = 4, filename = NULL, value = x'00'")
    database.close()


DAMAGES = [garbage, empty_pages, cut_short, a_file_in_its_place, a_folder_as_database, another_table, foreign_value]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_set_aside_with_one_warning_and_made_anew(
    cache: RebuildableCache, folder: Path, warned: Warned, damage: object
) -> None:
    filled(folder)
    assert callable(damage)
    damage(folder)
    assert cache.get("a") is None
    cache.put("a", b"anew")
    assert cache.get("a") == b"anew"
    assert (folder.parent / "cache.damaged-1").exists()
    assert not (folder.parent / "cache.damaged-2").exists()
    assert len(warned) == 1
    assert "set aside as `cache.damaged-1`" in warned[0]


def test_damage_while_it_is_open_is_set_aside_too(cache: RebuildableCache, folder: Path, warned: Warned) -> None:
    cache.put("a", b"x")
    for number in (1, 2):
        garbage(folder)
        cache.put("a", b"anew")
        assert cache.get("a") == b"anew"
        assert (folder.parent / f"cache.damaged-{number}").exists()
    assert len(warned) == 2


def test_a_cache_deleted_while_it_is_open_is_made_anew(cache: RebuildableCache, folder: Path, warned: Warned) -> None:
    cache.put("a", b"x")
    shutil.rmtree(folder)
    cache.put("b", b"y")
    assert cache.get("b") == b"y"
    assert (folder / DATABASE).exists()
    assert warned == []


def test_a_cache_that_another_process_made_anew_meanwhile_is_not_set_aside(
    cache: RebuildableCache, folder: Path, warned: Warned
) -> None:
    cache.put("a", b"x")
    folder.rename(folder.with_name("cache.damaged-1"))
    filled(folder)
    cache.put("c", b"z")
    assert cache.get("a") == b"small"
    assert cache.get("c") == b"z"
    assert not (folder.parent / "cache.damaged-2").exists()
    assert warned == []


def test_where_no_cache_can_be_work_goes_on_without_one(tmp_path: Path, warned: Warned) -> None:
    (tmp_path / "home").write_text("a file")
    cache = RebuildableCache(tmp_path / "home" / "cache", warned.append)
    cache.put("a", b"x")
    cache.put("b", b"x")
    assert cache.get("a") is None
    assert cache.keys("") == []
    assert len(warned) == 1
    assert "going on without it" in warned[0]
    cache.close()


def test_a_second_thread_is_told_that_it_may_not(cache: RebuildableCache) -> None:
    cache.put("a", b"x")
    caught: list[BaseException] = []

    def use() -> None:
        try:
            cache.get("a")
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_twenty_processes_may_make_and_fill_a_new_cache_at_once(cache: RebuildableCache, folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from wflow.store.cache import RebuildableCache
def fail(message): raise SystemExit(message)
cache = RebuildableCache(Path(sys.argv[1]), fail)
sys.stdin.readline()
for number in range(3):
    cache.put(f"{sys.argv[2]}/{number}", b"x" * 100)
    assert cache.get(f"{sys.argv[2]}/{number}") == b"x" * 100
cache.close()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, folder, str(number)], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for number in range(20)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    assert len(cache.keys("")) == 60


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below the folder's parent: its bytes, and when it was written."""
    found = [path for path in folder.parent.rglob("*") if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def test_one_that_is_read_only_reads_and_leaves_every_file_as_it_is(folder: Path) -> None:
    filled(folder)
    before = files(folder)
    cache = RebuildableCache(folder, pytest.fail, read_only=True)
    assert cache.keys("") == ["a", "b"]
    assert cache.get("b") == b"large" * 20_000
    cache.put("a", b"other")
    cache.drop("b")
    assert (cache.get("a"), len(cache.keys(""))) == (b"small", 2)
    cache.close()
    assert files(folder) == before


def test_damage_is_told_to_who_only_reads_and_stays_where_it_is(folder: Path, warned: Warned) -> None:
    filled(folder)
    (folder / DATABASE).write_bytes(b"rubbish" * 1000)
    before = files(folder)
    cache = RebuildableCache(folder, warned.append, read_only=True)
    assert cache.get("a") is None
    assert cache.keys("") == []
    assert len(warned) == 1
    assert "going on without it" in warned[0]
    assert files(folder) == before
