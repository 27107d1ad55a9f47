"""`wflow.store.memories`: what a revised run remembers, through a snapshot and through JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.memory import Memory
from wflow.engine.recall import fingerprint, kind_of
from wflow.engine.revision import begin_again
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Recalled, Resumed, Revised
from wflow.model import Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.store.memories import dump_memory, restore_memory
from wflow.store.snapshot import dump, restore

Work = Callable[[Activation, dict[str, Any]], Did]

DONE = Recalled(2.0, "a#1", 1, "all:x", "completed", {"n": 1}, (("set", "v", [1]), ("delete", "w", None)), None, 1.0)
FAILED = Recalled(3.0, "a#2", 3, "all:x", "failed", {}, (), ("OSError", "no line", "trace", 2), 1.5)
OTHER = Recalled(4.0, "each[0]/b#1", 1, "names:y", "completed", {}, (), None, 1.5)


def memory(*results: Recalled) -> Memory:
    made = Memory({"a": 2}, ("n", "m"), ("w",))
    for one in results:
        made.keep(one)
    return made


def through_json(made: Memory) -> Memory:
    table: list[Any] = []

    def write(value: Any) -> int:
        table.append(value)
        return len(table) - 1

    data = dump_memory(made, write)
    again, values = json.loads(json.dumps([data, table]))
    restored = restore_memory(again, values.__getitem__)
    assert restored is not None
    return restored


def noting(prints: dict[str, str]) -> Work:
    """What a node does that notes down its fingerprint, by activation."""

    def does(activation: Activation, given: dict[str, Any]) -> Did:
        prints[activation.id] = fingerprint(activation, kind_of(activation))
        return Did()

    return does


def test_no_memory_stays_none() -> None:
    assert dump_memory(None, lambda value: value) is None
    assert restore_memory(None, lambda value: value) is None


@pytest.mark.parametrize("results", [(), (DONE,), (DONE, FAILED), (FAILED, DONE, OTHER)])
def test_results_come_back_as_they_were_in_their_order(results: tuple[Recalled, ...]) -> None:
    before, after = memory(*results), through_json(memory(*results))
    assert after.results == before.results
    kept = [one for waiting in after.results.values() for given in waiting.values() for one in given]
    assert kept == list(results)
    assert all(type(one.operations) is tuple and all(type(each) is tuple for each in one.operations) for one in kept)


@pytest.mark.parametrize("telling", [True, False])
def test_all_else_that_counts_later_comes_back(telling: bool) -> None:
    before = memory()
    before.telling = telling
    after = through_json(before)
    assert (after.floors, after.again, after.begun, after.telling) == (
        {"a": 2},
        frozenset({"m", "n"}),
        frozenset({"w"}),
        telling,
    )


def test_a_run_from_a_snapshot_still_has_the_result_for_an_iteration_that_opens_later() -> None:
    body = Graph(nodes=(Node(id="put", type="python", settings={"script": "pass"}),), edges=())
    loop = Node(id="each", type="foreach", settings={"items": "range(3)"}, max_concurrent=1, graph=body)
    definition = to_definition(Workflow(name="w", graph=Graph(nodes=(loop,), edges=())))
    prints: dict[str, str] = {}
    run = Simulation(definition, work=noting(prints))
    run.run()
    options = {"max_concurrency": 4, "workers": 4, "breakers": True}
    revised = Revised(1001.0, definition, {}, {}, {}, options, {}, (), (), "", {})
    began, run.state, _ = begin_again("simulated", 1000.0, 0, revised)
    run.events, run.inputs = [], {}
    run.feed(Recalled(1001.0, "each[2]/put#1", 1, prints["each[2]/put#1"], "completed", {}, (), None, 1000.5))
    run.feed(Resumed(2000.0, crashed=False, options={}))
    again = restore(began, dump(run.state, {}), lambda digest: {})
    assert again is not None
    run.state = again[0]
    run.run()
    assert run.state.status == "completed"
    assert list(run.inputs) == ["each[0]/put#1", "each[1]/put#1"]
    assert run.order() == ["each[0]/put", "each[1]/put", "each[2]/put", "each"]
