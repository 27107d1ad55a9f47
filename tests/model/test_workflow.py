"""`wflow.model.workflow`: what little the model says of itself."""

from __future__ import annotations

import pytest

from wflow.model import Edge


@pytest.mark.parametrize(("port", "text"), [(None, "check -> load"), ("true", "check.true -> load")])
def test_an_edge_is_told_as_a_file_writes_it(port: str | None, text: str) -> None:
    assert Edge(source="check", target="load", port=port, trigger="fail").text == text
