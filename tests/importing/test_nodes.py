from __future__ import annotations

from typing import Any

import pytest

from tests.importing.conftest import Import, link, node


def test_loops_and_timers_keep_their_keys(imported: Import) -> None:
    made = imported(
        [
            node("each", "ForEach", configuration={"CollectionExpression": 'GetGlobal("l")', "MaxConcurrency": 4}),
            node("w", "While", ConditionExpression='GetGlobal("n") < 3', MaxIterations="10"),
            node("t", "Timer", configuration={"Schedule": "0 2 * * *", "TriggerOnStart": False}),
        ]
    )
    assert {key: made.nodes["each"][key] for key in ("items", "max_concurrent")} == {
        "items": "variables.l",
        "max_concurrent": 4,
    }
    assert (made.nodes["w"]["condition"], made.nodes["w"]["max_iterations"]) == (
        "variables.n != null and variables.n < 3",
        10,
    )
    assert made.nodes["t"] == {"type": "timer", "schedule": "0 2 * * *", "trigger_on_start": False}


@pytest.mark.parametrize(
    ("keys", "mode", "edges"),
    [
        ({}, "sequential", None),
        ({"ExecutionMode": "Parallel"}, "parallel", None),
        ({"ExecutionMode": "Parallel", "ChildConnections": [link("a", "b")]}, None, ["a -> b"]),
        ({"ExecutionMode": "Mixed"}, None, None),
    ],
)
def test_a_container_is_a_graph_where_it_has_connections(
    imported: Import, keys: dict[str, object], mode: str | None, edges: list[str] | None
) -> None:
    made = imported([node("box", "Container", configuration={"ChildNodes": [node("a"), node("b")], **keys})])
    box = made.nodes["box"]
    assert (box.get("mode"), box.get("edges"), list(box["nodes"])) == (mode, edges, ["a", "b"])
    assert made.told == []


def test_a_subflow_is_called_with_its_variables(imported: Import) -> None:
    made = imported(
        [node("call", "Subflow", configuration={"WorkflowFilePath": "b.yaml", "InputMappings": {"mine": "theirs"},
              "OutputMappings": {"result": "got"}, "Timeout": "00:01:00", "SkipValidation": True})],
        flows={"b.yaml": "b.wflow.yaml"},
    )  # fmt: skip
    assert made.nodes["call"] == {
        "type": "subflow", "file": "b.wflow.yaml", "with": {"theirs": "${{ variables.mine }}"},
        "outputs": {"got": "result"}, "timeout": "1m",
    }  # fmt: skip
    assert made.tree["variables"] == {"mine": None, "got": None}
    assert (
        imported([node("c", "Subflow", WorkflowFilePath="b.yaml")], flows={"b.yaml": "x"}).nodes["c"]["timeout"] == "5m"
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (node("x", "Subflow"), "missing-key"),
        (node("x", "Subflow", WorkflowFilePath="nowhere.yaml"), "missing-file"),
        (node("x", "Subflow", WorkflowFilePath="b.yaml", InputMappings={"a b": "c"}), "bad-value"),
        (node("x", "Timer"), "missing-key"),
        (node("x", "Timer", Schedule="30 0 2 * * *"), "bad-value"),
        (node("x", "Container"), "missing-key"),
        (node("x", "Container", ExecutionMode="Backwards", ChildNodes=[node("a")]), "bad-value"),
        (node("x", "IfElse"), "missing-key"),
        (node("x", "Switch", Expression="1"), "missing-key"),
        (node("x", "ForEach"), "missing-key"),
        (node("x", "While"), "missing-key"),
        (node("x", "Noop", ChildNodes=[node("a")]), "not-carried"),
        (node("x", "CSharp", assemblyPath="a.dll", typeName="A", configuration={"BatchSize": 1}), "not-carried"),
    ],
)
def test_what_a_node_lacks_or_cannot_have_is_told_of(imported: Import, given: dict[str, object], code: str) -> None:
    told = imported([given], files={"a.dll": ""}, flows={"b.yaml": "b"}).told
    assert [said[1] for said in told if said[0] == "error"] == [code]


def test_what_is_left_of_a_configuration_is_metadata(imported: Import) -> None:
    made = imported([node("a", "Noop", configuration={"colour": "red"}, metadata={"owner": "me"})])
    assert made.nodes["a"]["metadata"] == {"owner": "me", "configuration": {"colour": "red"}}
    assert [said[:2] for said in made.told] == [("warning", "changed")]


def test_comments_stand_at_the_keys_that_they_stood_at(imported: Import) -> None:
    made = imported(
        "workflowId: x\nnodes:\n# above\n- nodeId: a # beside\n  runtimeType: IfElse\n  configuration:\n    # why\n"
        "    Condition: true\n- nodeId: b.c\n  runtimeType: Noop\n"
    )
    assert '  # above\n  # beside\n  a:\n    type: if\n    # why\n    condition: "true"\n' in made.text
    assert "  # b.c of the ExecutionEngine's file\n  b-c:\n" in made.text


def test_keys_of_other_types_say_nothing_where_a_program_wrote_them_out(imported: Import) -> None:
    empty: dict[str, Any] = {"scriptPath": None, "scriptContent": "", "requiredModules": [], "modulePaths": {},
             "childNodes": [], "childConnections": [], "maxIterations": 0, "triggerOnStart": False,
             "configuration": {"schedule": ""}}  # fmt: skip
    made = imported([node("a", **empty)], [])
    assert (made.nodes, made.told) == ({"a": {"type": "noop"}}, [])
    made = imported([node("a", condition="true", timeout="00:01:00", colour=None)])
    assert [said[:2] for said in made.told] == [("warning", "changed"), ("error", "unknown-key")]
    assert "nothing reads `condition` of a node of type noop" in made.messages[0]


def test_a_schedule_whose_seconds_are_nought_has_five_fields(imported: Import) -> None:
    made = imported([node("t", "Timer", Schedule="0 */5 2 * * MON")])
    assert made.nodes["t"]["schedule"] == "*/5 2 * * MON"
    assert [said[:2] for said in made.told] == [("warning", "changed")]


def test_a_workflow_inside_a_node_is_lost(imported: Import) -> None:
    made = imported([node("x", "Subflow", WorkflowDefinition={"workflowId": "y"})])
    assert made.told[0][:2] == ("error", "not-carried")
    assert "inside a node" in made.messages[0]


def test_a_subflow_in_a_loop_may_be_given_the_item(imported: Import) -> None:
    made = imported(
        [node("each", "ForEach", CollectionExpression="new[] { 1 }", ItemVariableName="file"),
         node("call", "Subflow", WorkflowFilePath="b.yaml", InputMappings={"file": "x", "fileIndex": "y", "z": "z"})],
        [link("each", "call", sourcePort="LoopBody")],
        flows={"b.yaml": "b"},
    )  # fmt: skip
    assert made.nodes["each"]["nodes"]["call"]["with"] == {
        "x": "${{ file }}", "y": "${{ file_index }}", "z": "${{ variables.z }}",
    }  # fmt: skip
    assert made.tree["variables"] == {"z": None}
