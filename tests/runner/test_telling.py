"""`wflow.runner.telling`: what happened told again to a state that has just begun."""

from __future__ import annotations

from collections.abc import Callable

from wflow.engine.revision import begin_again
from wflow.engine.stimuli import Recalled
from wflow.runner.redefine import Revision
from wflow.runner.revising import prepare
from wflow.runner.telling import Told, tell
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

TEXT = """\
name: x
nodes:
  a: {type: python, script: 'output["n"] = 1'}
  b: {type: python, script: 'output["n"] = 2'}
  c: {type: python, script: 'raise ValueError(1)'}
edges: [a -> b, b -> c]
"""


def told_of(store: DiskStore, *, leave_out: str = "") -> Told:
    """The run ``r`` told again, but for the results of one node."""
    run = store.open("r")
    plan = prepare(run, Revision(), {}, 2000.0)
    run.close()
    items = [item for item in plan.what.history.items if item.kept and item.address != leave_out]
    state = plan.found.state
    _, new, first = begin_again(state.run_id, state.began_at, 0, plan.planned.revised)
    return tell(new, first, items, plan.what.load)


def recalled(told: Told) -> list[str]:
    return [one.activation for one in told.stimuli if isinstance(one, Recalled)]


def test_what_was_done_is_done_again_without_running_it(ran: Ran, store: DiskStore) -> None:
    ran(TEXT)
    told = told_of(store)
    assert recalled(told) == ["a#1", "b#1"]
    assert {name: told.statuses[name] for name in ("a", "b")} == {"a": "completed", "b": "completed"}
    assert told.memory.results == {}
    assert [one.address for one in told.state.activations.values()] == ["c"]


def test_a_result_waits_for_its_node_while_what_comes_before_is_to_be_done(ran: Ran, store: DiskStore) -> None:
    ran(TEXT)
    told = told_of(store, leave_out="a")
    assert "b" not in told.statuses
    assert list(told.memory.results) == ["b"]
    assert [one.address for one in told.state.activations.values()] == ["a"]


def test_a_result_that_is_forgotten_is_told_no_more(ran: Ran, store: DiskStore) -> None:
    ran(TEXT)
    told = told_of(store, leave_out="a")
    assert recalled(told) == ["b#1"]
    told.forget(["b#1"])
    assert recalled(told) == []


def test_a_subflow_is_asked_for_again_and_gets_what_it_had(ran: Ran, store: DiskStore) -> None:
    ran("name: below\nnodes: {in: {type: python, script: 'output[\"n\"] = 1'}}\n")
    (store.home.parent / "pyproject.toml").touch()
    below = store.home.parent / "below.yaml"
    (store.home.parent / "r.yaml").rename(below)
    ran("name: x\nnodes: {s: {type: subflow, file: below.yaml}, z: {type: python, script: '1/0'}}\n", "s")
    run = store.open("s")
    plan = prepare(run, Revision(), {}, 2000.0)
    run.close()
    told = [type(one).__name__ for one in plan.planned.told]
    assert sorted(told) == ["Loaded", "Recalled"]
    assert plan.what.history.files == {"s": str(below)}
