"""`wflow.runner.places`: where the scripts of a file stand, by its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.loading import load_text
from wflow.model import Workflow
from wflow.runner.definitions import check
from wflow.runner.places import Places
from wflow.runtimes.work import Place


def places_of(folder: Path, text: str, name: str = "flow.yaml") -> dict[str, Place | None]:
    """The place of the script of each node, by its id."""
    (folder / name).write_text(text, encoding="utf-8")
    workflow = load_text(text.encode(), name=name, base=folder, check=check).workflow
    assert workflow is not None
    places = Places(folder / name, workflow)
    return {node.id: places.of(node, "script") for node in workflow.graph.nodes}


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("script: |\n      var a = 1;\n      return a;\n", Place("flow.yaml", 5, 6)),
        ("script: |2\n        return 1;\n", Place("flow.yaml", 5, 6)),
        ("script: |-\n\n      return 1;\n", Place("flow.yaml", 5, 0)),
        ("script: |  # why\n      return 1;\n", Place("flow.yaml", 5, 6)),
        ("script: return 1;\n", Place("flow.yaml", 4, 12)),
        ("script: 'return 1;'\n", Place("flow.yaml", 4, 13)),
        ('script: "return 1;"\n', Place("flow.yaml", 4, 13)),
        ("script: 'return ''a'';'\n", Place("flow.yaml:4 (script)", 1)),
        ('script: "var a = 1;\\nreturn a;"\n', Place("flow.yaml:4 (script)", 1)),
        ("script: >\n      var a = 1;\n      return a;\n", Place("flow.yaml:4 (script)", 1)),
        ("script:\n      return 1;\n", Place("flow.yaml", 5, 6)),
    ],
)
def test_a_script_stands_where_its_first_line_is(tmp_path: Path, script: str, place: Place) -> None:
    text = f"name: x\nnodes:\n  a:\n    {script}    type: csharp\n"
    assert places_of(tmp_path, text) == {"a": place}


def test_in_json_the_line_of_the_script_is_told(tmp_path: Path) -> None:
    text = '{"name": "x",\n "nodes": {"a": {"type": "csharp",\n  "script": "var a = 1;\\nreturn a;"}}}'
    assert places_of(tmp_path, text, "flow.json") == {"a": Place("flow.json:3 (script)", 1)}


def test_every_script_has_its_own_also_below(tmp_path: Path) -> None:
    text = """name: x
nodes:
  a:
    type: container
    nodes:
      b:
        type: csharp
        script: |
          return 1;
  c: {type: csharp, script: return 2;}
"""
    file = tmp_path / "flow.yaml"
    file.write_text(text)
    workflow = load_text(text.encode(), name="flow.yaml", base=tmp_path, check=check).workflow
    assert workflow is not None
    inner = workflow.graph.nodes[0].graph
    assert inner is not None
    places = Places(file, workflow)
    assert places.of(inner.nodes[0], "script") == Place("flow.yaml", 9, 10)
    assert places.of(workflow.graph.nodes[1], "script") == Place("flow.yaml", 10, 28)
    assert places.of(workflow.graph.nodes[1], "file") is None


def test_a_script_behind_an_alias_stands_where_its_anchor_does(tmp_path: Path) -> None:
    text = """name: x
nodes:
  a: &whole
    type: csharp
    script: &text |
      return 1;
  b: {type: csharp, script: *text}
  c:
    <<: *whole
    title: the same
"""
    assert places_of(tmp_path, text) == dict.fromkeys("abc", Place("flow.yaml", 6, 6))


def test_a_file_that_has_changed_or_is_gone_has_no_place(tmp_path: Path) -> None:
    text = "name: x\nnodes:\n  a:\n    type: csharp\n    script: return 1;\n"
    workflow = load_text(text.encode(), name="flow.yaml", base=tmp_path, check=check).workflow
    assert isinstance(workflow, Workflow)
    file = tmp_path / "flow.yaml"
    for now in (text.replace("1", "2"), "nonsense: [", "\0"):
        file.write_text(now)
        assert Places(file, workflow).of(workflow.graph.nodes[0], "script") is None
    file.unlink()
    assert Places(file, workflow).of(workflow.graph.nodes[0], "script") is None
    # What stands elsewhere in the file by now is found by its node, not by its line.
    file.write_text("# a comment\n\n" + text)
    assert Places(file, workflow).of(workflow.graph.nodes[0], "script") == Place("flow.yaml", 7, 12)
