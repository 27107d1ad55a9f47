"""Runs to read: made by the real runner, on a home of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wflow.runner.library import run
from wflow.store.disk import DiskStore


@pytest.fixture
def store(home: Path) -> Iterator[DiskStore]:
    """The store of this test's home."""
    opened = DiskStore(home)
    yield opened
    opened.close()


@pytest.fixture
def ran(home: Path, tmp_path: Path) -> Callable[[str], None]:
    """``ran("name: x\\n…")``: run the workflow of that text as run ``r``, or as another id."""

    def go(text: str, run_id: str = "r") -> None:
        file = tmp_path / f"{run_id}.yaml"
        file.write_text(text, encoding="utf-8")
        run(file, run_id=run_id, home=home)

    return go
