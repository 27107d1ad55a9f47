"""`wflow.runner.revise`: what of a run's past stays, what runs again, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.stimuli import Recalled
from wflow.errors import UsageError
from wflow.runner.redefine import Revision
from wflow.runner.revise import Planned
from wflow.runner.revising import prepare
from wflow.store.disk import DiskStore

TEXT = """\
name: x
parameters: {names: {type: array, default: [a, b]}}
nodes:
  one: {type: python, script: 'output["n"] = 1'}
  two: {type: python, script: 'output["n"] = 2'}
  each: {type: foreach, items: params.names, nodes: {do: {type: python, script: pass}}}
  bad: {type: python, script: 'raise ValueError(1)'}
edges: [one -> two, two -> bad]
"""

Plan = Callable[..., Planned]


@pytest.fixture
def plan(ran: Callable[[str], None], store: DiskStore, tmp_path: Path) -> Plan:
    """``plan("two", updated=text, names=[…])``: the revision of the failed run of the workflow above."""
    ran(TEXT)

    def go(*again: str, updated: str | None = None, **given: Any) -> Planned:
        file = tmp_path / "now.yaml"
        file.write_text(updated or "", encoding="utf-8")
        revision = Revision(
            again=again,
            updated=file if updated else None,
            parameters=(lambda workflow: given) if given else None,
        )
        run = store.open("r")
        try:
            return prepare(run, revision, {}, 2000.0).planned
        finally:
            run.close()

    return go


def test_what_is_named_runs_again_with_what_comes_after_and_the_rest_stays(plan: Plan) -> None:
    revised = plan("two").revised
    assert revised.again == ("bad", "two")
    assert revised.plan["again"] == [{"node": "two", "itself": True, "after": ["bad"]}]
    assert revised.plan["kept"] == {"nodes": 3, "activations": 4}
    assert revised.plan["unfinished"] == []


def test_numbers_of_activations_go_on_where_they_were(plan: Plan) -> None:
    floors = plan("two").revised.floors
    assert (floors["two"], floors["bad"]) == (1, 1)
    assert "one" not in floors


def test_nodes_that_are_new_or_gone_are_told_and_a_result_of_what_is_gone_is_dropped(plan: Plan) -> None:
    text = TEXT.replace("  each:", "  more:")
    said = plan(updated=text).revised.plan
    assert (said["new"], said["dropped"][0]) == (["more"], "each")
    assert said["kept"] == {"nodes": 2, "activations": 2}
    assert said["unfinished"] == ["bad"]


def test_another_parameter_leaves_what_finished_and_a_loop_opens_for_its_new_item(plan: Plan) -> None:
    said = plan(names=["a", "b", "c"])
    assert said.finished == ""
    assert said.revised.parameters == {"names": ["a", "b", "c"]}
    kept = {one.activation for one in said.told if isinstance(one, Recalled)}
    assert {"one#1", "two#1", "each[0]/do#1", "each[1]/do#1"} <= kept


def test_an_iteration_that_would_be_about_another_item_is_refused(plan: Plan) -> None:
    with pytest.raises(UsageError, match=r"it would be about another item now: each\[0\] \(its item\)"):
        plan(names=["z", "b"])
    assert plan("each[0]", names=["z", "b"]).revised.again[0] == "each[0]"


def test_a_run_in_which_nothing_is_left_to_do_has_finished(plan: Plan) -> None:
    text = TEXT.replace("  bad: {type: python, script: 'raise ValueError(1)'}\n", "").replace(", two -> bad", "")
    planned = plan(updated=text)
    assert planned.finished == "completed"
    assert planned.revised.plan["dropped"] == ["bad"]
