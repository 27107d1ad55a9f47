from __future__ import annotations

from wflow.importing.conversion import Conversion, Scope, Source, all_nodes
from wflow.importing.part import Part
from wflow.importing.theirs import TheirGraph, TheirNode
from wflow.importing.told import Told


def conversion(comments: dict[tuple[str | int, ...], tuple[tuple[str, ...], str | None]]) -> Conversion:
    source = Source({}, comments, (), read=lambda _: None, place=lambda _: None, subflow=lambda _, __: None)
    return Conversion(source, Told())


def test_each_comment_is_given_once() -> None:
    one = conversion({("a",): (("# 1",), "# 2"), ("a", 0, "b"): (("# 3",), None), ("c",): ((), "# 4")})
    assert one.comments_above(("a",)) == ["# 1", "# 2"]
    assert one.comments_above(("a",)) == []
    assert one.comments_within(("a",)) == [(("a", 0, "b"), ["# 3"])]
    assert one.comments_left() == ["# 4"]
    assert one.comments_left() == []


def test_a_scope_inside_knows_the_names_of_both() -> None:
    outer = Scope(loops={"a": "a"}, keys={"X": "x"})
    inner = outer.inside({"b-c": "b_c", "d": "d"})
    assert inner.loops == {"a": "a", "b-c": "b_c", "d": "d"}
    assert inner.keys == {"X": "x", "b-c": "b_c"}


def test_all_nodes_are_those_of_every_graph() -> None:
    told = Told()
    inner = TheirGraph({"b": TheirNode("b", "noop", Part({}, (), told))})
    graph = TheirGraph({"a": TheirNode("a", "container", Part({}, (), told), children=inner)})
    assert [node.id for node in all_nodes(graph)] == ["a", "b"]


def test_where_a_variable_was_met_first_is_kept() -> None:
    one = conversion({})
    one.variable("x", ("a",))
    one.variable("x", ("b",))
    assert one.variables == {"x": ("a",)}
