"""`wflow.runner.revise`: what stays of a run's past and what runs again; and that a revised run comes to what a fresh
one would have come to, on drawn workflows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.engine.conftest import definition_of
from tests.engine.test_simulate import SUBFLOW, Orderless, Workflows, steps_of
from tests.runner.revisions import Revised, planned, recorded, revised, simulated, works
from wflow.engine.decide import begin, decide
from wflow.engine.events import NodeCompleted, NodeStarted
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Began, Ended, Recalled, Requested, Started
from wflow.errors import UsageError
from wflow.ids import split_activation
from wflow.runner.again import Again
from wflow.runner.redefine import Revision
from wflow.runner.revise import Planned
from wflow.runner.revising import prepare
from wflow.store.codec import encode
from wflow.store.disk import DiskStore
from wflow.store.interface import RunStore
from wflow.store.memory import MemoryStore

Revise = Callable[..., tuple[Planned, Revised]]


@pytest.fixture
def runs(tmp_path: Path) -> MemoryStore:
    return MemoryStore(tmp_path / "memory")


@pytest.fixture
def ended(tmp_path: Path, runs: MemoryStore) -> Callable[..., tuple[Simulation, RunStore]]:
    """``ended("nodes: …", load=Did("failed"))``: a simulated run of that text, and its journal in a store."""

    def make(text: str, *, steps: int = 1000, parameters: dict[str, Any] | None = None, **does: Any) -> Any:
        def work(activation: Any, given: dict[str, Any]) -> Did:
            told = does.get(activation.node.plan.id, {})
            told = told(activation, given) if callable(told) else told
            return told if isinstance(told, Did) else Did(output=told)

        simulation = simulated(definition_of(text, tmp_path), work=work, parameters=parameters)
        simulation.run(steps)
        return simulation, recorded(simulation, runs.create("r"))

    return make


def without_scope_retries(graph: dict[str, Any]) -> dict[str, Any]:
    """What a scope that is open again does about failures, and places that it waits for, follow from no name."""
    for node in graph["nodes"].values():
        if node["type"] != "python":
            for key in ("retry", "pool", "max_concurrent", "rate"):
                node.pop(key, None)
        if "graph" in node:
            without_scope_retries(node["graph"])
    return graph


def outcome(simulation: Simulation) -> tuple[Any, ...]:
    state = simulation.state
    assert state.finished, f"{state.status}: {sorted(state.activations)}"
    return state.status, simulation.statuses(), state.outputs, state.worlds[0].variables


def addresses_of(simulation: Simulation) -> list[str]:
    """The addresses at which work or control has begun, in order; not what undoes others."""
    begun = {event.address for event in simulation.events if isinstance(event, NodeStarted)}
    return sorted(address for address in begun if not address.endswith("_undo"))


def named_by(plan: Planned) -> Again:
    again = Again()
    for group in plan.revised.plan["again"]:
        again.addresses.update([group["node"], *group["after"]])
    return again


@pytest.mark.parametrize("block", range(8))
def test_a_run_from_a_drawn_node_on_ends_as_a_fresh_one_and_runs_exactly_what_is_named(
    block: int, runs: MemoryStore
) -> None:
    for seed in range(block, 160, 8):
        whole = simulated(without_scope_retries(Orderless(seed).workflow()))
        whole.run()
        address = Random(seed).choice(addresses_of(whole))
        plan, again = revised(recorded(whole, runs.create(f"r{seed}")), address)
        again.run()
        assert outcome(again) == outcome(whole), f"seed {seed}, from {address}"
        started = {split_activation(ident)[0] for ident in again.started()}
        handed = {
            split_activation(ident)[0] for one in whole.stimuli if isinstance(one, Started) for ident in one.activations
        }
        named = named_by(plan)
        wanted = {one for one in handed if named.covers(one) or one in plan.revised.plan["unfinished"]}
        assert _work(started) == _work(wanted), f"seed {seed}, from {address}"


def _work(addresses: set[str]) -> set[str]:
    return {address for address in addresses if not address.endswith("_undo")}


@pytest.mark.parametrize("block", range(8))
def test_a_crash_in_a_revised_run_repeats_nothing_that_was_kept_or_has_ended_since(
    block: int, runs: MemoryStore
) -> None:
    for seed in range(block, 120, 8):
        whole = simulated(without_scope_retries(Orderless(seed).workflow()))
        whole.run()
        draw = Random(seed)
        address = draw.choice(addresses_of(whole))
        run = recorded(whole, runs.create(f"r{seed}"))
        plan, again = revised(run, address)
        again.run(draw.randrange(12))
        if not again.state.finished:
            again.hand_out()
        done = {one.activation for one in plan.told if isinstance(one, Recalled) and one.status == "completed"}
        done |= {one.activation for one in again.stimuli if isinstance(one, Ended) and one.status == "completed"}
        if again.state.finished:
            continue
        again.take_up(crashed=True)
        again.run()
        assert outcome(again) == outcome(whole), f"seed {seed}, from {address}"
        assert not done & set(again.started()), f"seed {seed}"


@pytest.mark.parametrize("block", range(8))
def test_an_update_that_changes_nothing_keeps_every_result_of_a_run_that_completed(
    block: int, runs: MemoryStore
) -> None:
    """Whatever the joins, triggers and cancellations were: what was told comes to the same, in the same order."""
    for seed in range(block, 240, 8):
        definition = Workflows(seed).workflow()
        whole = simulated(definition)
        whole.run()
        if whole.state.status != "completed" or not _reads_again(whole):
            continue
        _, plan = planned(recorded(whole, runs.create(f"r{seed}")), updated=definition)
        told = plan.revised.plan
        assert (plan.finished, plan.outputs) == ("completed", whole.state.outputs), f"seed {seed}"
        assert not (told["dropped"] or told["again"] or told["unfinished"] or told["moved"]), f"seed {seed}"


@pytest.mark.parametrize("block", range(8))
def test_an_update_of_a_run_that_was_interrupted_goes_on_to_the_same_end_and_repeats_nothing(
    block: int, runs: MemoryStore
) -> None:
    for seed in range(block, 160, 8):
        definition = without_scope_retries(Orderless(seed).workflow())
        whole = simulated(definition)
        whole.run()
        cut = simulated(definition)
        cut.run(Random(seed).randrange(steps_of(whole)))
        if cut.state.finished:
            continue
        cut.hand_out()
        plan, again = revised(recorded(cut, runs.create(f"r{seed}")), updated=definition)
        again.run()
        assert outcome(again) == outcome(whole), f"seed {seed}"
        kept = {one.activation for one in plan.told if isinstance(one, Recalled)}
        assert not kept & set(again.started()), f"seed {seed}"


def _reads_again(simulation: Simulation) -> bool:
    """Whether the journal read again gives the run there was."""
    began, *rest = simulation.stimuli
    assert isinstance(began, Began)
    state, _ = begin(began)
    for stimulus in rest:
        decide(state, stimulus)
    return state.status == simulation.state.status


go_on = partial(revised, work=works)

CHAIN = """
nodes:
  a: {type: python, script: pass}
  b: {type: python, script: pass}
  c: {type: python, script: pass}
  beside: {type: python, script: pass}
