"""`wflow.engine.edges`: edges switched while the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.engine.test_simulate import SUBFLOW, Workflows, does, outcome, started_again, steps_of
from wflow.engine.edges import as_switched, read_switch, switch
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Switch
from wflow.engine.stimuli import Began, Requested, Resumed
from wflow.model.walk import all_graphs
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]


def ask(run: Simulation, text: str, *, on: bool, way: Any = (), trigger: str | None = None) -> None:
    """Have ``a.port -> b`` in the graph at ``way`` switched, as the journal would have it."""
    source, target = text.split(" -> ")
    name, _, port = source.partition(".")
    told = {"source": name, "port": port or None, "target": target, "trigger": trigger, "enabled": on}
    run.feed(Requested(run.state.now, "edge", {"way": [list(step) for step in way], **told}))


def snapshot(run: Simulation) -> None:
    """Have the run go on from a snapshot."""
    began = run.stimuli[0]
    assert isinstance(began, Began)
    restored = restore(began, dump(run.state, {}), lambda digest: {})
    assert restored is not None
    run.state = restored[0]
    run.running = []
    run.feed(Resumed(run.state.now, crashed=True, options={}))


TWO = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"


def test_an_edge_that_is_switched_off_before_its_source_ends_closes_as_not_taken(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    ask(run, "a -> b", on=False)
    run.run()
    assert run.statuses() == {"a": "completed", "b": "skipped"}
    assert run.state.status == "completed"


def test_an_edge_that_failed_and_is_off_breaks_nothing(simulate: Works) -> None:
    run = simulate(
        """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          c: {type: python, script: pass}
        edges: [a -> c, b -> c]
        """,
        a=Did("failed"),
    )
    run.hand_out()
    ask(run, "a -> c", on=False)
    run.run()
    assert run.statuses() == {"a": "failed", "b": "completed", "c": "completed"}


def test_an_edge_that_a_file_has_off_can_be_switched_on(simulate: Works) -> None:
    text = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\n"
    run = simulate(text + "edges: [{from: a, to: b, enabled: false}]")
    run.hand_out()
    ask(run, "a -> b", on=True)
    run.run()
    assert run.order() == ["a", "b"]


def test_the_last_word_counts(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    for on in (False, True, False, True):
        ask(run, "a -> b", on=on)
    assert len(run.state.switches) == 1
    run.run()
    assert run.order() == ["a", "b"]


def test_an_edge_whose_source_is_done_stays_as_it_was(simulate: Works) -> None:
    run = simulate(TWO)
    run.step()
    ask(run, "a -> b", on=False)
    assert not run.state.switches
    run.run()
    assert run.order() == ["a", "b"]


def test_a_fail_edge_that_is_off_handles_nothing_and_is_told_apart_by_its_trigger(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, b: {type: python, script: pass, join: any}}
        edges: [{from: a, to: b}, {from: a, to: b, trigger: fail}]
        """
    run = simulate(text, a=Did("failed"))
    run.hand_out()
    ask(run, "a -> b", on=False, trigger="fail")
    run.run()
    assert run.statuses() == {"a": "failed", "b": "skipped"}
    assert run.state.status == "failed"

    other = simulate(text, a=Did("failed"))
    other.hand_out()
    ask(other, "a -> b", on=False, trigger="complete")
    other.run()
    assert other.state.status == "completed"

    both = simulate(text)
    both.hand_out()
    ask(both, "a -> b", on=False)
    both.run()
    assert both.statuses() == {"a": "completed", "b": "skipped"}


