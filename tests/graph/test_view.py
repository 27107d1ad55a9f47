from __future__ import annotations

from collections.abc import Callable

from wflow.graph.view import graph_views
from wflow.model import Workflow

Build = Callable[[str], Workflow]


def test_graphs_come_with_what_encloses_them(workflow: Build) -> None:
    text = """
    nodes:
      each:
        type: foreach
        items: [1]
        as: row
        nodes:
          again: {type: while, condition: input.x, nodes: {a: {type: noop}}}
    """
    views = list(graph_views(workflow(text)))
    assert [tuple(owner.id for owner in view.owners) for view in views] == [(), ("each",), ("each", "again")]
    assert views[0].owner is None
    assert views[2].loop_names == {"row", "row_index", "iteration_index"}
    assert views[2].path == ("nodes", "each", "nodes", "again")


def test_a_sequence_flows_past_the_nodes_that_stand_aside(workflow: Build) -> None:
    text = """
    nodes:
      row:
        type: container
        mode: sequential
        nodes: {a: {type: noop, fallback: b}, b: {type: noop}, c: {type: noop}, d: {type: noop, compensate: b}}
    """
    view = list(graph_views(workflow(text)))[1]
    assert view.flow == (("a", "c"), ("c", "d"))
    assert [node.id for node in view.stands_for["b"]] == ["a", "d"]


def test_edges_to_nothing_are_no_part_of_the_flow(workflow: Build) -> None:
    (view,) = graph_views(workflow("nodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b, a -> c]"))
    assert view.flow == (("a", "b"),)