edges: [a -> b -> c, a -> beside]
"""


def test_what_is_named_and_what_comes_after_runs_again_under_new_numbers(ended: Any) -> None:
    _, run = ended(CHAIN, a={"x": 1})
    plan, again = go_on(run, "b")
    assert plan.revised.plan["again"] == [{"node": "b", "itself": True, "after": ["c"]}]
    assert plan.revised.plan["kept"] == {"nodes": 2, "activations": 2}
    again.run()
    assert again.started() == ["b#2", "c#2"]
    assert again.inputs["b#2"] == {"x": 1}


def test_a_second_revision_counts_on_and_keeps_what_the_first_one_kept(ended: Any) -> None:
    _, run = ended(CHAIN)
    _, first = go_on(run, "b")
    first.run()
    plan, second = go_on(run, "c")
    assert plan.revised.plan["kept"] == {"nodes": 3, "activations": 3}
    second.run()
    assert second.started() == ["c#3"]


def test_what_failed_runs_again_beside_what_is_named(ended: Any) -> None:
    _, run = ended(CHAIN, c=Did("failed"))
    plan, again = go_on(run, "beside")
    assert plan.revised.plan["unfinished"] == ["c"]
    again.run()
    assert sorted(again.started()) == ["beside#2", "c#2"]
    assert again.state.status == "failed" or again.statuses()["c"] == "completed"


LOOP = """
parameters: {names: {type: array, default: [a, b, c]}}
nodes:
  load:
    type: foreach
    items: params.names
    as: name
    nodes:
      first: {type: python, script: pass}
      insert: {type: python, script: pass}
    edges: [first -> insert]
  report: {type: python, script: pass}
