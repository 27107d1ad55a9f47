from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.engine.events import (
    Event,
    Fault,
    MessageDeadLettered,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    RunAmended,
    RunStarted,
)
from wflow.model import Graph, Node, Workflow
from wflow.progress.rows import ACTIVE, STATUSES, subtree
from wflow.progress.view import View


def test_a_run_goes_from_pending_to_its_end(node: Any, story: Any) -> None:
    told = story(node("a"))
    view = told.view
    assert (view.status, view.progress()) == ("pending", 0.0)
    told.begin()
    assert (view.status, view.run, view.workflow) == ("running", "20261123-120304-000-k3f9", "etl")
    told.start("a")
    told.at = 2.0
    told.complete("a")
    told.finish(outputs={"rows": 3}, tolerated=2)
    assert (view.status, view.progress(), view.outputs) == ("completed", 1.0, {"rows": 3})
    assert view.ended_at - view.started_at == 2.0
    assert view.counts["tolerated"] == 2
    assert view.seq == 4


def test_a_retry_keeps_the_start_of_the_activation_and_counts_attempts(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    told.at = 1.0
    told.retry("a", due=3.0)
    row = told.view.rows["a"]
    assert (row.status, row.attempts, row.max_attempts, row.error.message) == ("retrying", 1, 3, "not yet")
    told.at = 3.0
    told.start("a", attempt=2)
    assert (row.status, row.attempts, row.due, row.error) == ("running", 2, None, None)
    told.at = 4.0
    told.complete("a", attempt=2)
    assert (row.duration, row.status, row.activations) == (4.0, "completed", 1)


def test_a_node_with_several_activations_shows_the_last(node: Any, story: Any) -> None:
    told = story(node("a", join="each"))
    told.begin()
    for number in (1, 2, 3):
        told.at = float(number * 10)
        told.start("a", number=number)
        told.at += number
        told.complete("a", number=number)
    row = told.view.rows["a"]
    assert (row.activations, row.duration) == (3, 3.0)
    assert told.view.counts["completed"] == 1


def test_a_completion_tells_when_the_worker_really_began(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    told.tell(NodeCompleted(told.now + 5.0, "a", "python", 1, 1, 2.0, {}))
    assert told.view.rows["a"].duration == 2.0


def test_the_first_failure_that_nothing_handled_is_remembered(node: Any, story: Any) -> None:
    told = story(node("a"), node("b"), node("c"))
    told.begin()
    told.fail("a", "handled", handled=True)
    told.fail("b", "first")
    told.fail("c", "second")
    assert told.view.first_failure.message == "first"
    assert [row.address for row in told.view.failed] == ["a", "b", "c"]
    told.finish("failed", Fault("b", "ValueError", "first"))
    assert told.view.error.address == "b"


def test_tolerated_failures_are_counted(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")))
    told.begin()
    told.start("load", "foreach", items=1)
    fault = Fault("load[0]/insert", "ValueError", "bad")
    told.tell(NodeFailed(told.now, "load[0]/insert", "python", 1, 1, 0.1, fault, False, True))
    assert told.view.counts["tolerated"] == 1
    assert told.view.first_failure is None


def test_waiting_skipped_cancelled_and_dead_letters(node: Any, story: Any) -> None:
    told = story(node("w", "wait"), node("s"), node("c"))
    told.begin()
    told.start("w", "wait", waiting=True)
    told.skip("s")
    told.cancel("c", number=0)
    told.tell(MessageDeadLettered(told.now, "s", 1, Fault("s", "E", "m")))
    rows = told.view.rows
    assert [rows[name].status for name in "wsc"] == ["waiting", "skipped", "cancelled"]
    assert rows["c"].started_at is None
    assert told.view.dead_letters == 1


def test_what_a_worker_had_is_handed_back_by_a_pause_and_a_crash(node: Any, story: Any) -> None:
    told = story(node("a"), node("box", "container", node("b")), node("w", "wait"))
    told.begin()
    told.start("a")
    told.start("box", "container")
    told.start("box/b")
    told.start("w", "wait", waiting=True)
    told.at = 5.0
    told.pause()
    rows = told.view.rows
    assert [rows[name].status for name in ("a", "box", "box/b", "w")] == ["pending", "running", "pending", "waiting"]
    assert told.view.status == "paused"
    told.at = 65.0
    told.resume()
    told.start("a")
    told.at = 70.0
    assert told.view.status == "running"
    assert told.view.run_time(told.now) == pytest.approx(10.0)
    told.resume(2)
    assert rows["a"].status == "pending"


def test_time_in_which_nobody_ran_the_run_is_left_out(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.at = 10.0
    told.pause()
    told.at = 100.0
    told.resume()
    start = told.view.started_at
    assert [told.view.run_time(start + at) for at in (0.0, 10.0, 50.0, 100.0, 101.0)] == [0.0, 10.0, 10.0, 10.0, 11.0]


def test_a_paused_run_has_been_seen_to_its_last_event(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    assert told.view.end(told.now + 7.0) == told.now + 7.0
    told.at = 3.0
    told.pause()
    assert told.view.end(told.now + 7.0) == told.now


def test_a_container_that_is_tried_again_starts_anew(node: Any, story: Any) -> None:
    told = story(node("box", "container", node("a"), node("b")))
    told.begin()
    told.start("box", "container")
    told.start("box/a")
    told.complete("box/a")
    told.start("box/b")
    told.fail("box/b")
    told.retry("box", due=1.0)
    told.start("box", "container", attempt=2)
    rows = told.view.rows
    assert [rows["box/a"].status, rows["box/b"].status] == ["pending", "pending"]
    assert rows["box"].progress() == 0.0
    assert not told.view.failed


def test_a_container_that_a_resume_runs_again_keeps_what_completed(node: Any, story: Any) -> None:
    told = story(node("box", "container", node("a"), node("b")))
    told.begin()
    told.start("box", "container")
    told.complete("box/a")
    told.fail("box/b")
    told.fail("box", type="container")
    told.finish("failed", Fault("box/b", "ValueError", "bad"))
    told.resume()
    assert (told.view.error, told.view.ended_at) == (None, None)
    told.start("box", "container", number=2)
    told.start("box/b", number=2)
    assert told.view.rows["box/a"].status == "completed"
    assert told.view.rows["box"].progress() == 0.5


def test_a_foreach_that_is_tried_again_keeps_its_completed_iterations(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("insert")))
    told.begin()
    told.start("load", "foreach", items=2)
    told.iterations("load", range(1))
    told.start("load[1]/insert")
    told.fail("load[1]/insert")
    told.retry("load", due=1.0)
    told.start("load", "foreach", attempt=2, items=2)
    assert told.view.rows["load[0]/insert"].status == "completed"
    told.start("load[1]/insert", number=2)
    assert told.view.rows["load[1]"].status == "running"
    assert told.view.rows["load"].progress() == 0.5


def test_an_iteration_lasts_from_its_first_event_to_its_last(node: Any, story: Any) -> None:
    told = story(node("load", "foreach", node("a"), node("b")))
    told.begin()
    told.start("load", "foreach", items=1)
    told.start("load[0]/a")
    told.at = 2.0
    told.complete("load[0]/a")
    assert told.view.rows["load[0]"].status == "running"
    told.start("load[0]/b")
    told.at = 5.0
    told.complete("load[0]/b")
    row = told.view.rows["load[0]"]
    assert (row.status, row.duration) == ("completed", 5.0)


def test_percent_is_kept_within_its_bounds(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    for said, kept in ((-5.0, 0.0), (250.0, 100.0)):
        told.report("a", said)
        assert told.view.rows["a"].percent == kept
    told.report("no/such", 5.0)


_ADDRESSES = ("a", "box", "box/b", "load", "load[0]/x", "load[1]/x", "load[1]/y", "load[2]/x", "load[2]/y", "new")


def _workflow() -> Workflow:
    box = Node(id="box", type="container", graph=Graph(nodes=(Node(id="b", type="python"),)))
    body = Graph(nodes=(Node(id="x", type="python"), Node(id="y", type="python")))
    return Workflow(
        name="w", graph=Graph(nodes=(Node(id="a", type="python"), box, Node(id="load", type="foreach", graph=body)))
    )


@given(st.lists(st.tuples(st.sampled_from(_ADDRESSES), st.integers(0, 2), st.integers(1, 2)), max_size=40))
def test_counts_are_those_of_the_rows_whatever_comes(steps: list[tuple[str, int, int]]) -> None:
    view = View(_workflow())
    view.apply(RunStarted(0.0, "r", "w"))
    for at, (address, what, number) in enumerate(steps):
        kind = {"box": "container", "load": "foreach"}.get(address, "python")
        event: Event
        if what == 0:
            event = NodeStarted(float(at), address, kind, number, 1)
        elif what == 1:
            event = NodeCompleted(float(at), address, kind, number, 1, 0.0, {})
        else:
            event = NodeFailed(float(at), address, kind, number, 1, 0.0, Fault(address, "E", "m"), False)
        view.apply(event)
        nodes = [row for row in subtree(view.root) if row.parent is not None and row.key is None]
        assert {name: view.counts[name] for name in STATUSES} == {
            name: sum(row.status == name for row in nodes) for name in STATUSES
        }
        assert set(view.active) == {row for row in nodes if row.status in ACTIVE}
        assert set(view.failed) == {row for row in nodes if row.status == "failed"}
        assert 0.0 <= view.progress() <= 1.0
    assert View.restore(_workflow(), view.dump()).dump() == view.dump()


def amend(told: Any, *nodes: Node, handled: tuple[str, ...] = ()) -> None:
    told.tell(RunAmended(told.now, "r", Graph(nodes=nodes), handled))


def test_nodes_that_a_run_gets_are_still_to_come_and_count(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    told.start("a")
    told.complete("a")
    assert told.view.progress() == 1.0
    amend(told, node("b", fallback="c"), node("c"), node("box", "container", node("d")))
    view = told.view
    assert [row.address for row in subtree(view.root)] == ["", "a", "b", "box", "box/d"]
    assert (view.counts["pending"], view.counts["completed"]) == (3, 1)
    assert round(view.progress(), 3) == 0.333
    for address in ("b", "box/d", "box"):
        told.start(address)
        told.complete(address)
    assert view.progress() == 1.0
    assert view.counts["pending"] == 0


def test_a_view_of_a_run_that_was_amended_comes_back_from_a_snapshot(node: Any, story: Any) -> None:
    told = story(node("a"))
    told.begin()
    amend(told, node("b"), node("load", "foreach", node("x")))
    told.start("b")
    told.start("load", "foreach", items=2)
    told.start("load[0]/x")
    graph = Graph(nodes=(node("a"), node("b"), node("load", "foreach", node("x"))))
    again = View.restore(Workflow(name="etl", graph=graph), told.view.dump())
    assert again.dump() == told.view.dump()
    assert list(again.rows) == list(told.view.rows)
    assert again.counts == told.view.counts


def test_a_failure_that_a_new_edge_takes_is_not_what_the_run_fails_with(node: Any, story: Any) -> None:
    told = story(node("box", "container", node("x")), node("b"), node("c"))
    told.begin()
    told.fail("box/x")
    told.fail("box", type="container")
    told.fail("b", "second")
    assert told.view.first_failure.address == "box/x"
    amend(told, node("d"), handled=("box",))
    assert told.view.rows["box"].handled
    assert told.view.first_failure.message == "second"
    amend(told, node("e"), handled=("b",))
    assert told.view.first_failure is None
