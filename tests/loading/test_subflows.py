from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wflow.loading.subflows import check_call, outside, project_root
from wflow.model import Diagnostic, Node, Workflow

CHILD = Workflow(
    name="child",
    parameters={"source": {"type": "string"}, "limit": {"default": 1}},
    outputs={"rows": "nodes.a.output.rows"},
)


@pytest.mark.parametrize(
    ("settings", "code", "path"),
    [
        ({"with": {"source": 1}, "outputs": {"v": "rows"}}, None, ()),
        ({}, "missing-parameter", ()),
        ({"with": {"source": 1, "limt": 2}}, "unknown-parameter", ("with", "limt")),
        ({"with": {"source": 1}, "outputs": {"v": "rowz"}}, "unknown-output", ("outputs", "v")),
    ],
)
def test_a_call_fits_the_workflow_it_calls(settings: dict[str, Any], code: str | None, path: tuple[str, ...]) -> None:
    diagnostics: list[Diagnostic] = []
    check_call(Node(id="sub", type="subflow", settings=settings, path=("nodes", "sub")), CHILD, diagnostics)
    assert [(found.code, found.path) for found in diagnostics] == ([(code, ("nodes", "sub", *path))] if code else [])


def test_the_project_is_the_nearest_folder_that_looks_like_one(tmp_path: Path) -> None:
    inner = tmp_path / "project" / "flows" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    assert project_root(inner / "flow.yaml") == (tmp_path / "project").resolve()
    (tmp_path / "project" / "flows" / ".git").mkdir()
    assert project_root(inner / "flow.yaml") == (tmp_path / "project" / "flows").resolve()


def test_links_are_followed_to_see_what_lies_outside(tmp_path: Path) -> None:
    root = (tmp_path / "project").resolve()
    root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    assert not outside(root / "a.yaml", root)
    assert not outside(root / "x" / ".." / "a.yaml", root)
    assert outside(root / ".." / "a.yaml", root)
    assert outside(root / "link" / "a.yaml", root)
    assert outside(Path("/etc/passwd"), root)
