from __future__ import annotations

import textwrap

from wflow.loading.build import build
from wflow.loading.yamltext import parse_yaml
from wflow.model import Breaker, Checkpoint, Diagnostic, Edge, Graph, Node, Rate, Retry, Workflow


def built(text: str) -> tuple[Workflow, list[Diagnostic]]:
    diagnostics: list[Diagnostic] = []
    return build(parse_yaml(textwrap.dedent(text), []), diagnostics), diagnostics


def test_a_file_becomes_a_workflow() -> None:
    workflow, diagnostics = built(
        """
        name: w
        timeout: 10m
        checkpoint: {every: 10s}
        stop_grace: 500ms
        secrets: [TOKEN]
        nodes:
          load:
            type: foreach
            items: input.rows
            max_concurrent: 4
            timeout: 1m
            retry: {initial_delay: 200ms, on: ["exit:75"]}
            breaker: {name: api, open_for: 5s}
            rate: 10/m
            priority: high
            nodes: {insert: {type: shell, script: x, priority: 3}}
            edges: []
          pause: {type: wait, for: 2h}
          own: {type: package-type, anything: 1, timeout: 5}
        edges:
          - load -> [pause, own]
          - {from: load, to: own, trigger: fail, handles: false, condition: true}
        """
    )
    assert not diagnostics
    insert = Node(
        id="insert", type="shell", priority=3, settings={"script": "x"}, path=("nodes", "load", "nodes", "insert")
    )
    load = Node(
        id="load",
        type="foreach",
        timeout=60.0,
        retry=Retry(initial_delay=0.2, on=("exit:75",)),
        breaker=Breaker(name="api", open_for=5.0),
        rate=Rate(count=10.0, per=60.0),
        priority=10,
        max_concurrent=4,
        settings={"items": "input.rows"},
        graph=Graph(nodes=(insert,)),
        path=("nodes", "load"),
    )
    assert workflow == Workflow(
        name="w",
        timeout=600.0,
        checkpoint=Checkpoint(policy="every", every=10.0),
        stop_grace=0.5,
        secrets=("TOKEN",),
        graph=Graph(
            nodes=(
                load,
                Node(id="pause", type="wait", settings={"for": 7200.0}, path=("nodes", "pause")),
                Node(id="own", type="package-type", timeout=5.0, settings={"anything": 1}, path=("nodes", "own")),
            ),
            edges=(
                Edge(source="load", target="pause", path=("edges", 0)),
                Edge(source="load", target="own", path=("edges", 0)),
                Edge(source="load", target="own", trigger="fail", handles=False, condition=True, path=("edges", 1)),
            ),
        ),
    )


def test_the_checkpoint_policies() -> None:
    assert built("checkpoint: manual")[0].checkpoint == Checkpoint(policy="manual")
    assert built("checkpoint: {nodes: 20}")[0].checkpoint == Checkpoint(policy="nodes", nodes=20)
    assert built("name: w")[0].checkpoint == Checkpoint()


def test_a_wrong_edge_is_left_out_and_told() -> None:
    workflow, diagnostics = built("edges: [a -> b, a ->, {from: a, to: [b, c]}]")
    assert [(edge.source, edge.target) for edge in workflow.graph.edges] == [("a", "b"), ("a", "b"), ("a", "c")]
    assert [(found.code, found.path, found.offset) for found in diagnostics] == [("edge-syntax", ("edges", 1), 4)]


def test_edges_may_not_multiply_without_end() -> None:
    names = ", ".join(f"n{number}" for number in range(90))
    fan = f"'[{names}] -> [{names}]'"
    workflow, diagnostics = built(f"edges: [{fan}]")
    assert len(workflow.graph.edges) == 8100
    assert not diagnostics
    workflow, diagnostics = built(f"edges: [{', '.join([fan] * 10)}, {{from: [{names}], to: [{names}]}}]")
    assert len(workflow.graph.edges) < 14_000
    assert {found.code for found in diagnostics} == {"edge-syntax"}


def test_a_tree_with_holes_is_built_from_what_is_there() -> None:
    workflow, _ = built("nodes: {a: , b: {title: x}, c: {type: foreach}, d: {type: noop, breaker: {open_for: 1s}}}")
    assert [(node.id, node.type) for node in workflow.graph.nodes] == [
        ("a", ""),
        ("b", ""),
        ("c", "foreach"),
        ("d", "noop"),
    ]
