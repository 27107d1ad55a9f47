"""`wflow.runner.stored`: large outputs read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.errors import JournalDamaged
from wflow.runner.stored import loader
from wflow.store.memory import MemoryStore


def test_a_stored_output_is_read_by_its_hash_and_one_that_is_gone_is_damage(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    run = store.create("r")
    digest = run.put_value(b'{"x":1}')
    load = loader(run)
    assert load(digest) == {"x": 1}
    with pytest.raises(JournalDamaged):
        load("0" * 64)
    store.close()
