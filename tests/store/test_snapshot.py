"""`wflow.store.snapshot`: a state as bytes and back.

That a run goes on from a snapshot as it would from its whole journal is held by `tests/engine/test_simulate.py`, on 200
random workflows; here is what those do not have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from wflow.engine.decide import decide
from wflow.engine.invariants import broken_invariants
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import State
from wflow.engine.stimuli import Began, Due, Ended, Requested, Resumed
from wflow.engine.values import Stored
from wflow.graph.plan import Plan
from wflow.model import Edge, Graph, Node, Rate, Workflow
from wflow.model.definition import to_definition
from wflow.store.snapshot import VERSION, dump, restore

Work = Callable[..., Any]


def simulation(*nodes: Node, edges: tuple[Edge, ...] = (), work: Work | None = None, **keys: Any) -> Simulation:
    workflow = Workflow(name="w", graph=Graph(nodes=nodes, edges=edges), **keys)
    return Simulation(to_definition(workflow), work=work)


def python(name: str, **keys: Any) -> Node:
    return Node(id=name, type="python", settings={"script": "pass"}, **keys)


def restored(run: Simulation, load: Callable[[str], dict[str, Any]] = lambda digest: {}) -> State:
    """The simulation's state after it went through a snapshot; the simulation goes on with it."""
    began = run.stimuli[0]
    assert isinstance(began, Began)
    again = restore(began, dump(run.state, {"view": 1}), load)
    assert again is not None
    run.state, extra = again
    assert extra == {"view": 1}
    return run.state


def resume(run: Simulation) -> None:
    run.running = []
    run.feed(Resumed(run.state.now, crashed=True, options={}))


def test_a_snapshot_of_another_version_is_not_read() -> None:
    run = simulation(python("a"))
    began = run.stimuli[0]
    assert isinstance(began, Began)
    payload = json.loads(dump(run.state, {}))
    assert payload["version"] == VERSION
    payload["version"] = VERSION + 1
    assert restore(began, json.dumps(payload).encode(), lambda digest: {}) is None


def test_an_output_that_many_share_is_written_once_and_one_object_again() -> None:
    names = [f"n{number}" for number in range(50)]
    run = simulation(
        python("a"),
        *(python(name) for name in names),
        edges=tuple(Edge(source="a", target=name) for name in names),
        work=lambda activation, given: Did(output={"text": "z" * 1000}),
    )
    run.step()
    run.hand_out()
    assert dump(run.state, {}).count(b"z" * 1000) == 1
    state = restored(run)
    payloads = {id(act.messages[0].payload) for act in state.activations.values()}
    assert len(payloads) == 1


def test_nodes_that_nothing_happened_to_are_left_out() -> None:
    names = [f"n{number}" for number in range(1000)]
    chain = tuple(Edge(source=a, target=b) for a, b in pairwise(names))
    run = simulation(*(python(name) for name in names), edges=chain)
    assert len(dump(run.state, {})) < 2000


def test_a_stored_output_stays_a_reference() -> None:
    run = simulation(python("a"), python("b"), edges=(Edge(source="a", target="b"),))
    run.hand_out()
    run.running.clear()
    stored = Stored("digest", 40_000, lambda digest: {})
    run.feed(Ended(1001.0, "a#1", 1, "completed", stored, (), None, 1000.0))
    state = restored(run, lambda digest: {"x": digest})
    assert state.root is not None
    output = state.root.nodes[0].output
    assert isinstance(output, Stored)
    assert (output.digest, output.size, output.load()) == ("digest", 40_000, {"x": "digest"})
    run.run()
    assert run.inputs["b#1"] == {"x": "digest"}


def test_a_range_of_a_million_stays_a_range() -> None:
    body = Graph(nodes=(python("work"),))
    run = simulation(Node(id="loop", type="foreach", settings={"items": "range(1000000)"}, graph=body))
    assert len(dump(run.state, {})) < 6000
    state = restored(run)
    loop = state.activations["loop#1"].loop
    assert loop is not None
    assert loop.items == range(1_000_000)


@pytest.mark.parametrize("kind", ["work", "wait", "container"])
def test_who_holds_a_place_holds_it_again(kind: str) -> None:
    holder = {
        "work": python("a", pool="p"),
        "wait": Node(id="a", type="wait", pool="p", settings={"for": 5.0}),
        "container": Node(id="a", type="container", pool="p", graph=Graph(nodes=(python("inner"),))),
    }[kind]
    run = simulation(holder, python("b", pool="p"), pools={"p": 1})
    run.hand_out()
    held = dict(run.state.held)
    state = restored(run)
    assert state.held == held == {("pool", 0, "p"): 1}
    resume(run)
    assert broken_invariants(state) == []
    run.run()
    assert run.order()[-1] == "b"


