from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from wflow.model.definition import digest_of, from_definition, to_definition
from wflow.model.workflow import Breaker, Checkpoint, Edge, Graph, Node, Rate, Retry, Workflow

INNER = Graph(
    nodes=(Node(id="insert", type="python", settings={"script": "pass"}, path=("nodes", "load", "nodes", "insert")),),
    edges=(Edge(source="insert", target="insert", path=("nodes", "load", "edges", 0)),),
)
FULL = Workflow(
    name="full",
    description="every key",
    version="1.0",
    parameters={"limit": {"type": "integer", "default": 1}},
    variables={"loaded": 0, "none": None},
    max_concurrency=4,
    timeout=600.0,
    on_failure="stop",
    checkpoint=Checkpoint(policy="every", every=10.0),
    overlap="queue",
    retry_budget=0,
    pools={"database": 1},
    stop_grace=1.0,
    cancel_grace=2.0,
    secrets=("TOKEN",),
    graph=Graph(
        nodes=(
            Node(
                id="load",
                type="foreach",
                title="Load",
                description="rows",
                timeout=1.5,
                retry=Retry(max_attempts=5, on=("TimeoutError", "exit:75"), not_on=("ValueError",), jitter=0.0),
                breaker=Breaker(name="api", open_for=1.0),
                fallback="stand-in",
                compensate="undo",
                join=2,
                cancel_rest=True,
                priority=10,
                max_concurrent=3,
                pool="database",
                rate=Rate(count=10.0, per=1.0),
                env={"A": "1"},
                idempotency_key="${{ input.id }}",
                metadata={"type": "mine", "retry": {"x": 1}},
                settings={"items": "input.rows", "tolerate": 0},
                graph=INNER,
                path=("nodes", "load"),
            ),
            Node(id="stand-in", type="noop", path=("nodes", "stand-in")),
            Node(id="undo", type="own-type", settings={"nodes": 3, "at": 1}, path=("nodes", "undo")),
        ),
        edges=(
            Edge(
                source="load",
                target="undo",
                port="true",
                trigger="fail",
                condition=False,
                priority=-1,
                handles=False,
                enabled=False,
                capacity=1,
                max_deliveries=1,
                path=("edges", 0),
            ),
            Edge(source="load", target="stand-in", path=("edges", 0)),
            Edge(source="stand-in", target="undo"),
        ),
    ),
    outputs={"loaded": "variables.loaded", "constant": 1},
)

#: Fields without a default.
REQUIRED = {"id", "type", "source", "target", "name"}


def through_json(workflow: Workflow) -> Workflow:
    return from_definition(json.loads(json.dumps(to_definition(workflow))))


def test_a_workflow_with_every_key_comes_back_equal() -> None:
    assert through_json(FULL) == FULL


@pytest.mark.parametrize("thing", [FULL, FULL.graph.nodes[0], FULL.graph.edges[0]], ids=["workflow", "node", "edge"])
def test_every_field_of_the_model_is_tried(thing: Any) -> None:
    needed = {one.name: getattr(thing, one.name) for one in fields(thing) if one.name in REQUIRED}
    plain = type(thing)(**needed)
    for one in fields(thing):
        if one.name not in needed:
            assert getattr(thing, one.name) != getattr(plain, one.name), f"{one.name} is at its default"


def test_the_smallest_workflow_writes_its_name_and_nodes_only() -> None:
    workflow = Workflow(name="w", graph=Graph(nodes=(Node(id="a", type="noop", path=("nodes", "a")),)))
    assert to_definition(workflow) == {"name": "w", "nodes": {"a": {"type": "noop"}}}
    assert through_json(workflow) == workflow


def test_a_value_that_only_equals_its_default_is_kept() -> None:
    # 1 == True and 0 == False in Python: a definition tells them apart.
    edge = Edge(source="a", target="b", condition=0, path=("edges", 0))
    nodes = (Node(id="a", type="noop", path=("nodes", "a")), Node(id="b", type="noop", path=("nodes", "b")))
    workflow = Workflow(name="w", graph=Graph(nodes=nodes, edges=(edge,)))
    assert to_definition(workflow)["edges"] == [{"source": "a", "target": "b", "condition": 0, "at": 0}]


@pytest.mark.parametrize(
    "data",
    [{}, {"name": "x"}, {"name": "x", "nodes": {"a": {}}}, {"name": "x", "nodes": {"a": 1}}, {"nodes": {}, "z": 1}],
)
def test_what_is_no_definition_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        from_definition(data)


def test_a_digest_is_the_same_however_often_a_definition_is_written_and_read() -> None:
    digest = digest_of(to_definition(FULL))
    assert digest == digest_of(to_definition(through_json(FULL)))
    assert digest == digest_of(dict(reversed(to_definition(FULL).items())))
    assert digest != digest_of({**to_definition(FULL), "name": "other"})
    assert len(digest) == 64