edges: [load -> report]
"""
NAMES = {"names": ["a", "b", "c"]}


def fails_for(name: str) -> Callable[..., Did]:
    return lambda activation, given: Did("failed") if given["name"] == name else Did()


def test_an_iteration_runs_again_alone_with_what_comes_after_its_loop(ended: Any) -> None:
    _, run = ended(LOOP, parameters=NAMES)
    _, again = go_on(run, "load[1]/insert")
    again.run()
    assert again.started() == ["load[1]/insert#2", "report#2"]
    _, whole_item = go_on(run, "load[2]")
    whole_item.run()
    assert whole_item.started() == ["load[2]/first#2", "load[2]/insert#2", "report#3"]


def test_items_that_come_with_a_parameter_run_and_those_that_were_done_stay(ended: Any) -> None:
    _, run = ended(LOOP, parameters=NAMES)
    plan, again = go_on(run, parameters={"names": ["a", "b", "c", "d"]})
    again.run()
    assert sorted(again.started()) == ["load[3]/first#1", "load[3]/insert#1", "report#2"]
    assert plan.revised.plan["again"] == [{"node": "load", "itself": False, "after": ["report"]}]


def test_an_item_that_took_the_place_of_another_is_refused_with_the_iteration_to_name(ended: Any) -> None:
    _, run = ended(LOOP, parameters=NAMES)
    with pytest.raises(UsageError, match=r"another item now: load\[0\] \(its item\)") as refused:
        planned(run, parameters={"names": ["x", "b", "c"]})
    assert refused.value.cure == "`--from load[0]` runs it again, with what comes after"


def test_items_told_apart_by_a_key_are_found_by_it(ended: Any) -> None:
    _, run = ended(LOOP.replace("as: name\n", "as: name\n    key: name\n"), parameters=NAMES)
    plan, again = go_on(run, parameters={"names": ["c", "a"]})
    assert plan.revised.plan["dropped"] == ["load[b]/first", "load[b]/insert"]
    assert not again.started()


def test_a_loop_with_little_room_keeps_what_comes_after_an_iteration_that_runs_again(ended: Any) -> None:
    text = LOOP.replace("as: name\n", "as: name\n    max_concurrent: 1\n")
    _, run = ended(text, parameters=NAMES)
    plan, again = go_on(run, "load[0]/insert")
    assert plan.revised.plan["kept"]["activations"] == 5  # the loop itself is open
    again.run()
    assert again.started() == ["load[0]/insert#2", "report#2"]


UPDATED = LOOP.replace("insert: {type: python, script: pass}", "insert: {type: python, script: 'x = 1'}")


def test_a_loop_that_failed_takes_its_changed_body_for_the_items_that_are_not_done(ended: Any, tmp_path: Path) -> None:
    _, run = ended(LOOP, parameters=NAMES, insert=fails_for("b"))
    plan, again = go_on(run, updated=definition_of(UPDATED, tmp_path))
    assert plan.revised.plan["changed"] == [{"node": "load/insert", "why": ["its script"], "stay": 2}]
    again.run()
    assert again.started() == ["load[1]/insert#2", "report#1"]


def test_a_changed_node_that_something_is_still_to_follow_is_refused(ended: Any, tmp_path: Path) -> None:
    _, run = ended(LOOP, parameters=NAMES, insert=fails_for("b"))
    changed = definition_of(LOOP.replace("first: {type: python, script: pass}", "first: {type: noop}"), tmp_path)
    with pytest.raises(UsageError, match=r"there now: load\[1\]/first \(its type\)"):
        planned(run, updated=changed)
    _, plan = planned(run, "load[1]/first", updated=changed)
    assert plan.revised.plan["again"] == [{"node": "load[1]/first", "itself": True, "after": ["load[1]/insert"]}]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("b: {type: python, script: pass}", "b: {type: python, script: 'x = 1'}", r"b \(its script\)"),
        ("a -> b -> c", "a -> c", r"b \(what leads to it\), c \(what leads to it\)"),
        ("b: {type: python, script: pass}", "b: {type: python, script: pass, join: any}", r"b \(its join\)"),
    ],
)
def test_a_finished_node_that_differs_is_refused_with_what_differs(
    old: str, new: str, why: str, ended: Any, tmp_path: Path
) -> None:
    _, run = ended(CHAIN, beside=Did("failed"))
    updated = definition_of(CHAIN.replace(old, new), tmp_path)
    with pytest.raises(UsageError, match=why):
        planned(run, updated=updated)
    _, plan = planned(run, "b", updated=updated)
    assert "b" in named_by(plan).addresses


def test_what_does_not_matter_to_a_result_may_change(ended: Any, tmp_path: Path) -> None:
    _, run = ended(CHAIN, beside=Did("failed"))
    text = CHAIN.replace("b: {type: python,", "b: {type: python, title: B, timeout: 1h, retry: {max_attempts: 2},")
    _, plan = planned(run, updated=definition_of(text, tmp_path))
    assert plan.revised.plan["changed"] == []
    assert plan.revised.plan["kept"]["nodes"] == 3


def test_what_is_new_runs_and_what_is_gone_is_dropped(ended: Any, tmp_path: Path) -> None:
    _, run = ended(CHAIN)
    text = """
