from __future__ import annotations

from typing import Any

from wflow.display.graph_text import edge_label, graph_text
from wflow.display.marks import ASCII
from wflow.model import Edge, Graph, Workflow


def _etl(node: Any) -> Workflow:
    load = node("load", "foreach", node("insert", title="Insert a row", compensate="undo"), node("undo"))
    edges = (
        Edge(source="discover", target="check"),
        Edge(source="check", target="load", port="true"),
        Edge(source="load", target="report", condition="output.failed_items == 0"),
        Edge(source="load", target="alert", trigger="fail", enabled=False),
    )
    nodes = (node("discover"), node("check", "if"), load, node("report", "shell", join="any"), node("alert", "shell"))
    return Workflow(name="etl", graph=Graph(nodes=nodes, edges=edges))


def test_a_graph_is_its_nodes_with_the_edges_that_leave_them(node: Any) -> None:
    assert graph_text(_etl(node)).splitlines() == [
        "etl",
        "├── discover  (python)  → check",
        "├── check  (if)  true → load",
        "├── load  (foreach)  if output.failed_items == 0 → report, fail, disabled → alert",
        "│   ├── insert  (python, undone by undo)",
        "│   └── undo  (python)",
        "├── report  (shell, join any)",
        "└── alert  (shell)",
    ]


def test_a_run_marks_its_nodes(node: Any) -> None:
    shown = graph_text(_etl(node), {"discover": "completed", "load/insert": "failed"}, ASCII).splitlines()
    assert shown[1] == "|-- + discover  (python)  -> check"
    assert shown[4] == "|   |-- x insert  (python, undone by undo)"
    assert shown[7] == "`-- alert  (shell)"


def test_nothing_from_the_file_leaves_its_line(node: Any) -> None:
    odd = Workflow(
        name="w\n\x1b[2J",
        graph=Graph(
            nodes=(node("a\nb", "x\ny"), node("c")),
            edges=(Edge(source="a\nb", target="c", condition="1\n\x1b[2J"),),
        ),
    )
    text = graph_text(odd)
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text


def test_an_edge_without_anything_special_has_no_label() -> None:
    assert edge_label(Edge(source="a", target="b")) == ""
