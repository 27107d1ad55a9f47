from __future__ import annotations

import os
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from wflow.errors import JournalDamaged, StoreUnavailable
from wflow.store.values import digest_of, lost_value, put_value, value


def test_a_value_lies_in_a_file_named_by_its_hash(tmp_path: Path) -> None:
    digest = put_value(tmp_path, b"abc")
    assert digest == digest_of(b"abc") == sha256(b"abc").hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == [digest]
    assert value(tmp_path, digest, "r1") == b"abc"


@pytest.mark.parametrize("changed", [b"", b"abd", b"abcd"])
def test_a_value_that_was_changed_is_damage_and_is_healed_when_put_again(tmp_path: Path, changed: bytes) -> None:
    digest = put_value(tmp_path, b"abc")
    (tmp_path / digest).write_bytes(changed)
    with pytest.raises(JournalDamaged, match="run `r1` was changed") as caught:
        value(tmp_path, digest, "r1")
    assert caught.value.lost == f"the value {digest}"
    put_value(tmp_path, b"abc")
    assert value(tmp_path, digest, "r1") == b"abc"


@pytest.mark.parametrize("digest", ["", "..", "../lock", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_what_is_no_hash_is_never_looked_for(tmp_path: Path, digest: str) -> None:
    with pytest.raises(JournalDamaged, match="is no hash"):
        value(tmp_path, digest, "r1")


def test_a_missing_value_is_damage() -> None:
    with pytest.raises(JournalDamaged, match="is missing"):
        value(Path("/nonexistent"), "0" * 64, "r1")
    assert lost_value("r1", "0" * 64, "is missing").position == 0


def test_a_value_is_synced_with_its_name_though_another_put_it_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.append("file"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append("folder"))
    put_value(tmp_path, b"abc")
    assert synced == ["file", "folder"]
    put_value(tmp_path, b"abc")
    assert synced == ["file", "folder", "folder"]


def test_threads_may_put_one_value_at_once(tmp_path: Path) -> None:
    payload = b"x" * 100_000
    threads = [threading.Thread(target=put_value, args=(tmp_path, payload)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == [digest_of(payload)]
    assert value(tmp_path, digest_of(payload), "r1") == payload


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be kept"):
        put_value(tmp_path / "gone", b"abc")