nodes:
  a: {type: python, script: pass}
  b: {type: python, script: pass}
  c: {type: python, script: pass}
  mail: {type: python, script: pass}
edges: [a -> b -> c -> mail]
"""
    plan, again = go_on(run, updated=definition_of(text, tmp_path))
    assert (plan.revised.plan["new"], plan.revised.plan["dropped"]) == (["mail"], ["beside"])
    again.run()
    assert (again.started(), again.state.status) == (["mail#1"], "completed")


def test_a_branch_that_is_chosen_otherwise_drops_the_other_and_runs_where_they_meet(ended: Any) -> None:
    text = """
parameters: {big: {type: boolean}}
nodes:
  choose: {type: if, condition: params.big}
  one: {type: python, script: pass}
  other: {type: python, script: pass}
  meet: {type: python, join: any, script: pass}
edges: [choose.true -> one -> meet, choose.false -> other -> meet]
"""
    _, run = ended(text, parameters={"big": True})
    plan, again = go_on(run, parameters={"big": False})
    assert plan.revised.plan["dropped"] == ["one"]
    again.run()
    assert again.started() == ["other#1", "meet#2"]


def test_variables_are_written_again_in_the_order_in_which_they_were(ended: Any) -> None:
    text = """
variables: {last: null, count: 0}
nodes:
  a: {type: python, script: pass}
  b: {type: python, script: pass}
  c: {type: python, script: pass}
edges: [a -> c]
"""
    writes = {name: Did(operations=(("set", "last", name), ("add", "count", 1))) for name in ("a", "b", "c")}
    whole, run = ended(text, **writes)
    assert whole.state.worlds[0].variables == {"last": "c", "count": 3}
    _, again = go_on(run, "c")
    assert again.state.worlds[0].variables == {"last": "b", "count": 2}


def test_an_edge_that_was_switched_off_stays_off(runs: MemoryStore, tmp_path: Path) -> None:
    run = simulated(definition_of(CHAIN, tmp_path), work=works)
    run.hand_out()
    off: dict[str, Any] = {"way": [], "source": "b", "port": None, "target": "c", "trigger": None, "enabled": False}
    run.feed(Requested(run.state.now, "edge", off))
    run.run()
    assert run.statuses() == {"a": "completed", "b": "completed", "beside": "completed", "c": "skipped"}
    _, again = go_on(recorded(run, runs.create("r")), "b")
    again.run()
    assert again.started() == ["b#2"]
    assert again.statuses() == run.statuses()


def test_a_handled_failure_stays_one_and_its_handler_does_not_run_again(ended: Any) -> None:
    text = """
nodes:
  risky: {type: python, script: pass}
  repair: {type: python, script: pass}
  last: {type: python, script: pass}
edges: [{from: risky, to: repair, trigger: fail}, repair -> last]
"""
    _, run = ended(text, risky=Did("failed", failure=("OSError", "gone")))
    _, again = go_on(run, "last")
    again.run()
    assert again.started() == ["last#2"]
    assert again.statuses() == {"risky": "failed", "repair": "completed", "last": "completed"}


def test_a_fallback_stays_what_stood_in(ended: Any) -> None:
    text = """
