from __future__ import annotations

import pytest

from wflow.loading.foreign import foreign_format


@pytest.mark.parametrize("key", ["workflowId", "graphId", "workflowName"])
def test_an_execution_engine_workflow_is_known_by_its_keys(key: str) -> None:
    found = foreign_format({"nodes": [], key: "x"})
    assert found is not None
    assert found.code == "execution-engine"
    assert "wflow import" in found.message


@pytest.mark.parametrize("tree", [{"name": "x", "nodes": {}}, {}, [], None, "workflowId"])
def test_everything_else_is_not(tree: object) -> None:
    assert foreign_format(tree) is None
