"""`wflow.engine.state`: deadlines in order, the agenda in order."""

from __future__ import annotations

from wflow.engine.state import State
from wflow.graph.plan import Plan
from wflow.model import Graph, Node, Workflow


def empty() -> State:
    return State("r", Plan(Workflow(name="w", graph=Graph(nodes=(Node(id="a", type="noop"),)))))


def test_deadlines_come_by_time_then_in_the_order_they_were_set() -> None:
    state = empty()
    numbers = [state.set_deadline(at, "wait", ident) for at, ident in ((5.0, "a"), (3.0, "b"), (3.0, "c"))]
    assert numbers == sorted(set(numbers))
    assert [entry[3] for entry in sorted(state.deadlines)] == ["b", "c", "a"]
    assert state.deadlines[0][3] == "b"


def test_the_agenda_keeps_its_order() -> None:
    state = empty()
    done: list[int] = []
    state.push(done.append, 1)
    state.push(done.append, 2)
    for step, arguments in state.agenda:
        step(*arguments)
    assert done == [1, 2]


def test_a_run_is_finished_in_its_terminal_statuses_only() -> None:
    state = empty()
    for status, finished in {
        "running": False,
        "paused": False,
        "completed": True,
        "failed": True,
        "cancelled": True,
    }.items():
        state.status = status
        assert state.finished is finished
