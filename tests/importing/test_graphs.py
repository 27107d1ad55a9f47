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
