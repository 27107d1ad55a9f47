from __future__ import annotations

from wflow.model.walk import all_graphs, all_nodes
from wflow.model.workflow import Graph, Node

INNERMOST = Graph(nodes=(Node(id="c", type="noop"),))
INNER = Graph(nodes=(Node(id="b", type="container", graph=INNERMOST), Node(id="d", type="noop")))
OUTER = Graph(nodes=(Node(id="a", type="container", graph=INNER), Node(id="e", type="noop")))


def test_nodes_come_in_the_order_of_the_file_owners_first() -> None:
    assert [node.id for node in all_nodes(OUTER)] == ["a", "b", "c", "d", "e"]


def test_every_graph_comes_with_the_node_that_owns_it() -> None:
    found = [(graph, owner.id if owner else None) for graph, owner in all_graphs(OUTER)]
    assert found == [(OUTER, None), (INNER, "a"), (INNERMOST, "b")]
