from __future__ import annotations

from tests.importing.conftest import Import, link, node


def foreach(ident: str, **keys: object) -> dict[str, object]:
    return node(ident, "ForEach", CollectionExpression='GetGlobal("x")', **keys)


def whiled(ident: str) -> dict[str, object]:
    return node(ident, "While", Condition='GetGlobal("x") < 5')


def body(ident: str, target: str) -> dict[str, object]:
    return link(ident, target, sourcePort="LoopBody", triggerMessageType="Next")


def test_what_is_reached_over_the_port_becomes_the_body(imported: Import) -> None:
    made = imported(
        [foreach("each"), node("a"), node("b"), node("after")],
        [body("each", "a"), link("a", "b"), link("each", "after")],
    )
    assert list(made.nodes) == ["each", "after"]
    assert list(made.nodes["each"]["nodes"]) == ["a", "b"]
    assert made.nodes["each"]["edges"] == ["a -> b"]
    assert made.edges == ["each -> after"]
    assert made.told == []


def test_the_older_form_and_a_next_message_alone_begin_a_body(imported: Import) -> None:
    for edge in ({"type": "LoopBody"}, {"messageType": "OnNext"}):
        made = imported([foreach("each"), node("a")], [link("each", "a", **edge)])
        assert list(made.nodes["each"]["nodes"]) == ["a"]
        assert made.told == []


def test_the_way_back_of_a_while_is_no_edge(imported: Import) -> None:
    made = imported(
        [whiled("w"), node("a"), node("b"), node("after")],
        [body("w", "a"), link("a", "b"), link("b", "w"), link("w", "after")],
    )
    assert list(made.nodes["w"]["nodes"]) == ["a", "b"]
    assert made.edges == ["w -> after"]
    assert made.told == []


def test_loops_inside_loops_are_folded_from_without(imported: Import) -> None:
    made = imported(
        [node("in"), whiled("inner"), foreach("outer"), node("a"), node("last")],
        [body("outer", "in"), link("in", "inner"), body("inner", "a"), link("a", "inner"), link("inner", "last")],
    )
    outer = made.nodes["outer"]
    assert list(made.nodes) == ["outer"]
    assert set(outer["nodes"]) == {"in", "inner", "last"}
    assert list(outer["nodes"]["inner"]["nodes"]) == ["a"]
    assert outer["edges"] == ["in -> inner", "inner -> last"]
    assert made.told == []


def test_loops_one_after_the_other_and_inside_containers_are_folded(imported: Import) -> None:
    made = imported(
        [foreach("one"), node("a"), foreach("two"), node("b"),
         node("box", "Container", ChildNodes=[foreach("three"), node("c")], ChildConnections=[body("three", "c")])],
        [body("one", "a"), link("one", "two"), body("two", "b"), link("two", "box")],
    )  # fmt: skip
    assert list(made.nodes) == ["one", "two", "box"]
    assert list(made.nodes["two"]["nodes"]) == ["b"]
    assert list(made.nodes["box"]["nodes"]["three"]["nodes"]) == ["c"]


def test_children_of_a_loop_are_its_body_too(imported: Import) -> None:
    made = imported([foreach("each", ChildNodes=[node("a")]), node("b")], [body("each", "b")])
    assert list(made.nodes["each"]["nodes"]) == ["a", "b"]


def test_a_loop_without_a_body_has_one_that_does_nothing(imported: Import) -> None:
    assert imported([foreach("each")]).nodes["each"]["nodes"] == {"nothing": {"type": "noop"}}


def test_what_leads_out_of_a_body_or_into_one_is_lost(imported: Import) -> None:
    out = imported(
        [foreach("each"), node("a"), node("after")], [body("each", "a"), link("a", "after"), link("each", "after")]
    )
    assert [said[:2] for said in out.told] == [("error", "not-carried")]
    assert "out of the body of `each`" in out.messages[0]
    into = imported([foreach("each"), node("a"), node("other")], [body("each", "a"), link("other", "a")])
    assert "into the body of `each`" in into.messages[0]


def test_what_begins_a_body_is_no_edge_with_conditions(imported: Import) -> None:
    begin = {**body("each", "a"), "condition": "output.x == 1"}
    assert "no condition here" in imported([foreach("each"), node("a")], [begin]).messages[0]
    begin = {**body("each", "a"), "isEnabled": False}
    assert "cannot be disabled" in imported([foreach("each"), node("a")], [begin]).messages[0]
    again = [body("each", "a"), body("each", "b"), link("a", "b")]
    assert "would wait" in imported([foreach("each"), node("a"), node("b")], again).messages[0]


def test_a_while_that_nothing_leads_back_to_is_told_of(imported: Import) -> None:
    made = imported([whiled("w"), node("a")], [body("w", "a")])
    assert [said[:2] for said in made.told] == [("warning", "changed")]


def test_any_other_way_back_is_lost_with_the_line_of_the_edge_that_closes_it(imported: Import) -> None:
    made = imported([node("a"), node("b"), node("c")], [link("a", "b"), link("b", "c"), link("c", "b")])
    assert [said[:2] for said in made.told] == [("error", "not-carried")]
    assert made.messages == ["`c` leads back to `b`: a graph has no way back here"]
    assert made.edges == ["a -> b", "b -> c"]


def test_a_body_that_two_loops_lead_to_is_told_of(imported: Import) -> None:
    made = imported([foreach("one"), foreach("two"), node("a")], [body("one", "a"), body("two", "a")])
    assert any("in the bodies of two loops" in message for message in made.messages)


def test_a_while_with_children_of_its_own_needs_no_way_back(imported: Import) -> None:
    made = imported([{**whiled("w"), "ChildNodes": [node("a")]}])
    assert (list(made.nodes["w"]["nodes"]), made.told) == (["a"], [])
    made = imported([whiled("w"), node("a")], [body("w", "a")])
    assert [said[:2] for said in made.told] == [("warning", "changed")]