nodes:
  risky: {type: python, script: pass, fallback: instead, retry: {max_attempts: 2, initial_delay: 1s}}
  instead: {type: python, script: pass}
  last: {type: python, script: pass}
edges: [risky -> last]
"""
    _, run = ended(text, risky=Did("failed"), instead={"n": 7})
    _, again = go_on(run, "last")
    again.run()
    assert again.started() == ["last#2"]
    assert again.inputs["last#2"] == {"n": 7}
    _, from_it = go_on(run, "instead")
    from_it.run()
    assert from_it.started() == ["instead#2", "last#3"]


def test_what_runs_for_each_message_is_told_apart_by_what_it_got(ended: Any) -> None:
    text = """
nodes:
  load: {type: foreach, items: "['a', 'b', 'c']", nodes: {w: {type: python, script: pass}}}
  reads: {type: python, join: each, script: pass}
  last: {type: python, script: pass}
edges: [{from: load, to: reads, trigger: next}, reads -> last]
"""
    whole, run = ended(text, reads=lambda activation, given: {"got": given["item"]})
    _, again = go_on(run, "last")
    assert outputs_of(again, "reads") == outputs_of(whole, "reads")
    again.run()
    assert again.started() == ["last#2"]


def outputs_of(simulation: Simulation, address: str) -> dict[int, Any]:
    completed = [event for event in simulation.events if isinstance(event, NodeCompleted)]
    return {event.number: event.output for event in completed if event.address == address}


def test_later_iterations_of_a_while_follow_the_one_that_runs_again(ended: Any) -> None:
    text = """
nodes:
  count: {type: while, condition: iteration_index < 4, nodes: {w: {type: python, script: pass}}}
"""
    _, run = ended(text)
    _, again = go_on(run, "count[1]/w")
    again.run()
    assert again.started() == ["count[1]/w#2", "count[2]/w#2", "count[3]/w#2"]


def test_a_signal_is_waited_for_again_by_a_wait_that_runs_again_and_kept_for_one_that_stays(ended: Any) -> None:
    text = """
nodes:
  approve: {type: wait, signal: go}
  deploy: {type: python, script: pass}
  check: {type: python, script: pass}
edges: [approve -> deploy -> check]
"""
    whole, run = ended(text)
    recorded_so_far = len(whole.stimuli)
    whole.feed(Requested(1001.0, "signal", {"name": "go", "data": {"by": "me"}}))
    whole.run()
    for stimulus in whole.stimuli[recorded_so_far:]:
        run.append(encode(stimulus))
    _, stays = go_on(run, "check")
    stays.run()
    assert (stays.started(), stays.state.status) == (["check#2"], "completed")
    _, waits = go_on(run, "approve")
    waits.run()
    assert (waits.started(), waits.state.finished) == ([], False)


def test_a_wait_that_runs_again_waits_from_then_on(ended: Any) -> None:
    text = """
nodes:
  pause: {type: wait, for: 10m}
  after: {type: python, script: pass}
edges: [pause -> after]
"""
    _, run = ended(text)
    _, again = go_on(run, "pause")
    resumed_at = again.state.now
    (deadline,) = again.state.deadlines
    assert deadline[0] == resumed_at + 600


def test_time_limits_count_from_the_revision_on(ended: Any) -> None:
    text = """
timeout: 1h
nodes:
  box: {type: container, timeout: 30m, nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}}
"""
    _, run = ended(text, b=Did("failed"))
    _, again = go_on(run, "box/a")
    due = {kind: at - again.state.now for at, _, kind, _, _ in again.state.deadlines}
    assert due == pytest.approx({"run": 3600, "timeout": 1800})


def test_what_was_undone_runs_again(ended: Any) -> None:
    text = """
nodes:
  flight: {type: python, script: pass, compensate: give-back}
  give-back: {type: python, script: pass}
  pay: {type: python, script: pass}
  mail: {type: python, script: pass}
