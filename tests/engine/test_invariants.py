"""`wflow.engine.invariants`: each of them notices what it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine.invariants import broken_invariants
from wflow.engine.simulate import Simulation
from wflow.engine.state import State

Works = Callable[..., Simulation]

TEXT = """
    pools: {p: 2}
    nodes:
      a: {type: python, script: pass, pool: p}
      box: {type: container, nodes: {b: {type: python, script: pass}}}
      each: {type: python, script: pass, join: each}
    edges: [a -> each]
"""


def lost(state: State) -> None:
    del state.activations["box/b#1"]


def spoil(state: State, what: str) -> None:
    assert state.root is not None
    if what == "agenda":
        state.push(print)
    elif what == "running":
        state.running += 1
    elif what == "held":
        state.held["x"] = 1
    elif what == "queued":
        state.queued["", 0] = 1
    elif what == "permits":
        state.permits["gone#1"] = 0
    elif what == "unfinished":
        state.root.unfinished += 1
    elif what == "lost":
        lost(state)
    elif what == "status":
        state.activations["box/b#1"].status = "completed"
    elif what == "done":
        state.root.nodes[1].status = "completed"
    elif what == "open":
        state.root.nodes[2].open = -1
    else:
        state.status = "failed"


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("agenda", "1 steps are left on the agenda"),
        ("running", "2 activations run, 3 are counted"),
        ("held", "places held"),
        ("queued", "messages queued"),
        ("permits", "gone#1 has a permit of a breaker and is no more"),
        ("unfinished", "the root: 3 nodes are unfinished, 4 are counted"),
        ("lost", "activations in scopes and in the state differ"),
        ("status", "box/b#1 is completed and still known as unfinished"),
        ("done", "box is completed and has activations"),
        ("open", "each has -1 open edges of 1"),
        ("finished", "the run is failed with"),
    ],
)
def test_a_state_that_was_spoilt_is_noticed(simulate: Works, what: str, sentence: str) -> None:
    run = simulate(TEXT)
    run.hand_out()
    assert broken_invariants(run.state) == []
    spoil(run.state, what)
    assert any(sentence in problem for problem in broken_invariants(run.state))