def test_signals_waits_and_messages_in_queues_are_kept() -> None:
    run = simulation(
        python("x"),
        Node(id="a", type="wait", settings={"signal": "go"}),
        python("t", join="each", priority=-5),
        edges=(Edge(source="x", target="t", capacity=7),),
    )
    run.workers = 1
    run.step()
    run.feed(Requested(run.state.now, "signal", {"name": "other", "data": 5}))
    state = restored(run)
    assert state.queued == {("", 0): 1}
    assert state.signals == {"other": [5]}
    assert list(state.waits) == ["a#1"]
    run.feed(Requested(run.state.now, "signal", {"name": "go", "data": None}))
    resume(run)
    run.run()
    assert run.state.status == "completed"


def test_a_loop_that_waits_for_its_turn_waits_for_it_still() -> None:
    body = Graph(nodes=(Node(id="work", type="noop"),))
    run = simulation(Node(id="loop", type="foreach", settings={"items": "range(2500)"}, graph=body))
    state = restored(run)
    loop = state.activations["loop#1"].loop
    assert loop is not None
    decide(state, Requested(1000.0, "nothing", {}))
    assert loop.completed == 1000
    run.run()
    assert run.output("loop")["items_processed"] == 2500


def test_a_run_that_failed_can_be_resumed_from_its_snapshot() -> None:
    failing = {"x#1", "loop[1]/y#1"}
    run = simulation(
        python("done"),
        Node(
            id="box", type="container", graph=Graph(nodes=(python("x"), python("z"))), settings={"mode": "sequential"}
        ),
        Node(id="loop", type="foreach", settings={"items": "range(3)"}, graph=Graph(nodes=(python("y"),))),
        work=lambda activation, given: Did("failed" if activation.id.removeprefix("box/") in failing else "completed"),
    )
    run.run()
    assert run.state.status == "failed"
    restored(run)
    before = set(run.inputs)
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert [ident for ident in run.inputs if ident not in before] == ["box/x#2", "loop[1]/y#2", "box/z#1"]
    assert run.state.status == "completed"


def test_a_fallback_that_stands_in_still_does() -> None:
    run = simulation(
        python("a", fallback="instead"),
        python("instead"),
        work=lambda activation, given: Did("failed" if activation.node.plan.id == "a" else "completed", {"v": 1}),
    )
    run.step()
    restored(run)
    resume(run)
    run.run()
    assert (run.state.status, run.output("a")) == ("completed", {"v": 1})


def test_the_time_for_clean_up_goes_on_where_it_was() -> None:
    run = simulation(
        python("a"), python("clean"), edges=(Edge(source="a", target="clean", trigger="cancel"),), cancel_grace=5.0
    )
    run.hand_out()
    run.feed(Requested(1000.0, "cancel", {}))
    run.end(run.running[0])
    restored(run)
    resume(run)
    run.hand_out()
    run.feed(Due(1005.5))
    assert run.running[0].stopping == "cancel"


def test_scopes_nested_fifty_deep_come_back() -> None:
    graph = Graph(nodes=(python("work"),))
    for _ in range(50):
        graph = Graph(nodes=(Node(id="box", type="container", graph=graph),))
    run = Simulation(to_definition(Workflow(name="w", graph=graph)))
    run.hand_out()
    restored(run)
    resume(run)
    run.run()
    assert len(run.order()) == 51


def test_a_plan_is_not_in_a_snapshot_but_subflows_that_were_read_are() -> None:
    below = to_definition(Workflow(name="below", graph=Graph(nodes=(python("inner"),))))
    workflow = Workflow(
        name="w", graph=Graph(nodes=(Node(id="sub", type="subflow", settings={"file": "below.yaml"}), python("other")))
    )
    run = Simulation(to_definition(workflow), subflows={"below.yaml": below}.__getitem__)
    run.step()
    state = restored(run)
    assert isinstance(state.definitions["below.yaml"], Plan)
    resume(run)
    run.run()
    assert "sub/inner" in run.order()


def test_a_control_node_with_a_rate_is_admitted_once_after_a_restore() -> None:
    body = Graph(nodes=(Node(id="w", type="wait", settings={"for": 60.0}),))
    box = Node(id="box", type="container", rate=Rate(count=1.0, per=1.0), graph=body)
    each = Node(id="each", type="foreach", settings={"items": "range(3)"}, max_concurrent=4, graph=Graph(nodes=(box,)))
    run = simulation(each)
    restored(run)
    resume(run)
    assert run.run().status == "completed"
