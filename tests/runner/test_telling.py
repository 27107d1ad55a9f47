"""`wflow.runner.telling`: what happened told again to a state that has just begun."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.engine.conftest import definition_of
from wflow.engine.commands import LoadSubflow
from wflow.engine.decide import Decision, begin
from wflow.engine.memory import Memory
from wflow.engine.revision import begin_again
from wflow.engine.state import State
from wflow.engine.stimuli import Answered, Began, Due, Loaded, Recalled, Stimulus
from wflow.runner.items import Item
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

NODE = "{type: python, script: pass}"
BELOW = {"name": "below", "nodes": {"x": {"type": "python"}}}


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


def item(order: int, address: str, stimulus: Stimulus, got: str = "") -> Item:
    return Item((order, 1), address, stimulus, kept=True, got=got)


def result(ident: str, at: float) -> Recalled:
    return Recalled(at, ident, 1, "", "completed", {}, (), None, at)


def begun(text: str, folder: Path, *waits: str) -> tuple[State, Decision]:
    began = Began(1000.0, "r", definition_of(text, folder), {}, {}, {}, {"max_concurrency": 4, "workers": 4})
    return begin(began, memory=Memory({}, (), waits))


def no_files(command: LoadSubflow, at: float) -> Loaded | None:
    return None


def test_a_deadline_is_told_where_something_is_due(tmp_path: Path) -> None:
    state, first = begun(
        "nodes: {box: {type: container, retry: {max_attempts: 2}, nodes: {a: {type: python, script: pass}}}}", tmp_path
    )
    told = Told(state, first, no_files)
    told.tell(item(1, "", Due(1001.0)))
    assert told.stimuli == []
    told.tell(item(2, "box/a", result("box/a#1", 1002.0)._replace(status="failed", failure=("E", "m", "", None))))
    told.tell(item(3, "", Due(1100.0)))
    assert told.stimuli[-1] == Due(1100.0)


def test_answers_find_their_questions_whichever_comes_first(tmp_path: Path) -> None:
    (tmp_path / "below.yaml").write_text("name: below\nnodes: {x: {type: python, script: pass}}")
    text = """
nodes:
  sub: {type: subflow, file: below.yaml}
  a: {type: python, script: pass}
  late: {type: subflow, file: below.yaml}
edges: [a -> late]
"""
    asked: list[str] = []

    def load(command: LoadSubflow, at: float) -> Loaded:
        asked.append(command.activation)
        return Loaded(at, command.activation, command.file, BELOW, command.parameters, "")

    def loaded(ident: str) -> Loaded:
        return Loaded(1001.0, ident, "below.yaml", None, {}, "")

    items = [
        item(1, "late", loaded("late#1")),
        item(2, "sub", loaded("sub#1")),
        item(3, "a", result("a#1", 1002.0)),
        item(4, "late/x", result("late/x#1", 1003.0)),
    ]
    told = tell(*begun(text, tmp_path), items, load)
    assert asked == ["sub#1", "late#1"]
    assert told.statuses["late"] == "completed"
    assert told.statuses["sub"] == "started"


def test_a_problem_with_a_file_and_a_timers_answer_are_told_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "below.yaml").write_text("name: below\nnodes: {x: {type: python, script: pass}}")
    text = """
nodes:
  sub: {type: subflow, file: below.yaml}
  clock: {type: timer, schedule: '* * * * *'}
"""
    problem = Loaded(1001.0, "sub#7", "below.yaml", None, {}, "not valid")
    answer = Answered(1002.0, "clock#7", {"triggered": True}, "")
    told = tell(*begun(text, tmp_path, "clock"), [item(1, "sub", problem), item(2, "clock", answer)], no_files)
    assert told.stimuli == [problem._replace(activation="sub#1"), answer._replace(activation="clock#1")]
    assert told.statuses == {"sub": "failed", "clock": "completed"}


def test_a_node_that_gets_something_else_is_noted(tmp_path: Path) -> None:
    text = f"nodes: {{a: {NODE}, b: {NODE}}}\nedges: [a -> b]"
    items = [item(1, "a", result("a#1", 1001.0)), item(2, "b", result("b#1", 1002.0), got="something else")]
    assert tell(*begun(text, tmp_path), items, no_files).moved == ["b"]
