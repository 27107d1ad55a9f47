from __future__ import annotations

from typing import Any

import pytest

from wflow.display.graph_dot import graph_dot
from wflow.model import Edge, Graph, Workflow


def test_a_graph_is_a_digraph_with_a_cluster_for_each_scope(node: Any) -> None:
    load = node("load", "foreach", node("insert"), node("check", "if"))
    edges = (
        Edge(source="discover", target="load", port="true"),
        Edge(source="load", target="alert", trigger="fail"),
    )
    flow = Workflow(name="etl", graph=Graph(nodes=(node("discover"), load, node("alert")), edges=edges))
    assert graph_dot(flow, {"discover": "completed", "load": "running"}).splitlines() == [
        'digraph "etl" {',
        "    compound=true",
        '    node [shape=box, style="rounded,filled", fillcolor="#ffffff"]',
        '    n1 [label="discover", fillcolor="#d3f2d3"]',
        "    subgraph cluster_n2 {",
        '        label="load (foreach)"',
        '        style=filled fillcolor="#d6e6ff"',
        '        n2 [shape=point, style=invis, label=""]',
        '        n3 [label="insert"]',
        '        n4 [label="check", shape=diamond]',
        "    }",
        '    n5 [label="alert"]',
        '    n1 -> n2 [label="true", lhead=cluster_n2]',
        '    n2 -> n5 [label="fail", style=dashed, ltail=cluster_n2]',
        "}",
    ]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ('a"]; evil [label="b', r'"a\"]; evil [label=\"b"'),
        ("back\\", r'"back\\"'),
        ("\\N and \\l", r'"\\N and \\l"'),
        ('\\"', r'"\\\""'),
        ("two\nlines", r'"two\\nlines"'),
        ("<b>html</b>", '"<b>html</b>"'),
    ],
)
def test_a_hostile_title_ends_nothing(node: Any, title: str, label: str) -> None:
    flow = Workflow(name="w", graph=Graph(nodes=(node("a", title=title),)))
    assert graph_dot(flow).splitlines()[3] == f"    n1 [label={label}]"
