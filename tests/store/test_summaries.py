from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.store.cache import RebuildableCache
from wflow.store.summaries import RunCache


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[RunCache]:
    blobs = RebuildableCache(tmp_path / "cache", pytest.fail)
    yield RunCache(blobs)
    blobs.close()


def test_a_snapshot_keeps_its_number(cache: RunCache) -> None:
    assert cache.snapshot("r1") is None
    cache.save_snapshot("r1", 3_000_000_000_000, b"\0state")
    assert cache.snapshot("r1") == (3_000_000_000_000, b"\0state")


@pytest.mark.parametrize(
    ("snapshot", "summary", "known"),
    [
        (None, None, 0),
        (7, None, 7),
        (None, {"records": 9}, 9),
        (7, {"records": 9}, 9),
        (9, {"records": 7}, 9),
        (7, {"status": "completed"}, 7),
        (None, {"records": "many"}, 0),
        (None, {"records": True}, 0),
    ],
)
def test_a_journal_must_have_as_many_records_as_either_knows_of(
    cache: RunCache, snapshot: int | None, summary: dict[str, object] | None, known: int
) -> None:
    if snapshot is not None:
        cache.save_snapshot("r1", snapshot, b"state")
    if summary is not None:
        cache.put_summary("r1", summary)
    assert cache.known("r1") == known


def test_after_a_loss_only_what_knows_more_is_forgotten(cache: RunCache) -> None:
    for run_id, number in (("r1", 5), ("r2", 6)):
        cache.save_snapshot(run_id, number, b"state")
        cache.put_summary(run_id, {"records": 9})
        cache.forget_beyond(run_id, 5)
    assert cache.snapshot("r1") == (5, b"state")
    assert cache.snapshot("r2") is None
    assert cache.summaries() == {}


def test_a_run_is_forgotten_whole_and_alone(cache: RunCache) -> None:
    for run_id in ("r1", "r12"):
        cache.save_snapshot(run_id, 1, b"state")
        cache.put_summary(run_id, {"status": "x"})
    cache.put_plan("r1", b"plan")
    cache.forget("r1")
    assert cache.snapshot("r1") is None
    assert cache.summary("r1") is None
    assert cache.snapshot("r12") == (1, b"state")
    assert cache.summaries() == {"r12": {"status": "x"}}
    assert cache.plan("r1") == b"plan"
