"""`wflow.runner.operate`: what may be asked of single nodes, and what is said where it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.errors import UsageError
from wflow.runner.inspect import read_run
from wflow.runner.operate import check_retry, check_set
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

FLOW = """\
name: flow
nodes:
  done: {type: noop}
  bad: {type: python, script: 'raise ValueError("no")', compensate: undo}
  undo: {type: noop}
  after: {type: noop}
  choose: {type: if, condition: "true"}
  yes: {type: noop}
  many: {type: noop, join: each}
  box: {type: container, nodes: {inside: {type: python, script: 'raise ValueError("deep")'}}}
  later: {type: container, nodes: {inside: {type: noop}, loop: {type: foreach, items: "[1]", nodes: {x: {type: noop}}}}}
  each: {type: foreach, items: range(2), nodes: {x: {type: python, script: 'raise ValueError("odd")'}}}
  last: {type: end}
edges: [bad -> after -> choose, choose.true -> yes, after -> many, after -> later, after -> last]
"""


@pytest.mark.parametrize("address", ["bad", "box", "box/inside", "each", "each[1]/x"])
def test_what_failed_may_be_tried_again(ran: Ran, store: DiskStore, address: str) -> None:
    ran(FLOW)
    check_retry(read_run(store, "r"), address)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("done", "`done` is completed: only what failed or was cancelled is tried again"),
        ("after", "`after` is skipped"),
        ("undo", "`undo` stands in for another node"),
        ("nope", "run r has no node `nope`"),
        ("box/nope", "run r has no node `box/nope`"),
        ("each/x", "run r has no node `each/x`"),
        ("later/inside", "`later/inside` is pending"),
        ("", "run r has no node ``"),
    ],
)
def test_nothing_else_may(ran: Ran, store: DiskStore, address: str, message: str) -> None:
    ran(FLOW)
    with pytest.raises(UsageError) as caught:
        check_retry(read_run(store, "r"), address)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "address", ["bad", "after", "box", "box/inside", "each[0]/x", "later/inside", "later/loop[0]/x"]
)
def test_what_did_not_complete_may_be_given_an_output(ran: Ran, store: DiskStore, address: str) -> None:
    ran(FLOW)
    check_set(read_run(store, "r"), address, {"x": 1})


@pytest.mark.parametrize(
    ("address", "output", "message"),
    [
        ("bad", [1], "a node's output is a JSON object"),
        ("choose", {}, "`choose` is a node with several ports"),
        ("last", {}, "`last` has no output"),
        ("many", {}, "`many` runs once for each message"),
        ("undo", {}, "`undo` stands in for another node"),
        ("done", {}, "`done` has completed"),
        ("later/loop/x", {}, "run r has no node `later/loop/x`"),
        ("bd", {}, "run r has no node `bd`"),
    ],
)
def test_nothing_else_may_be(ran: Ran, store: DiskStore, address: str, output: Any, message: str) -> None:
    ran(FLOW)
    with pytest.raises(UsageError) as caught:
        check_set(read_run(store, "r"), address, output)
    assert message in str(caught.value)


def test_a_run_that_completed_does_not_change(ran: Ran, store: DiskStore) -> None:
    ran("name: x\nnodes: {a: {type: noop}}\n")
    reading = read_run(store, "r")
    with pytest.raises(UsageError, match="run r has completed"):
        check_retry(reading, "a")
    with pytest.raises(UsageError, match="run r has completed"):
        check_set(reading, "a", {})
