"""`wflow.importing.workflow`: whole files, and the keys at their top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.importing.conftest import Import, link, node
from wflow.graph.checks import check
from wflow.importing.codes import IMPORT_CODES
from wflow.importing.conversion import Source
from wflow.importing.workflow import import_workflow
from wflow.loading import load_text


def test_the_keys_at_the_top_are_carried(imported: Import) -> None:
    made = imported(
        [node("a")], description="Does", version=2.1, workflowName="The flow", maxConcurrency=3, timeoutSeconds=90,
        allowPause=True, metadata={"tags": ["a"]}, defaultVariables={"x": {"deep": [1]}},
    )  # fmt: skip
    assert made.tree == {
        "name": "flow", "description": "Does", "version": "2.1", "variables": {"x": {"deep": [1]}},
        "max_concurrency": 3, "timeout": "90s", "nodes": {"a": {"type": "noop"}}, "outputs": {"x": "variables.x"},
    }  # fmt: skip
    assert made.text.startswith("# The flow\n# metadata:\n#   tags: [a]\nname: flow\n")


def test_what_means_no_limit_is_left_out_and_a_name_can_describe(imported: Import) -> None:
    made = imported([node("a")], workflowId="My flow", workflowName="The flow", maxConcurrency=0, timeoutSeconds=0)
    assert made.tree == {"name": "My-flow", "description": "The flow", "nodes": {"a": {"type": "noop"}}}
    assert [said[:2] for said in made.told] == [("warning", "renamed")]


@pytest.mark.parametrize(
    ("top", "severity", "code"),
    [
        ({"allowPause": False}, "warning", "changed"),
        ({"colour": "red"}, "error", "unknown-key"),
        ({"workflowId": None}, "error", "missing-key"),
        ({"maxConcurrency": "many"}, "error", "bad-value"),
        ({"entryPointNodeId": "nowhere"}, "error", "unknown-node"),
    ],
)
def test_what_a_workflow_cannot_keep_is_told_of(
    imported: Import, top: dict[str, Any], severity: str, code: str
) -> None:
    assert [said[:2] for said in imported([node("a")], **top).told] == [(severity, code)]


def test_with_an_entry_point_nothing_else_starts(imported: Import) -> None:
    made = imported([node("b"), node("a"), node("c")], [link("a", "c")], entryPointNodeId="a")
    assert made.edges == ["a -> c", {"from": "a", "to": "b", "enabled": False}]
    assert [said[:2] for said in made.told] == [("warning", "changed")]
    computed = imported([node("a", "IfElse", Condition="F()"), node("b")], [link("a", "b")], entryPointNodeId="a")
    assert computed.told == []


def test_an_entry_point_that_connections_lead_to_or_in_a_body_is_lost(imported: Import) -> None:
    assert imported([node("a"), node("b")], [link("b", "a")], entryPointNodeId="a").told[0][:2] == (
        "error",
        "not-carried",
    )
    made = imported([node("e", "ForEach", CollectionExpression="new[] { 1 }"), node("b")],
                    [link("e", "b", sourcePort="LoopBody")], entryPointNodeId="b")  # fmt: skip
    assert "in the body of a loop" in made.messages[0]


def test_variables_that_a_caller_gives_are_parameters_taken_over_first(imported: Import) -> None:
    made = imported([node("a"), node("b"), node("c", fallbackNodeId="d"), node("d")], [link("a", "b")],
                    defaultVariables={"x": 1}, given=frozenset({"x", "y"}))  # fmt: skip
    assert made.tree["parameters"] == {"x": {"default": 1}, "y": {"default": None}}
    assert made.tree["variables"] == {"x": 1, "y": None}
    assert made.nodes["begin"]["script"] == (
        'variables["x"] = params["x"]\nvariables["y"] = params["y"]\nreturn params\n'
    )
    assert made.edges == ["begin -> a", "begin -> c", "a -> b"]


@pytest.mark.parametrize("tree", [None, [], "x", {}, {"workflowId": "x"}])
def test_what_is_no_workflow_of_theirs_gives_no_text(tree: Any) -> None:
    made = import_workflow(Source(tree, {}, (), lambda _: None, lambda _: None, lambda _, __: None))
    assert made.text is None
    assert [one.code for one in made.diagnostics] == ["not-execution-engine"]


def test_every_comment_is_kept(imported: Import) -> None:
    lines = ["# head", "# id", "# name", "# vars", "# one", "# one beside", "# nodes", "# node", "# in node", "# conf",
             "# edges", "# edge", "# in edge", "# other key", "# last"]  # fmt: skip
    made = imported(
        """# head
workflowId: x  # id
# name
workflowName: X
# vars
defaultVariables:
  # one
  one: 1  # one beside
# nodes
nodes:
  # node
  - nodeId: a
    # in node
    runtimeType: IfElse
    configuration:  # conf
      Condition: "true"
  - {nodeId: b, runtimeType: Noop}
# edges
connections:
  # edge
  - sourceNodeId: a
    # in edge
    sourcePort: TrueBranch
    targetNodeId: b
# other key
allowPause: true
# last
"""
    )
    assert {line for line in lines if line not in made.text} == set()
    assert made.text.rstrip().endswith("# last")


def test_the_result_is_a_valid_workflow(imported: Import) -> None:
    made = imported([node("a"), node("if", "IfElse", Condition='GetGlobal("x") == 1'), node("b")],
                    [link("a", "if"), link("if", "b", sourcePort="TrueBranch")])  # fmt: skip
    loaded = load_text(made.text.encode(), name="x.yaml", base=Path(), check=check)
    assert loaded.problems == ()


def test_every_code_is_in_the_guide_and_no_other() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    rows = [
        line.split("|")[1:3] for line in guide.split("## What an import says")[1].splitlines() if line.startswith("| `")
    ]
    assert {code.strip().strip("`"): meaning.strip() for code, meaning in rows} == dict(IMPORT_CODES)


def test_comments_in_variables_and_metadata_stay_with_them(imported: Import) -> None:
    made = imported(
        "workflowId: x\nmetadata:\n  team: data  # whose\n"
        "defaultVariables:\n  a:\n    b: 1  # inside\n  c: {d: 1}  # beside\n"
        "nodes: [{nodeId: a, runtimeType: Noop}]\n"
    )
    assert "#   # whose\n#   team: data\n" in made.text
    assert "  # inside\n  a:\n    b: 1\n  # beside\n  c:\n" in made.text


def test_one_of_ours_is_known_for_what_it_is() -> None:
    source = Source({"name": "x", "nodes": {"a": {"type": "noop"}}}, {}, (), *(lambda *_: None,) * 3)
    (said,) = import_workflow(source).diagnostics
    assert (said.code, said.message) == (
        "not-execution-engine",
        "this is a workflow of wflow, and not of the ExecutionEngine",
    )


@pytest.mark.parametrize(
    ("kind", "port"),
    [({"runtimeType": "IfElse", "Condition": "true"}, "true"),
     ({"runtimeType": "Switch", "Expression": '"1"', "Cases": {"1": "One"}}, "default")],
)  # fmt: skip
def test_the_entry_point_may_be_a_branch(imported: Import, kind: dict[str, Any], port: str) -> None:
    made = imported([{"nodeId": "a", **kind}, node("b")], entryPointNodeId="a")
    assert {"from": "a", "port": port, "to": "b", "enabled": False} in made.edges
    loaded = load_text(made.text.encode(), name="x.yaml", base=Path(), check=check)
    assert loaded.problems == ()
