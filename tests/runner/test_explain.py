"""`wflow.runner.explain`: why a node ran or did not, of runs that are over and of runs that were left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import JournalDamaged
from wflow.runner.explain import explain_node
from wflow.store.disk import DiskStore

Ran = Callable[..., None]

FLOW = """\
name: x
nodes:
  first: {type: noop}
  choose: {type: if, condition: "false"}
  box: {type: container, nodes: {inner: {type: noop}}}
  each:
    type: foreach
    items: "[1, 2]"
    nodes:
      begin: {type: noop}
      odd: {type: if, condition: item == 1}
      one: {type: noop}
    edges: [begin -> odd, odd.true -> one]
edges: [first -> choose, choose.true -> box, first -> each]
"""

#: An address: its status, why, and the states of the edges to it.
WHY = {
    "first": ("completed", "nothing leads to it: it starts with the run", []),
    "choose": ("completed", "all edges to it are done, and a message has come on `first -> choose`", ["message"]),
    "box": ("skipped", "no message came on any edge to it", ["closed"]),
    "each[0]/one": ("completed", "all edges to it are done, and a message has come on `odd.true -> one`", ["message"]),
    "each[1]/one": ("skipped", "no message came on any edge to it", ["closed"]),
    "each[1]/begin": ("completed", "nothing leads to it: it starts with its iteration `each[1]`", []),
}


@pytest.mark.parametrize("address", WHY)
def test_a_node_of_a_run_that_is_over(ran: Ran, store: DiskStore, address: str) -> None:
    ran(FLOW)
    told = explain_node(store.open("r"), address)
    assert told.why is not None
    assert (told.status, told.why.why, [edge.state for edge in told.why.edges]) == WHY[address]
    assert (told.now, told.damage) == (None, None)


def test_a_node_in_what_never_started_is_told_by_that(ran: Ran, store: DiskStore) -> None:
    ran(FLOW)
    told = explain_node(store.open("r"), "box/inner")
    assert told.why is not None
    assert told.why.why == "it lies in `box`, which was skipped"


def test_an_address_that_the_run_does_not_have(ran: Ran, store: DiskStore) -> None:
    ran(FLOW)
    told = explain_node(store.open("r"), "nowhere")
    assert told.type == ""
    assert {"first", "each[0]/one"} <= set(told.known)


def test_what_is_damaged_is_told_as_far_as_it_is_sound(ran: Ran, store: DiskStore, home: Path) -> None:
    ran(FLOW)
    journal = home / "runs" / "r" / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    assert len(lines) < 3
    journal.write_bytes(lines[0].replace(b"run_started", b"run_startxd"))
    with pytest.raises(JournalDamaged):
        explain_node(store.open("r"), "first")
    journal.write_bytes(lines[0] + b"{}\n")
    told = explain_node(store.open("r"), "first")
    assert told.damage is not None
    assert told.status == "completed"
