from __future__ import annotations

from tests.importing.conftest import Import, link, node


def test_what_means_the_same_is_an_expression(imported: Import) -> None:
    test = {"Condition": 'GetGlobal("n") > 1'}
    made = imported([node("if", "IfElse", configuration=test)], defaultVariables={"n": 0})
    assert made.nodes["if"] == {"type": "if", "condition": "variables.n > 1"}


def test_everything_else_is_computed_before_and_what_led_to_the_node_leads_there(imported: Import) -> None:
    made = imported(
        [node("a"), node("b"), node("if", "IfElse", Condition="DateTime.Now.Hour > 5", priority="High"), node("y"),
         node("no")],
        [link("a", "if"), link("b", "if"), link("if", "y", sourcePort="TrueBranch"),
         link("if", "no", triggerMessageType="Fail")],
    )  # fmt: skip
    assert list(made.nodes) == ["a", "b", "if-value", "if", "y", "no"]
    assert made.nodes["if"] == {"type": "if", "condition": "input.result"}
    value = made.nodes["if-value"]
    assert (value["type"], value["join"], value["priority"]) == ("csharp", "any", "high")
    assert value["script"] == (
        "foreach (var given in Input) SetOutput(given.Key, given.Value);\nreturn (bool)(DateTime.Now.Hour > 5);\n"
    )
    assert made.edges == [
        "a -> if-value", "b -> if-value", "if.true -> y",
        {"from": "if", "to": "no", "trigger": "fail", "handles": False},
        {"from": "if-value", "to": "no", "trigger": "fail", "handles": False},
        "if-value -> if",
    ]  # fmt: skip
    assert "# C# that has no counterpart in expressions: `DateTime` is not known here" in made.text


def test_a_switch_takes_what_is_not_there_for_null(imported: Import) -> None:
    made = imported([node("s", "Switch", Expression='GetInput("kind")', Cases={"1": "One"})])
    assert made.nodes["s"]["value"] == "input.kind | default(null)"


def test_statements_are_taken_as_they_are(imported: Import) -> None:
    made = imported([node("s", "Switch", Expression="var x = 1;\nreturn x;", Cases={"1": "One"})])
    assert made.nodes["s-value"]["script"].endswith("SetOutput(given.Key, given.Value);\nvar x = 1;\nreturn x;\n")
    assert made.nodes["s"] == {"type": "switch", "value": "input.result", "cases": {"1": "One"}}


def test_ports_of_a_switch_are_ids_and_truth_values_match_both_ways(imported: Import) -> None:
    cases = {"a": "Port One", "b": None, "True": "Yes", "c": "port one"}
    made = imported([node("s", "Switch", Expression='GetGlobal("x")', Cases=cases)])
    assert made.nodes["s"]["cases"] == {"a": "Port-One", "b": "b", "True": "Yes", "true": "Yes", "c": "Port-One"}


def test_cases_may_be_a_list_of_matches_and_the_default_may_have_a_match_too(imported: Import) -> None:
    made = imported(
        [node("s", "Switch", Expression='GetGlobal("x")', Cases=["a", 2, True, ["b"]]), node("t")],
        [link("s", "t", sourcePort="A"), link("s", "t", sourcePort="TRUE")],
    )
    assert made.nodes["s"]["cases"] == {"a": "a", "2": "n-2", "true": "true"}
    assert made.edges == ["s.a -> t", "s.true -> t"]
    assert [said[:2] for said in made.told] == [("warning", "renamed"), ("error", "bad-value")]
    made = imported(
        [node("s", "Switch", Expression='GetGlobal("x")', Cases={"any": "Default"}), node("t")],
        [link("s", "t", sourcePort="Default")],
    )
    assert (made.nodes["s"]["cases"], made.edges) == ({"any": "default"}, ["s.default -> t"])


def test_many_cases_are_gone_through_once(imported: Import) -> None:
    many = 1_500
    made = imported(
        [node("s", "Switch", Expression='GetGlobal("x")', Cases={f"k{at}": f"P {at}" for at in range(many)}),
         *(node(f"t{at}") for at in range(many))],
        [link("s", f"t{at}", sourcePort=f"p {at}") for at in range(many)],
    )  # fmt: skip
    assert len(made.edges) == many


