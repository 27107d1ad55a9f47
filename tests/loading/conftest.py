"""What the tests of loading share."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.graph.checks import check
from wflow.loading import Loaded, load

Read = Callable[..., Loaded]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text to a file of this test's folder and load it: ``read(text, "name.yaml")``.

    The folder is a project of its own.
    """
    (tmp_path / "pyproject.toml").touch()

    def loaded(text: str | bytes, name: str = "flow.yaml", *, allow_outside: bool = False) -> Loaded:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return load(path, check=check, allow_outside=allow_outside)

    return loaded