edges: [flight -> pay]
"""
    whole, run = ended(text, pay=Did("failed"))
    assert whole.state.undone == ["flight"]
    plan, again = go_on(run, "mail")
    assert plan.revised.plan["kept"]["activations"] == 0
    assert again.state.status == "running"
    again.run(2)
    assert {"flight#2", "mail#2"} <= set(again.started())


def test_a_subflow_is_kept_and_named_through(runs: MemoryStore) -> None:
    nodes = {"below": {"type": "subflow", "settings": {"file": "below.yaml"}}, "last": {"type": "python"}}
    definition = {"name": "outer", "nodes": nodes, "edges": [{"source": "below", "target": "last"}]}
    whole = simulated(definition, work=works)
    whole.run()
    run = recorded(whole, runs.create("r"))
    _, again = go_on(run, "below/second")
    again.run()
    assert again.started() == ["below/second#2", "last#2"]
    changed: dict[str, Any] = {**SUBFLOW, "nodes": {"first": {"type": "python"}, "second": {"type": "noop"}}}
    with pytest.raises(UsageError, match=r"below/second \(its type\)"):
        planned(run, updated=definition, below=changed)
    with pytest.raises(UsageError, match=r"below \(the outputs of its file\)"):
        planned(run, updated=definition, below={**SUBFLOW, "outputs": {"v": "nodes.first.output.v"}})


TEXT = """\
name: x
parameters: {names: {type: array, default: [a, b]}}
nodes:
  one: {type: python, script: 'output["n"] = 1'}
  two: {type: python, script: 'output["n"] = 2'}
  each: {type: foreach, items: params.names, nodes: {do: {type: python, script: pass}}}
  bad: {type: python, script: 'raise ValueError(1)'}
edges: [one -> two, two -> bad]
"""

Plan = Callable[..., Planned]


@pytest.fixture
def plan(ran: Callable[[str], None], store: DiskStore, tmp_path: Path) -> Plan:
    """``plan("two", updated=text, names=[…])``: the revision of the failed run of the workflow above."""
    ran(TEXT)

    def go(*again: str, updated: str | None = None, **given: Any) -> Planned:
        file = tmp_path / "now.yaml"
        file.write_text(updated or "", encoding="utf-8")
        revision = Revision(
            again=again,
            updated=file if updated else None,
            parameters=(lambda workflow: given) if given else None,
        )
        run = store.open("r")
        try:
            return prepare(run, revision, {}, 2000.0).planned
        finally:
            run.close()

    return go


def test_what_is_named_runs_again_with_what_comes_after_and_the_rest_stays(plan: Plan) -> None:
    revised = plan("two").revised
    assert revised.again == ("bad", "two")
    assert revised.plan["again"] == [{"node": "two", "itself": True, "after": ["bad"]}]
    assert revised.plan["kept"] == {"nodes": 3, "activations": 4}
    assert revised.plan["unfinished"] == []


def test_numbers_of_activations_go_on_where_they_were(plan: Plan) -> None:
    floors = plan("two").revised.floors
    assert (floors["two"], floors["bad"]) == (1, 1)
    assert "one" not in floors


def test_nodes_that_are_new_or_gone_are_told_and_a_result_of_what_is_gone_is_dropped(plan: Plan) -> None:
    text = TEXT.replace("  each:", "  more:")
    said = plan(updated=text).revised.plan
    assert (said["new"], said["dropped"][0]) == (["more"], "each")
    assert said["kept"] == {"nodes": 2, "activations": 2}
    assert said["unfinished"] == ["bad"]


def test_another_parameter_leaves_what_finished_and_a_loop_opens_for_its_new_item(plan: Plan) -> None:
    said = plan(names=["a", "b", "c"])
    assert said.finished == ""
    assert said.revised.parameters == {"names": ["a", "b", "c"]}
    kept = {one.activation for one in said.told if isinstance(one, Recalled)}
    assert {"one#1", "two#1", "each[0]/do#1", "each[1]/do#1"} <= kept


def test_an_iteration_that_would_be_about_another_item_is_refused(plan: Plan) -> None:
    with pytest.raises(UsageError, match=r"it would be about another item now: each\[0\] \(its item\)"):
        plan(names=["z", "b"])
    assert plan("each[0]", names=["z", "b"]).revised.again[0] == "each[0]"


def test_a_run_in_which_nothing_is_left_to_do_has_finished(plan: Plan) -> None:
    text = TEXT.replace("  bad: {type: python, script: 'raise ValueError(1)'}\n", "").replace(", two -> bad", "")
    planned = plan(updated=text)
    assert planned.finished == "completed"
    assert planned.revised.plan["dropped"] == ["bad"]
