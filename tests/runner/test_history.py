"""`wflow.runner.history`: which results of a run stay, read from its journal."""

from __future__ import annotations

from collections.abc import Callable

from wflow.engine.stimuli import Recalled
from wflow.runner.history import History
from wflow.runner.library import resume
from wflow.runner.redefine import Revision
from wflow.runner.revising import prepare
from wflow.store.disk import DiskStore

Ran = Callable[[str], None]

FAILS = """\
name: x
nodes:
  a: {type: python, script: 'output["n"] = 1'}
  b: {type: python, script: 'raise ValueError(1)'}
  c: {type: noop}
edges: [a -> b, b -> c]
"""


def history_of(store: DiskStore) -> History:
    run = store.open("r")
    try:
        return prepare(run, Revision(again=("a",)), {}, 2000.0).what.history
    finally:
        run.close()


def results(history: History, *, kept: bool = True) -> list[tuple[str, str]]:
    return [
        (item.stimulus.activation, item.stimulus.status)
        for item in history.items
        if isinstance(item.stimulus, Recalled) and item.kept == kept
    ]


def test_what_completed_stays_and_what_the_run_failed_with_does_not(ran: Ran, store: DiskStore) -> None:
    ran(FAILS)
    history = history_of(store)
    assert results(history) == [("a#1", "completed")]
    assert results(history, kept=False) == [("b#1", "failed")]
    assert [(name, one.status, one.finished) for name, one in history.finals.items()] == [
        ("a", "completed", True),
        ("b", "failed", False),
    ]


def test_a_failure_that_an_edge_took_is_a_result_like_any_other(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("b -> c]", "{from: b, to: c, trigger: fail}]"))
    history = history_of(store)
    assert results(history) == [("a#1", "completed"), ("b#1", "failed")]
    assert history.finals["b"].finished


def test_a_failure_that_was_only_told_of_is_none(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("b -> c]", "{from: b, to: c, trigger: fail, handles: false}]"))
    history = history_of(store)
    assert results(history) == [("a#1", "completed")]
    assert not history.finals["b"].finished


def test_a_failure_that_was_run_again_is_superseded(ran: Ran, store: DiskStore) -> None:
    ran(FAILS)
    resume("r", home=store.home)
    history = history_of(store)
    assert results(history) == [("a#1", "completed")]
    assert [one.superseded for one in history.items if one.address == "b"] == [True, False]
    assert history.highest["b"] == 2


def test_after_a_revision_only_what_it_kept_and_what_came_since_counts(ran: Ran, store: DiskStore) -> None:
    ran(FAILS.replace("raise ValueError(1)", "pass"))
    resume("r", home=store.home, from_="b")
    history = history_of(store)
    assert results(history) == [("a#1", "completed"), ("b#2", "completed")]
    assert history.highest == {"a": 1, "b": 2, "c": 2}


def test_items_are_in_the_order_in_which_they_happened(ran: Ran, store: DiskStore) -> None:
    ran(
        "name: x\nnodes: {a: {type: foreach, items: '[1, 2, 3]', max_concurrent: 1, "
        "nodes: {do: {type: python, script: pass}}}}\n"
    )
    history = history_of(store)
    assert [name for name, _ in results(history)] == ["a[0]/do#1", "a[1]/do#1", "a[2]/do#1"]
    assert [one.order for one in history.items] == sorted(one.order for one in history.items)