def test_a_loop_s_item_is_its_name_in_expressions_below(imported: Import) -> None:
    made = imported(
        [node("each", "ForEach", CollectionExpression="new[] { 1 }", ItemVariableName="my-item"),
         node("if", "IfElse", Condition='GetInput("my-item") > 0 && GetGlobal("my-itemIndex") > 1')],
        [link("each", "if", sourcePort="LoopBody")],
    )  # fmt: skip
    assert made.nodes["each"]["as"] == "my_item"
    assert made.nodes["each"]["nodes"]["if"]["condition"] == "my_item > 0 and my_item_index > 1"
    assert made.told[0][:2] == ("warning", "renamed")


def test_a_while_whose_condition_is_csharp_is_computed_in_each_round(imported: Import) -> None:
    made = imported(
        [node("a"), node("w", "While", Condition='GetInput("more")'), node("b"), node("c", "IfElse", Condition="true"),
         node("d")],
        [link("a", "w"), link("w", "b", sourcePort="LoopBody"), link("b", "c"), link("c", "d", sourcePort="TrueBranch"),
         link("d", "w")],
    )  # fmt: skip
    assert made.tree["variables"] == {"w_goes_on": False}
    assert "outputs" not in made.tree
    assert list(made.nodes) == ["a", "w-begins", "w"]
    assert made.nodes["w-begins"]["script"].startswith('SetGlobal("w_goes_on", (bool)((GetInput("more"))));\n')
    loop = made.nodes["w"]
    assert loop["condition"] == "variables.w_goes_on"
    assert loop["edges"] == ["b -> c", "c.true -> d", "c.false -> w-goes-on", "d -> w-goes-on"]
    assert made.edges == ["a -> w-begins", "w-begins -> w"]


def test_a_condition_of_statements_is_computed_in_each_round_too(imported: Import) -> None:
    made = imported([node("w", "While", Condition="var x = 1; return x > 0;"), node("b")],
                    [link("w", "b", sourcePort="LoopBody"), link("b", "w")])  # fmt: skip
    assert "(bool)((Func<object>)(() => { var x = 1; return x > 0; }))()" in made.nodes["w-begins"]["script"]


def test_a_condition_that_is_computed_in_each_round_names_what_is_here(imported: Import) -> None:
    condition = 'Odd(GetGlobal("item"), GetInput("TotalItems"))'
    made = imported(
        [
            node("each", "ForEach", CollectionExpression="new[] { 1 }"),
            node("w", "While", Condition=condition),
            node("a"),
        ],
        [link("each", "w", sourcePort="LoopBody"), link("w", "a", sourcePort="LoopBody")],
    )
    body = made.nodes["each"]["nodes"]
    for script in (body["w-begins"]["script"], body["w"]["nodes"]["w-goes-on"]["script"]):
        assert '(bool)((Odd(GetInput("item"), GetInput("total_items"))))' in script
    assert "item" not in made.tree["variables"]


def test_what_computes_for_a_branch_is_tried_again_in_its_place(imported: Import) -> None:
    policies = {"retryPolicy": {"Strategy": "Fixed"}, "circuitBreakerPolicy": {"MinimumThroughput": 2}}
    made = imported([
        {**node("if", "IfElse", Condition="Odd()"), **policies},
        {**node("each", "ForEach", CollectionExpression="Some()"), **policies},
    ])  # fmt: skip
    assert {"retry", "breaker"} <= made.nodes["if-value"].keys()
    assert {"retry", "breaker"}.isdisjoint(made.nodes["if"])
    assert {"retry", "breaker"} <= made.nodes["each"].keys()


def test_c_sharp_that_no_script_can_hold_is_lost(imported: Import) -> None:
    made = imported([node("if", "IfElse", Condition='Odd("${{ x }}")')])
    assert [said[:2] for said in made.told] == [("error", "not-carried")]
    assert "${{" not in made.nodes["if-value"]["script"]
