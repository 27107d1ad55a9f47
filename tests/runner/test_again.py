"""`wflow.runner.again`: addresses of what runs again, and what comes after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.graph.plan import Plan
from wflow.runner.again import Again, Definitions, after_address, checked_address
from wflow.runner.definitions import read

TEXT = """\
name: x
nodes:
  first: {type: noop}
  box:
    type: container
    nodes: {one: {type: noop}, two: {type: noop}, aside: {type: noop}}
    edges: [one -> two]
  load:
    type: foreach
    items: '[1, 2, 3]'
    nodes: {get: {type: noop}, put: {type: noop}}
    edges: [get -> put]
  poll:
    type: while
    condition: 'false'
    nodes: {ask: {type: noop}}
  last: {type: noop}
edges: [first -> box, box -> last, load -> last, poll -> last]
"""
SEEN = ["box", "load", "load[0]/get", "load[1]/get", "load[2]/get", "poll[0]/ask", "poll[2]/ask", "poll[10]/ask"]


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    """The workflow above, of which no node has asked for a subflow."""
    return Definitions(plan_in(tmp_path, TEXT), {}, lambda file: None)


def plan_in(folder: Path, text: str) -> Plan:
    file = folder / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    loaded = read(file)
    assert loaded.workflow is not None, loaded.problems
    return Plan(loaded.workflow)


def test_what_lies_inside_of_an_address_is_covered_and_what_is_beside_it_is_not() -> None:
    again = Again(["box", "load[1]"])
    covered = ["box", "box/one", "box/deep/down", "load[1]", "load[1]/get"]
    others = ["boxes", "load", "load[0]/get", "load[10]/get"]
    assert [again.covers(one) for one in covered] == [True] * 5
    assert [again.covers(one) for one in others] == [False] * 4
    assert not Again().covers("box")


def test_what_owns_an_address_is_open_as_long_as_it_is_to_be_done() -> None:
    assert Again(["box/in[a]/x", "last"]).owners() == {"box", "box/in", "box/in[a]"}


@pytest.mark.parametrize(
    ("address", "behind"),
    [
        ("first", ["box", "last"]),
        ("box/one", ["box/two", "last"]),
        ("box/aside", ["last"]),
        ("load[1]/get", ["load[1]/put", "last"]),
        ("load[1]", ["last"]),
        ("poll[0]/ask", ["poll[2]", "poll[10]", "last"]),
        ("last", []),
    ],
)
def test_after_an_address_comes_what_follows_in_its_graph_and_after_what_it_is_in(
    definitions: Definitions, address: str, behind: list[str]
) -> None:
    assert after_address(address, definitions, definitions, SEEN) == behind


def test_edges_of_both_definitions_count(definitions: Definitions, tmp_path: Path) -> None:
    now = Definitions(plan_in(tmp_path, TEXT.replace("[one -> two]", "[one -> aside]")), {}, lambda file: None)
    assert sorted(after_address("box/one", definitions, now, SEEN)) == ["box/aside", "box/two", "last"]


def test_a_subflow_node_leads_into_the_file_that_it_asked_for(definitions: Definitions, tmp_path: Path) -> None:
    text = "name: y\nnodes: {sub: {type: subflow, file: flow.yaml}, end: {type: noop}}\nedges: [sub -> end]\n"
    below = definitions.plan
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "pyproject.toml").touch()
    (tmp_path / "top" / "below.yaml").write_text(TEXT, encoding="utf-8")
    top = plan_in(tmp_path / "top", text.replace("flow.yaml", "below.yaml"))
    both = Definitions(top, {"sub": "f"}, {"f": below}.get)
    assert [step.address for step in both.way("sub/box/one")] == ["sub", "sub/box", "sub/box/one"]
    assert after_address("sub/first", both, both, []) == ["sub/box", "sub/last", "end"]
    assert both.node("sub/nothing") is None


@pytest.mark.parametrize("address", ["box/one", "load[2]", "load[2]/get", "load", "poll[10]", "last"])
def test_an_address_that_the_run_can_have_is_taken_as_it_is_written(definitions: Definitions, address: str) -> None:
    assert checked_address(address, "r", definitions, SEEN) == address
    assert checked_address(f"{address}/", "r", definitions, SEEN) == address


@pytest.mark.parametrize(
    ("address", "message", "cure"),
    [
        ("lst", "run r has no node `lst`", "last"),
        ("", "run r has no node ``", "`wflow status r` lists its nodes"),
        ("box/one/more", "run r has no node `box/one/more`", ""),
        ("load/get", "`load` runs what is in it once for each iteration", "name the iteration, as in `load[0]/get`"),
        ("load[7]", "`load` has had no iteration `7`", "it has had `0`, `1` and `2`"),
        ("box[1]", "`box` is no loop and has no iteration `1`", ""),
    ],
)
def test_an_address_that_the_run_cannot_have_is_misuse(
    definitions: Definitions, address: str, message: str, cure: str
) -> None:
    with pytest.raises(UsageError) as caught:
        checked_address(address, "r", definitions, SEEN)
    assert caught.value.message == message
    assert cure in (caught.value.cure or "")


def test_of_a_loop_that_has_had_no_iteration_none_can_be_named(definitions: Definitions) -> None:
    with pytest.raises(UsageError) as caught:
        checked_address("load[0]/get", "r", definitions, [])
    assert caught.value.cure == "it has had none yet"
