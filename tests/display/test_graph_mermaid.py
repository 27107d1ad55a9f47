from __future__ import annotations

import re
from typing import Any

import pytest

from wflow.display.graph_mermaid import graph_mermaid
from wflow.model import Edge, Graph, Workflow


def test_a_graph_is_a_flowchart_with_a_subgraph_for_each_scope(node: Any) -> None:
    load = node("load", "foreach", node("insert", title="Insert a row"), node("check", "if"))
    edges = (
        Edge(source="discover", target="load"),
        Edge(source="load", target="alert", trigger="fail"),
        Edge(source="load", target="child", port="x", enabled=False),
    )
    nodes = (node("discover"), load, node("alert"), node("child", "subflow", file="x.yaml"))
    flow = Workflow(name="etl", graph=Graph(nodes=nodes, edges=edges))
    assert graph_mermaid(flow, {"discover": "completed", "load/insert": "failed"}).splitlines() == [
        "flowchart TD",
        '    n1["discover"]',
        '    subgraph n2["load (foreach)"]',
        '        n3["Insert a row"]',
        '        n4{"check"}',
        "    end",
        '    n5["alert"]',
        '    n6[["child"]]',
        "    n1 --> n2",
        '    n2 -.->|"fail"| n5',
        '    n2 -.->|"x, disabled"| n6',
        "    classDef completed fill:#d3f2d3,stroke:#2e7d32",
        "    class n1 completed",
        "    classDef failed fill:#ffd6d6,stroke:#c62828",
        "    class n3 failed",
    ]


@pytest.mark.parametrize(
    "title",
    [
        'a"] --> evil["b',
        "%%{init: {'theme': 'dark'}}%%",
        "<script>alert(1)</script>",
        "`**bold**`",
        "x\nclick n1 href 'javascript:alert(1)'",
        "#quot;]; click n1",
        "end",
        "a & b; c | d \\ e",
    ],
)
def test_a_hostile_title_ends_nothing(node: Any, title: str) -> None:
    edge = Edge(source="a", target="b", condition=title)
    flow = Workflow(name="w", graph=Graph(nodes=(node("a", title=title), node("b")), edges=(edge,)))
    lines = graph_mermaid(flow).splitlines()
    assert len(lines) == 4
    safe = r'"(?:[A-Za-z0-9 _.,:/()=+-]|#\d+;|[^\x00-\x7f])*"'
    assert re.fullmatch(rf"    n1\[{safe}\]", lines[1])
    assert lines[2] == '    n2["b"]'
    assert re.fullmatch(rf"    n1 -->\|{safe}\| n2", lines[3])


def test_an_edge_to_a_node_that_is_not_there_is_left_out(node: Any) -> None:
    flow = Workflow(name="w", graph=Graph(nodes=(node("a"),), edges=(Edge(source="a", target="gone"),)))
    assert graph_mermaid(flow) == 'flowchart TD\n    n1["a"]'
