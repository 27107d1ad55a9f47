from __future__ import annotations

from pathlib import Path

from wflow.store.memory import MemoryRun, MemoryStore


def test_it_tells_what_a_power_cut_would_leave() -> None:
    store = MemoryStore()
    run = store.create("r1")
    assert isinstance(run, MemoryRun)
    run.append('{"a":1}')
    run.append('{"a":2}')
    assert run.synced == 0
    run.sync()
    run.append('{"a":3}')
    assert run.synced == 2
    store.close()


def test_what_is_read_is_the_readers_own() -> None:
    store = MemoryStore()
    run = store.create("r1")
    run.append('{"list":[]}')
    next(run.records()).data["list"].append(1)
    assert next(run.records()).data == {"list": []}
    request = {"data": [1]}
    run.post(request)
    request["data"].append(2)
    assert run.requests()[0]["data"] == [1]
    store.close()


def test_a_temporary_folder_goes_with_the_store() -> None:
    store = MemoryStore()
    folder = store.create("r1").folder
    (folder / "log.out").write_text("hello")
    store.close()
    assert not folder.exists()


def test_a_folder_of_the_callers_stays(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    folder = store.create("r1").folder
    assert folder == tmp_path / "r1"
    store.close()
    assert folder.is_dir()
