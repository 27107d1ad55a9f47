"""`wflow.graph.unavailable`: what has no effect is said, and the list is true."""

from __future__ import annotations

import pytest

from wflow.errors import UsageError
from wflow.graph.checks import check
from wflow.graph.unavailable import TYPES_WITHOUT_RUNTIME
from wflow.model import Graph, Node, Workflow
from wflow.model.kinds import WORK_TYPES
from wflow.runtimes.registry import runtime_for


def test_a_type_without_a_runtime_is_warned_of() -> None:
    nodes = (
        Node(id="a", type="powershell", settings={"script": "return 1"}),
        Node(id="c", type="noop"),
    )
    found = check(Workflow(name="x", graph=Graph(nodes=nodes)))
    told = [(one.severity, one.code, one.message.split("`")[1] if "`" in one.message else "type") for one in found]
    assert told == [("warning", "not-available", "type")]


@pytest.mark.parametrize("node_type", sorted(WORK_TYPES))
def test_the_types_that_are_warned_of_are_those_that_have_no_runtime(node_type: str) -> None:
    if node_type in TYPES_WITHOUT_RUNTIME:
        with pytest.raises(UsageError):
            runtime_for(node_type)
    else:
        assert runtime_for(node_type) is not None
