from __future__ import annotations

from tests.importing.conftest import Import, link, node

BRANCH = node("if", "IfElse", Condition='GetGlobal("x") == 1')
SWITCH = node("s", "Switch", Expression='GetGlobal("x")', Cases={"a": "PortA", "b": ""})


def test_ports_of_branches_are_ours_in_any_case(imported: Import) -> None:
    made = imported([BRANCH, node("a"), node("b")],
                    [link("if", "a", sourcePort="truebranch"), link("if", "b", type="FalseBranch")])  # fmt: skip
    assert made.edges == ["if.true -> a", "if.false -> b"]
    made = imported([SWITCH, node("a"), node("b"), node("c")],
                    [link("s", "a", sourcePort="porta"), link("s", "b", sourcePort="B"),
                     link("s", "c", sourcePort="Default")])  # fmt: skip
    assert made.edges == ["s.PortA -> a", "s.b -> b", "s.default -> c"]


def test_a_branch_without_a_port_has_all_of_them(imported: Import) -> None:
    made = imported(
        [BRANCH, SWITCH, node("a", joinType="All"), node("b", joinType="All")], [link("if", "a"), link("s", "b")]
    )
    assert made.edges == ["if.true -> a", "if.false -> a", "s.default -> b", "s.PortA -> b", "s.b -> b"]
    assert "join" not in made.nodes["a"]


def test_a_port_that_is_not_there_is_lost(imported: Import) -> None:
    made = imported([SWITCH, node("a")], [link("s", "a", sourcePort="PortC"), link("s", "a", sourcePort="PortA")])
    assert [said[:2] for said in made.told] == [("error", "not-carried")]
    assert made.edges == ["s.PortA -> a"]


def test_what_nothing_ever_passes_is_disabled_and_told(imported: Import) -> None:
    made = imported(
        [node("a"), node("b"), BRANCH, node("c")],
        [link("a", "b", sourcePort="Out"), link("a", "c", triggerMessageType="Next"),
         link("if", "b", sourcePort="TrueBranch"), link("if", "c", sourcePort="TrueBranch", triggerMessageType="Fail")],
    )  # fmt: skip
    assert [edge for edge in made.edges if isinstance(edge, dict) and edge.get("enabled") is False] == [
        {"from": "a", "to": "b", "enabled": False},
        {"from": "a", "to": "c", "enabled": False},
        {"from": "if", "to": "c", "trigger": "fail", "handles": False, "enabled": False},
    ]
    assert [said[:2] for said in made.told] == [("warning", "changed")] * 3


def test_a_failure_of_a_branch_needs_no_port(imported: Import) -> None:
    made = imported([BRANCH, node("a"), node("b")],
                    [link("if", "a", sourcePort="TrueBranch"), link("if", "b", triggerMessageType="Fail")])  # fmt: skip
    assert made.edges[1] == {"from": "if", "to": "b", "trigger": "fail", "handles": False}


def test_a_disabled_connection_is_one_unless_nothing_else_leads_there(imported: Import) -> None:
    made = imported([node("a"), node("b"), node("c")],
                    [link("a", "b"), link("c", "b", isEnabled=False), link("a", "c", isEnabled=False)])  # fmt: skip
    assert made.edges == ["a -> b", {"from": "c", "to": "b", "enabled": False}]
    assert [said[:2] for said in made.told] == [("warning", "changed")]
    box = node(
        "box", "Container", ChildNodes=[node("a"), node("b")], ChildConnections=[link("a", "b", isEnabled=False)]
    )
    assert imported([box]).nodes["box"]["edges"] == [{"from": "a", "to": "b", "enabled": False}]


def test_the_same_connection_twice_is_carried_once(imported: Import) -> None:
    made = imported([node("a"), node("b")], [link("a", "b"), link("a", "b"), link("a", "b", triggerMessageType="Fail")])
    assert len(made.edges) == 2
    assert [said[:2] for said in made.told] == [("warning", "changed")]


def test_connections_of_what_stands_in_are_lost(imported: Import) -> None:
    made = imported([node("a", fallbackNodeId="b"), node("b"), node("c")], [link("a", "c"), link("b", "c")])
    assert made.edges == ["a -> c"]
    assert [said[:2] for said in made.told] == [("error", "not-carried")]


def test_conditions_are_the_routers_or_csharp_or_computed_between(imported: Import) -> None:
    made = imported(
        [node("a"), node("b"), node("c"), node("d", "Timer", Schedule="0 0 * * *"), node("e")],
        [link("a", "b", condition="output.Status == 'OK'"),
         link("a", "c", condition='(int)GetInput("n") > GetGlobal("m")'),
         link("d", "c", condition='GetInput("Triggered") == true'),
         link("a", "e", condition='GetInput("x").Odd()', priority=2)],
    )  # fmt: skip
    conditions = [edge["condition"] for edge in made.edges if isinstance(edge, dict) and "condition" in edge]
    assert conditions == [
        'output.Status | default("") | str | lower == "ok"',
        "variables.m != null and int(output.n) > variables.m",
        "output.triggered | default(null) == true",
        "output.result",
    ]
    assert made.nodes["a-to-e"]["script"].endswith('return (bool)(GetInput("x").Odd());\n')
    assert {"from": "a", "to": "a-to-e", "priority": 2} in made.edges
    assert made.tree["variables"] == {"m": None}


def test_comments_stand_above_their_edge(imported: Import) -> None:
    made = imported(
        "graphId: x\nnodes:\n- {nodeId: a, type: Noop}\n- {nodeId: b, type: Noop}\nedges:\n# first\n"
        "- edgeId: e1\n  sourceNodeId: a  # from here\n  targetNodeId: b\n"
    )
    assert "edges:\n  # e1\n  # first\n  # from here\n  - a -> b\n" in made.text