def test_a_port_is_part_of_the_edge(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, c: {type: if, condition: 'true'}, y: {type: noop}, n: {type: noop}}
        edges: [a -> c, c.true -> y, c.false -> n]
        """
    run = simulate(text)
    run.hand_out()
    ask(run, "c.false -> y", on=False)
    ask(run, "c -> y", on=False)
    ask(run, "c.true -> y", on=False)
    run.run()
    assert run.statuses()["y"] == "skipped"


LOOP = """
    nodes:
      load:
        type: foreach
        items: range(4)
        max_concurrent: 2
        nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
        edges: [a -> b]
    """


def test_all_iterations_are_meant_those_to_come_included(simulate: Works) -> None:
    run = simulate(LOOP)
    run.step()
    ask(run, "a -> b", on=False, way=[("load", None)])
    run.run()
    told = run.statuses()
    assert [told[f"load[{index}]/b"] for index in range(4)] == ["completed", "skipped", "skipped", "skipped"]


@pytest.mark.parametrize("index", [1, 3])
def test_one_iteration_is_meant_whether_it_has_begun_or_not(index: int, simulate: Works) -> None:
    run = simulate(LOOP)
    run.hand_out()
    ask(run, "a -> b", on=False, way=[("load", str(index))])
    run.run()
    told = run.statuses()
    assert [n for n in range(4) if told[f"load[{n}]/b"] == "skipped"] == [index]


def test_what_one_iteration_is_told_after_all_of_them_counts_for_it(simulate: Works) -> None:
    run = simulate(LOOP)
    run.hand_out()
    ask(run, "a -> b", on=False, way=[("load", None)])
    ask(run, "a -> b", on=True, way=[("load", "3")])
    run.run()
    told = run.statuses()
    assert [n for n in range(4) if told[f"load[{n}]/b"] == "completed"] == [3]


def test_a_container_and_a_subflow_are_told_before_they_begin(simulate: Works) -> None:
    run = simulate(
        """
        nodes:
          first: {type: python, script: pass}
          box:
            type: container
            nodes: {a: {type: noop}, b: {type: noop}}
            edges: [a -> b]
          sub: {type: subflow, file: below.yaml}
        edges: [first -> box, first -> sub]
        """,
        subflows={"below.yaml": "nodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]"},
    )
    run.hand_out()
    ask(run, "a -> b", on=False, way=[("box", None)])
    ask(run, "a -> b", on=False, way=[("sub", None)])
    run.run()
    told = run.statuses()
    assert (told["box/b"], told["sub/b"]) == ("skipped", "skipped")


def test_a_loop_in_a_loop_is_told_for_one_of_the_outer_iterations_and_all_of_the_inner(simulate: Works) -> None:
    run = simulate(
        """
        nodes:
          outer:
            type: foreach
            items: range(2)
            nodes:
              inner:
                type: foreach
                items: '["x", "y"]'
                key: item
                nodes: {a: {type: noop}, b: {type: noop}}
                edges: [a -> b]
          first: {type: python, script: pass}
        edges: [first -> outer]
        """
    )
    ask(run, "a -> b", on=False, way=[("outer", "1"), ("inner", None)])
    ask(run, "a -> b", on=False, way=[("outer", None), ("inner", "y")])
    run.run()
    told = run.statuses()
    skipped = [address for address, status in told.items() if status == "skipped"]
    assert skipped == ["outer[0]/inner[y]/b", "outer[1]/inner[x]/b", "outer[1]/inner[y]/b"]


def test_what_runs_again_is_told_what_was_said_meanwhile(simulate: Works) -> None:
    """An iteration that failed is taken up by a resume: it comes after the switch, as those yet to come did."""
    tries: list[int] = []

    def flaky(activation: Any, given: Any) -> Did:
        tries.append(1)
        return Did("failed" if len(tries) == 1 else "completed")

    run = simulate(LOOP.replace("max_concurrent: 2", "max_concurrent: 1"), a=flaky)
    run.step()
    ask(run, "a -> b", on=False, way=[("load", None)])
    run.run()
    assert run.state.status == "failed"
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert run.state.status == "completed"
    assert {run.statuses()[f"load[{index}]/b"] for index in range(4)} == {"skipped"}


@pytest.mark.parametrize("keep", [Simulation.crash, snapshot])
def test_a_resume_knows_what_was_told_before(keep: Callable[[Simulation], None], simulate: Works) -> None:
    run = simulate(
        LOOP + "  first: {type: python, script: pass}\n      last: {type: noop}\n    edges: [first -> last]\n"
    )
    run.hand_out()
    ask(run, "a -> b", on=False, way=[("load", None)])
    ask(run, "first -> last", on=False)
    keep(run)
    run.run()
    told = run.statuses()
    assert {told[f"load[{index}]/b"] for index in range(4)} == {"skipped"}
    assert told["last"] == "skipped"


@pytest.mark.parametrize("keep", [Simulation.crash, snapshot])
def test_drawn_switches_are_the_same_to_a_resume(keep: Callable[[Simulation], None]) -> None:
    for seed in range(60):
        alone, whole, crashed = (_drawn(seed) for _ in range(3))
        alone.run()
        steps = Random(seed).randrange(steps_of(alone))
        for run in (whole, crashed):
            run.run(steps)
            _switch_some(run, Random(seed))
        if not crashed.state.finished:
            keep(crashed)
        whole.run()
        crashed.run()
        assert outcome(crashed) == outcome(whole), f"seed {seed}"
        assert not started_again(crashed), f"seed {seed}"


def _drawn(seed: int) -> Simulation:
    run = Simulation(
        Workflows(seed).workflow(), work=does, workers=10_000, subflows={"below.yaml": SUBFLOW}.__getitem__
    )
    run._choose = lambda count: min(range(count), key=lambda number: run.running[number].seq)
    return run


def _switch_some(run: Simulation, random: Random) -> None:
    """Switch some edges of some graphs, as `deploy/a -> b` and `load/a -> b` do."""
    for graph, owner in all_graphs(run.state.plan.workflow.graph):
        path = owner.path[1::2] if owner is not None else ()
        for edge in graph.edges:
            if random.random() < 0.3 and not run.state.finished:
                name = f"{edge.source}{f'.{edge.port}' if edge.port else ''} -> {edge.target}"
                ask(run, name, on=not edge.enabled, way=[(str(step), None) for step in path])


def test_what_makes_no_sense_changes_nothing(simulate: Works) -> None:
    run = simulate(TWO)
    run.hand_out()
    before = dump(run.state, {})
    for arguments in (
        {},
        {"way": 3, "source": "a", "target": "b", "enabled": False},
        {"way": [["x"]], "source": "a", "target": "b", "enabled": False},
        {"way": [], "source": "a", "target": "b", "port": ["b"], "enabled": False},
        {"way": [], "source": "a", "target": "nowhere", "enabled": False},
        {"way": [], "source": "nowhere", "target": "b", "enabled": False},
    ):
        switch(run.state, arguments)
    assert dump(run.state, {}) == before
    run.run()
    assert run.order() == ["a", "b"]


def test_the_order_of_a_sequence_is_no_edge(simulate: Works) -> None:
    run = simulate("nodes: {box: {type: container, mode: sequential, nodes: {a: {type: noop}, b: {type: noop}}}}")
    ask(run, "a -> b", on=False, way=[("box", None)])
    assert run.statuses()["box/b"] == "completed"


def test_a_switch_is_read_as_it_was_written() -> None:
    named = Switch((("load", "17"), ("box", None)), "a", "true", "b", None)
    told = {**named._asdict(), "way": [["load", "17"], ["box", None]], "enabled": True}
    assert read_switch(told) == (named, True)


def test_a_definition_shows_its_edges_as_they_are_now(simulate: Works) -> None:
    run = simulate(
        LOOP + "  first: {type: python, script: pass}\n      last: {type: noop}\n    edges: [first -> last]\n"
    )
    run.hand_out()
    assert as_switched(run.state) is run.state.plan.workflow
    ask(run, "a -> b", on=False, way=[("load", None)])
    ask(run, "first -> last", on=False)
    drawn = as_switched(run.state)
    assert [edge.enabled for graph, _ in all_graphs(drawn.graph) for edge in graph.edges] == [False, False]
    ask(run, "first -> last", on=True)
    ask(run, "a -> b", on=True, way=[("load", "2")])
    drawn = as_switched(run.state)
    assert [edge.enabled for graph, _ in all_graphs(drawn.graph) for edge in graph.edges] == [True, False]
