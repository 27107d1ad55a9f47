from __future__ import annotations

import pytest

from tests.importing.conftest import Import, link, node


@pytest.mark.parametrize(
    ("keys", "ours"),
    [
        ({"runtimeType": "CSharp", "assemblyPath": "a.dll", "typeName": "A.B"}, "csharp"),
        ({"runtimeType": "csharpscript", "scriptContent": "x"}, "csharp"),
        ({"type": "CSharpTask", "configuration": {"Script": "x"}}, "csharp"),
        ({"runtimeType": "PowerShell", "scriptContent": "x"}, "powershell"),
        ({"type": "PowerShellTask", "configuration": {"script": "x"}}, "powershell"),
        ({"type": "Task", "configuration": {"language": "C#", "script": "x"}}, "csharp"),
        ({"type": "Task", "language": "PowerShell", "configuration": {"script": "x"}}, "powershell"),
        ({"type": "Task", "configuration": {"script": "x"}}, "csharp"),
        ({"type": "Task", "runtimeType": "CSharp", "configuration": {"script": "x"}}, "csharp"),
        ({"RuntimeType": "NOOP"}, "noop"),
        ({"type": "Timer", "configuration": {"schedule": "0 0 * * *"}}, "timer"),
    ],
)
def test_a_type_of_either_form_is_ours(imported: Import, keys: dict[str, object], ours: str) -> None:
    made = imported([{"nodeId": "a", **keys}], files={"a.dll": ""})
    assert made.nodes["a"]["type"] == ours
    assert [said[0] for said in made.told if said[0] == "error"] == []


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([{"runtimeType": "Noop"}], "missing-key"),
        ([{"nodeId": "a"}], "missing-key"),
        ([node("a", "Nop")], "unknown-type"),
        ([{"nodeId": "a", "type": "Task", "language": "Python"}], "unknown-type"),
        ([{"nodeId": "a", "runtimeType": "Noop", "type": "Strange"}], "unknown-type"),
        ([node("a"), node("a")], "bad-value"),
        ([node("a", joinType="Some")], "bad-value"),
        (["a"], "bad-value"),
        ([node("a", colour="red")], "unknown-key"),
    ],
)
def test_what_is_no_node_is_told_of(imported: Import, nodes: list[object], code: str) -> None:
    assert ("error", code) in [said[:2] for said in imported([*nodes, node("good")], []).told]


@pytest.mark.parametrize(
    ("keys", "edge"),
    [
        ({}, "a -> b"),
        ({"triggerMessageType": "OnComplete"}, "a -> b"),
        ({"messageType": "complete"}, "a -> b"),
        ({"type": "OnFail"}, {"from": "a", "to": "b", "trigger": "fail", "handles": False}),
        ({"triggerMessageType": "Cancel"}, {"from": "a", "to": "b", "trigger": "cancel"}),
        ({"priority": "3"}, {"from": "a", "to": "b", "priority": 3}),
        ({"maxRetries": 2}, {"from": "a", "to": "b", "max_deliveries": 3}),
        ({"condition": "  "}, "a -> b"),
        ({"condition": True}, "a -> b"),
    ],
)
def test_a_connection_of_either_form_is_an_edge(imported: Import, keys: dict[str, object], edge: object) -> None:
    made = imported([node("a"), node("b")], [link("a", "b", **keys)])
    assert made.edges == [edge]
    assert made.told == []


@pytest.mark.parametrize(
    ("connection", "severity", "code"),
    [
        ({"sourceNodeId": "a"}, "error", "missing-key"),
        (link("a", "c"), "error", "unknown-node"),
        (link("a", "b", triggerMessageType="Progress"), "error", "not-carried"),
        (link("a", "b", colour="red"), "error", "unknown-key"),
        (link("a", "b", metadata={"x": 1}), "warning", "changed"),
        (link("a", "b", targetPort="in"), "warning", "changed"),
        (link("a", "b", visibilityTimeout="00:01:00"), "warning", "changed"),
    ],
)
def test_what_a_connection_cannot_keep_is_told_of(
    imported: Import, connection: dict[str, object], severity: str, code: str
) -> None:
    assert [said[:2] for said in imported([node("a"), node("b")], [connection]).told] == [(severity, code)]
