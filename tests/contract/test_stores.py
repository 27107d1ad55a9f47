"""What every store must do, on disk or in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow.errors import AlreadyRunning, JournalDamaged, RunNotFound, UsageError
from wflow.store.disk import DiskStore
from wflow.store.interface import RunStore, Store
from wflow.store.memory import MemoryStore

FIRST = "20211123-084512-417-k3f9"
SECOND = "20211123-084512-418-0000"


def on_disk(folder: Path) -> Store:
    return DiskStore(folder / "home", warn=pytest.fail)


MAKERS: dict[str, Callable[[Path], Store]] = {"disk": on_disk, "memory": MemoryStore}


@pytest.fixture(params=MAKERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = MAKERS[request.param](tmp_path)
    yield store
    store.close()


def begun(store: Store, run_id: str, *bodies: str) -> RunStore:
    run = store.create(run_id)
    for body in bodies or ('{"event":"run_created"}',):
        run.append(body)
    return run


def test_records_come_back_in_order_with_their_numbers(store: Store) -> None:
    run = store.create(FIRST)
    assert [run.append(f'{{"event":"é","at":{at}}}') for at in (1.5, 2, 3)] == [1, 2, 3]
    assert list(run.records()) == [(n, {"event": "é", "at": at}) for n, at in ((1, 1.5), (2, 2), (3, 3))]
    assert [record.number for record in run.records(2)] == [3]
    assert list(run.records(3)) == []


def test_a_reader_follows_a_growing_journal(store: Store) -> None:
    writer = begun(store, FIRST)
    reader = store.open(FIRST)
    assert [record.number for record in reader.records()] == [1]
    assert list(reader.records(1)) == []
    writer.append('{"a":2}')
    writer.append('{"a":3}')
    assert [record.data for record in reader.records(1)] == [{"a": 2}, {"a": 3}]
    assert [record.number for record in reader.records()] == [1, 2, 3]


@pytest.mark.parametrize("body", ["{}", "", "[1]", '{"a":1', '{"a":\n1}', ' {"a":1}', "null"])
def test_a_body_that_is_no_object_on_one_line_is_refused_and_spends_no_number(store: Store, body: str) -> None:
    run = begun(store, FIRST)
    with pytest.raises(ValueError, match="JSON object on one line"):
        run.append(body)
    assert run.append('{"a":1}') == 2


def test_records_of_many_threads_never_mix(store: Store) -> None:
    run = store.create(FIRST)
    numbers: list[int] = []

    def write(thread: int) -> None:
        numbers.extend(
            run.append(f'{{"thread":{thread},"count":{count},"pad":"{"x" * (count % 37)}"}}') for count in range(200)
        )

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.sync()
    assert sorted(numbers) == list(range(1, 1601))
    seen = [record.data for record in run.records()]
    for thread_number in range(8):
        assert [data["count"] for data in seen if data["thread"] == thread_number] == list(range(200))


def test_a_run_is_owned_from_its_making_to_its_closing(store: Store) -> None:
    assert not store.is_alive(FIRST)
    run = begun(store, FIRST)
    assert store.is_alive(FIRST)
    assert run.owned
    with pytest.raises(AlreadyRunning, match=FIRST):
        store.open(FIRST, own=True)
    run.close()
    run.close()
    assert not store.is_alive(FIRST)
    again = store.open(FIRST, own=True)
    assert store.is_alive(FIRST)
    assert again.append('{"a":2}') == 2
    assert [record.number for record in again.records()] == [1, 2]


def test_a_second_run_of_one_id_is_refused(store: Store) -> None:
    run = begun(store, "nightly")
    with pytest.raises(AlreadyRunning):
        store.create("nightly")
    run.close()
    with pytest.raises(AlreadyRunning, match="there is a run `nightly` already"):
        store.create("nightly")


def test_a_run_that_recorded_nothing_is_none_and_its_id_is_free(store: Store) -> None:
    store.create("nightly").close()
    assert store.run_ids() == []
    assert store.create("nightly").append('{"a":1}') == 1
    assert store.run_ids() == ["nightly"]


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", ".hidden", "a" * 101, "last", "new\n", "ü"])
def test_what_cannot_be_an_id_is_refused(store: Store, run_id: str) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        store.create(run_id)
    with pytest.raises(RunNotFound):
        store.open(run_id)
    assert not store.is_alive(run_id)


def test_only_the_owner_may_append_and_take_requests(store: Store) -> None:
    owner = begun(store, FIRST)
    reader = store.open(FIRST)
    assert not reader.owned
    for run in (reader, owner):
        if run is owner:
            owner.close()
            assert not owner.owned
        with pytest.raises(RuntimeError, match="only the owner"):
            run.append('{"a":1}')
        with pytest.raises(RuntimeError, match="only the owner"):
            run.requests()
    reader.close()


def test_snapshots_replace_each_other(store: Store) -> None:
    run = begun(store, FIRST, '{"a":1}', '{"a":2}')
    assert run.snapshot() is None
    run.save_snapshot(1, b"one")
    run.save_snapshot(2, b"two" * 100_000)
    assert store.open(FIRST).snapshot() == (2, b"two" * 100_000)


def test_values_go_by_their_hash(store: Store) -> None:
    run = begun(store, FIRST)
    digest = run.put_value(b"x" * 50_000)
    assert digest == run.put_value(b"x" * 50_000)
    assert len(digest) == 64
    assert store.open(FIRST).value(digest) == b"x" * 50_000
    for missing in ("0" * 64, "../journal", ""):
        with pytest.raises(JournalDamaged, match="large output") as caught:
            run.value(missing)
        assert caught.value.position == 0


def test_requests_reach_the_owner_in_order_and_once(store: Store) -> None:
    owner = begun(store, FIRST)
    assert owner.requests() == []
    other = store.open(FIRST)
    idents = [other.post({"request": "signal", "data": count}) for count in range(12)]
    assert owner.requests() == [{"request": "signal", "data": count, "id": ident} for count, ident in enumerate(idents)]
    assert owner.requests() == []
    other.post({"request": "pause"})
    assert [request["request"] for request in owner.requests()] == ["pause"]
    owner.close()
    assert store.open(FIRST, own=True).requests() == []


def test_a_request_waits_for_the_next_owner(store: Store) -> None:
    begun(store, FIRST).close()
    store.open(FIRST).post({"request": "cancel"})
    assert [request["request"] for request in store.open(FIRST, own=True).requests()] == ["cancel"]


def test_a_request_that_came_after_the_last_look_waits_for_the_next_owner(store: Store) -> None:
    owner = begun(store, FIRST)
    other = store.open(FIRST)
    other.post({"request": "signal"})
    assert [request["request"] for request in owner.requests()] == ["signal"]
    other.post({"request": "cancel"})
    owner.close()
    assert [request["request"] for request in store.open(FIRST, own=True).requests()] == ["cancel"]


def test_requests_that_could_not_be_recorded_are_given_back(store: Store) -> None:
    owner = begun(store, FIRST)
    ident = store.open(FIRST).post({"request": "cancel"})
    assert [request["id"] for request in owner.requests()] == [ident]
    owner.give_back()
    owner.close()
    again = store.open(FIRST, own=True)
    assert [request["id"] for request in again.requests()] == [ident]
    again.close()
    assert store.open(FIRST, own=True).requests() == []


def test_a_request_that_is_no_json_is_refused_to_its_sender(store: Store) -> None:
    run = begun(store, FIRST)
    for bad in ({"x": float("nan")}, {"x": object()}):
        with pytest.raises((ValueError, TypeError)):
            run.post(bad)
    assert run.requests() == []


def test_summaries_are_kept_by_run(store: Store) -> None:
    assert store.summaries() == {}
    assert store.summary(FIRST) is None
    store.put_summary(SECOND, {"status": "paused"})
    store.put_summary(FIRST, {"status": "completed", "records": 0})
    store.put_summary(SECOND, {"status": "completed"})
    assert list(store.summaries().items()) == [
        (FIRST, {"status": "completed", "records": 0}),
        (SECOND, {"status": "completed"}),
    ]
    assert store.summary(SECOND) == {"status": "completed"}


def test_plans_are_kept_by_key(store: Store) -> None:
    assert store.plan("abc") is None
    store.put_plan("abc", b"plan" * 20_000)
    assert store.plan("abc") == b"plan" * 20_000
    assert store.plan("abd") is None


def test_runs_are_listed_oldest_first_and_found_by_a_part(store: Store) -> None:
    with pytest.raises(RunNotFound, match="no run yet"):
        store.find("last")
    begun(store, SECOND)
    begun(store, FIRST)
    begun(store, "nightly")
    assert store.run_ids() == [FIRST, SECOND, "nightly"]
    assert store.find("last") == "nightly"
    assert store.find("k3f9") == FIRST
    assert store.find(FIRST) == FIRST
    with pytest.raises(RunNotFound, match="any of 2 runs"):
        store.find("20211123")
    with pytest.raises(RunNotFound) as caught:
        store.find("nighly")
    assert caught.value.cure == "did you mean `nightly`?"


def test_an_unknown_run_is_not_found(store: Store) -> None:
    for attempt in (lambda: store.open(FIRST), lambda: store.open(FIRST, own=True), lambda: store.remove(FIRST)):
        with pytest.raises(RunNotFound):
            attempt()


def test_a_removed_run_is_gone_and_its_id_free(store: Store) -> None:
    run = begun(store, FIRST)
    run.save_snapshot(1, b"state")
    store.put_summary(FIRST, {"status": "completed", "records": 1})
    with pytest.raises(AlreadyRunning):
        store.remove(FIRST)
    run.close()
    store.remove(FIRST)
    assert store.run_ids() == []
    assert store.summaries() == {}
    anew = begun(store, FIRST, '{"b":1}')
    assert anew.snapshot() is None
    assert [record.data for record in anew.records()] == [{"b": 1}]


def test_closing_the_store_gives_up_its_runs(store: Store) -> None:
    run = begun(store, FIRST)
    store.close()
    store.close()
    assert not run.owned
    assert not store.is_alive(FIRST)


def test_what_runs_share_is_kept_listed_and_dropped(store: Store) -> None:
    shared = store.shared()
    shared.put("timer:b", {"last": 1.5})
    shared.put("timer:a", [None, "x"])
    assert (shared.get("timer:b"), shared.get("timer:a"), shared.get("none")) == ({"last": 1.5}, [None, "x"], None)
    assert shared.keys("timer:") == ["timer:a", "timer:b"]
    shared.drop("timer:a")
    assert shared.keys() == ["timer:b"]


def test_a_shared_transaction_that_raises_leaves_nothing_behind(store: Store) -> None:
    shared = store.shared()
    shared.put("count", 1)
    with pytest.raises(KeyError), shared.transact():
        shared.put("count", 2)
        raise KeyError
    assert shared.get("count") == 1
