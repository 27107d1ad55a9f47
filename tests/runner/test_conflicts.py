"""`wflow.runner.conflicts`: results that a changed definition does not go with, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.runner.conflicts import refusal
from wflow.runner.redefine import Revision
from wflow.runner.revising import RevisionPlan, prepare
from wflow.store.disk import DiskStore

LOOP = """\
name: x
nodes:
  load:
    type: foreach
    items: '[1, 2, 3, 4, 5]'
    max_concurrent: 1
    nodes: {do: {type: python, script: 'assert input["item"] != 4'}}
  early: {type: python, script: 'output["n"] = 1'}
edges: [early -> load]
"""

Planned = Callable[..., RevisionPlan]


@pytest.fixture
def planned(ran: Callable[[str], None], store: DiskStore, tmp_path: Path) -> Planned:
    """``planned(before, now, "a")``: the plan by which a run of the one goes on as the other, with ``a`` run again."""

    def go(before: str, now: str, *again: str) -> RevisionPlan:
        ran(before)
        file = tmp_path / "now.yaml"
        file.write_text(now, encoding="utf-8")
        run = store.open("r")
        try:
            return prepare(run, Revision(again=again, updated=file), {}, 2000.0)
        finally:
            run.close()

    return go


def test_a_finished_node_that_differs_is_refused_unless_it_runs_again(planned: Planned) -> None:
    now = LOOP.replace('output["n"] = 1', 'output["n"] = 2')
    with pytest.raises(UsageError) as caught:
        planned(LOOP, now)
    assert caught.value.message == (
        "this has finished, and the definition has something else there now: early (its script)"
    )
    assert caught.value.cure == "`--from early` runs it again, with what comes after"


def test_a_node_that_runs_again_may_differ(planned: Planned) -> None:
    plan = planned(LOOP, LOOP.replace('output["n"] = 1', 'output["n"] = 2'), "early")
    assert plan.summary["changed"] == [{"node": "early", "why": ["its script"], "stay": 0}]


def test_items_that_are_done_stay_done_when_the_body_of_an_unfinished_loop_changes(planned: Planned) -> None:
    plan = planned(LOOP, LOOP.replace("!= 4", "!= 9"))
    assert plan.summary["changed"] == [{"node": "load/do", "why": ["its script"], "stay": 4}]


def test_the_body_of_a_loop_that_has_completed_is_a_finished_node_and_the_cure_is_the_loop(planned: Planned) -> None:
    with pytest.raises(UsageError) as caught:
        planned(LOOP.replace("!= 4", "!= 9"), LOOP)
    assert caught.value.message == (
        "these have finished, and the definition has something else there now: load/do 5 times (its script)"
    )
    assert caught.value.cure == "`--from load` runs them again, with what comes after"


def test_of_few_results_each_is_named_and_of_very_many_the_rest_is_a_count() -> None:
    few = refusal({"load[1]/do": "its script", "load[2]/do": "its script"}, {}, "no")
    assert few.message == "these have finished, and no: load/do 2 times (its script)"
    assert few.cure == "`--from load[1]/do --from load[2]/do` runs them again, with what comes after"
    many = refusal({f"n{number}": "its script" for number in range(10_000)}, {}, "no")
    assert many.message.endswith("n9 (its script) and 9990 more")
    assert (many.cure or "").count("--from ") == 10
