"""`wflow.runner.expected`: which nodes a runtime is told of before they run, and how many stand side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.graph.plan import Plan
from wflow.loading import load_text
from wflow.runner.definitions import check
from wflow.runner.expected import Expectation, expectations
from wflow.runner.places import Places
from wflow.runtimes.work import Place


def expected_of(nodes: str, edges: str = "[]", folder: Path = Path()) -> list[Expectation]:
    text = f"name: x\nnodes:\n{nodes}\nedges: {edges}\n"
    loaded = load_text(text.encode(), name="flow.yaml", base=folder, check=check)
    assert loaded.workflow is not None, loaded.problems
    (folder / "flow.yaml").write_text(text) if folder != Path() else None
    return expectations(Plan(loaded.workflow).root, Places(folder / "flow.yaml", loaded.workflow))


def four(type: str = "csharp") -> str:
    return "\n".join(f"  {name}: {{type: {type}, script: '1'}}" for name in "abcd")


@pytest.mark.parametrize(
    ("edges", "width"),
    [
        ("[]", 4),
        ("[a -> b -> c -> d]", 1),
        ("['a -> [b, c] -> d']", 2),
        ("['a -> [b, c, d]']", 3),
        ("['[a, b, c] -> d']", 3),
        ("[a -> b, a -> c -> d]", 2),
    ],
)
def test_nodes_as_many_edges_from_the_beginning_stand_side_by_side(edges: str, width: int) -> None:
    (one,) = expected_of(four(), edges)
    assert (one.type, one.width) == ("csharp", width)
    assert [node.name for node in one.nodes] == ["a", "b", "c", "d"]


def test_other_types_are_not_expected() -> None:
    assert expected_of(four("python")) == []
    (one,) = expected_of(four("shell") + "\n  e: {type: csharp, script: '1'}")
    assert ([node.name for node in one.nodes], one.width) == (["e"], 1)


def test_bodies_count_where_their_owner_stands(tmp_path: Path) -> None:
    nodes = """
  first: {type: csharp, script: '1'}
  both:
    type: container
    mode: parallel
    nodes:
      left: {type: csharp, script: '1'}
      right:
        type: foreach
        items: range(9)
        nodes:
          one: {type: csharp, file: a.csx}
  beside: {type: csharp, script: '2'}
"""
    (tmp_path / "a.csx").write_text("return 1;")
    (one,) = expected_of(nodes, "['first -> [both, beside]']", tmp_path)
    assert [node.name for node in one.nodes] == ["first", "both/left", "both/right/one", "beside"]
    assert one.width == 3
    assert one.nodes[3].settings == {"script": "2"}
    assert one.nodes[3].place("script") == Place("flow.yaml", 15, 34)
    assert one.nodes[2].place("script") is None


def test_ten_thousand_nodes_in_a_chain_are_looked_at_quickly() -> None:
    names = [f"n{number}" for number in range(10_000)]
    nodes = "\n".join(f"  {name}: {{type: noop}}" for name in names) + "\n  z: {type: csharp, script: '1'}"
    (one,) = expected_of(nodes, f"[{' -> '.join([*names, 'z'])}]")
    assert (len(one.nodes), one.width) == (1, 1)
