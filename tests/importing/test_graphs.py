from __future__ import annotations

from tests.importing.conftest import Import, link, node


def test_any_is_said_where_more_than_one_edge_leads_to_a_node(imported: Import) -> None:
    made = imported(
        [node("a"), node("b"), node("any"), node("all", joinType="All"), node("one", joinType="Any")],
        [link(source, target) for source in "ab" for target in ("any", "all")] + [link("a", "one")],
    )
    assert {name: made.nodes[name].get("join") for name in ("any", "all", "one")} == {
        "any": "any",
        "all": None,
        "one": None,
    }


def test_ids_that_are_none_are_renamed_everywhere(imported: Import) -> None:
    made = imported([node("a b"), node("a.b"), node("1")], [link("a b", "a.b"), link("a.b", "1")])
    assert list(made.nodes) == ["a-b", "a-b-2", "n-1"]
    assert made.edges == ["a-b -> a-b-2", "a-b-2 -> n-1"]
    assert [said[:2] for said in made.told] == [("warning", "renamed")] * 3


def test_deep_nesting_is_carried(imported: Import) -> None:
    inner = node("leaf")
    for level in range(40):
        inner = node(f"box{level}", "Container", ChildNodes=[inner])
    made = imported([inner])
    nodes = made.nodes
    for level in reversed(range(40)):
        nodes = nodes[f"box{level}"]["nodes"]
    assert nodes == {"leaf": {"type": "noop"}}


def test_a_branch_that_decides_nothing_leads_to_nothing(imported: Import) -> None:
    nodes = [node("a", "IfElse", Condition="true"), node("s", "Switch", Expression="1", Cases={"1": "One"}), node("b")]
    made = imported(nodes, [link("a", "b", triggerMessageType="Fail")])
    assert list(made.nodes) == ["a", "s", "b", "a-decided", "s-decided"]
    assert made.edges[1:] == [
        "a.true -> a-decided", "a.false -> a-decided", "s.One -> s-decided", "s.default -> s-decided",
    ]  # fmt: skip


def test_a_round_that_ends_in_a_branch_leads_to_what_computes_the_next(imported: Import) -> None:
    made = imported(
        [node("w", "While", Condition="Odd()"), node("d"), node("a"), node("c", "IfElse", Condition="true"), node("b"),
         node("undo")],
        [link("w", "a", sourcePort="LoopBody"), link("a", "b", condition="output.x == 'y'"), link("b", "c"),
         link("c", "d", sourcePort="TrueBranch"), link("c", "w", sourcePort="FalseBranch"), link("d", "w")],
    )  # fmt: skip
    assert made.nodes["w"]["edges"][3:] == ["a -> w-goes-on", "c.false -> w-goes-on", "d -> w-goes-on"]


def test_what_stands_in_or_undoes_in_a_body_leads_nowhere(imported: Import) -> None:
    made = imported(
        [node("w", "While", Condition="Odd()", ChildNodes=[
            node("a", "CSharp", scriptContent="1", fallbackNodeId="b", compensationNodeId="c"), node("b"), node("c")])],
    )  # fmt: skip
    assert made.nodes["w"]["edges"] == ["a -> w-goes-on"]


def test_a_container_in_a_row_with_branches_is_a_graph_in_that_order(imported: Import) -> None:
    children = [node("a"), node("if", "IfElse", Condition="Odd()"), node("b", fallbackNodeId="c"), node("c")]
    made = imported([node("box", "Container", ExecutionMode="Sequential", ChildNodes=children)])
    box = made.nodes["box"]
    assert "mode" not in box
    assert list(box["nodes"]) == ["a", "if-value", "if", "b", "c"]
    assert box["edges"] == ["if-value -> if", "a -> if-value", "if.true -> b", "if.false -> b"]
    made = imported([node("box", "Container", ExecutionMode="Sequential", ChildNodes=[node("a"), node("b")])])
    assert (made.nodes["box"]["mode"], "edges" in made.nodes["box"]) == ("sequential", False)


def test_a_container_side_by_side_with_branches_is_a_graph(imported: Import) -> None:
    children = [node("a"), node("if", "IfElse", Condition="Odd()")]
    made = imported([node("box", "Container", ExecutionMode="Parallel", ChildNodes=children)])
    box = made.nodes["box"]
    assert "mode" not in box
    assert box["edges"] == ["if-value -> if", "if.true -> if-decided", "if.false -> if-decided"]


def test_children_of_a_branch_are_lost(imported: Import) -> None:
    made = imported([node("a", "IfElse", Condition="true", ChildNodes=[node("b")])])
    assert [said[:2] for said in made.told] == [("error", "not-carried")]


def test_a_branch_in_a_container_with_connections_may_lead_nowhere_too(imported: Import) -> None:
    children = [node("a"), node("if", "IfElse", Condition="true")]
    made = imported([node("box", "Container", ChildNodes=children, ChildConnections=[link("a", "if")])])
    assert made.nodes["box"]["edges"] == ["a -> if", "if.true -> if-decided", "if.false -> if-decided"]
