"""`wflow.graph.part`: a part of a workflow."""

from __future__ import annotations

import pytest

from wflow.graph.part import ancestors, part_of
from wflow.model import Edge, Graph, Node, Workflow


def workflow() -> Workflow:
    """a -> b -> d, c -> d -> e; b has a fallback and a compensation."""
    nodes = tuple(
        Node(id=name, type="noop", **({"fallback": "f", "compensate": "g"} if name == "b" else {}))  # type: ignore[arg-type]
        for name in "abcdefg"
    )
    edges = tuple(Edge(source=pair[0], target=pair[1]) for pair in ("ab", "bd", "cd", "de"))
    return Workflow(name="w", graph=Graph(nodes=nodes, edges=edges), variables={"x": 1})


@pytest.mark.parametrize(("node", "found"), [("a", "a"), ("b", "ab"), ("d", "abcd"), ("e", "abcde"), ("f", "f")])
def test_ancestors_are_the_node_and_all_that_leads_to_it(node: str, found: str) -> None:
    assert ancestors(workflow(), node) == frozenset(found)


def test_there_are_no_ancestors_of_a_node_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        ancestors(workflow(), "nowhere")


@pytest.mark.parametrize(
    ("kept", "nodes", "edges"),
    [("d", "d", []), ("ab", "abfg", ["ab"]), ("bd", "bdfg", ["bd"]), ("ae", "ae", []), ("", "", [])],
)
def test_a_part_has_its_nodes_what_stands_in_for_them_and_the_edges_between(
    kept: str, nodes: str, edges: list[str]
) -> None:
    part = part_of(workflow(), kept)
    assert "".join(node.id for node in part.graph.nodes) == nodes
    assert [edge.source + edge.target for edge in part.graph.edges] == edges
    assert (part.name, part.variables) == ("w", {"x": 1})
