"""`wflow.engine.amend`: nodes and edges added to a run that is going on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.engine.conftest import definition_of
from tests.engine.test_simulate import SUBFLOW, Orderless, does, outcome, started_again, steps_of
from wflow.engine.amend import Refused, amended, standing_against
from wflow.engine.decide import decide
from wflow.engine.events import NodeCompleted, RunAmended
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Began, Due, Paused, Requested, Resumed
from wflow.model.definition import digest_of, from_definition, to_definition
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]


class Splittable(Orderless):
    """Draws workflows that can be run in two parts: no edge looks at what its source got."""

    def edge(self, source: str, target: str, kind: str) -> dict[str, Any]:
        edge = super().edge(source, target, kind)
        if edge.get("condition") == "input.nowhere":
            edge["condition"] = "output.nowhere"
        return edge


def split(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A drawn workflow's first part, and the whole of it. Some edges within the first part are left for the second."""
    random = Random(seed)
    whole = Splittable(seed).workflow()
    names = [name for name in whole["nodes"] if not name.endswith(("_instead", "_undo"))]
    first = set(names[: random.randint(1, len(names) - 1)])
    first |= {f"{name}_{aside}" for name in first for aside in ("instead", "undo")}
    order = sorted(whole["nodes"], key=lambda name: name not in first)
    entered: set[str] = set()
    now: list[dict[str, Any]] = []
    later: list[dict[str, Any]] = []
    for edge in whole["edges"]:
        put_off = edge["target"] in entered and random.random() < 0.2
        (later if edge["target"] not in first or put_off else now).append(edge)
        entered.add(edge["target"])
    nodes = {name: whole["nodes"][name] for name in order}
    part = {**whole, "nodes": {name: nodes[name] for name in order if name in first}, "edges": now}
    whole = {**whole, "nodes": nodes, "edges": now + later}
    return to_definition(from_definition(part)), to_definition(from_definition(whole))


def request(run: Simulation, definition: dict[str, Any]) -> dict[str, Any]:
    """What is asked of a run that is to become ``definition``."""
    return {"definition": definition, "base": digest_of(to_definition(run.state.plan.workflow))}


def simulation(definition: dict[str, Any], random: Random) -> Simulation:
    return Simulation(
        definition,
        work=in_any_order,
        workers=random.randint(1, 5),
        choose=random.randrange,
        subflows={"below.yaml": SUBFLOW}.__getitem__,
    )


def in_any_order(activation: Activation, given: dict[str, Any]) -> Did:
    """What an attempt does, whichever of several failures came first and is what it hears of."""
    return does(activation, without_errors(given))


def without_errors(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_errors(inner) for key, inner in value.items() if "error" not in key and key != "attempts"}
    return [without_errors(inner) for inner in value] if isinstance(value, list) else value


def told(run: Simulation) -> tuple[Any, dict[str, Any]]:
    """How the run came out, and what each address gave last."""
    completed = [event for event in run.events if isinstance(event, NodeCompleted)]
    return outcome(run), {event.address: without_errors(event.output) for event in completed}


def in_two_parts(seed: int) -> tuple[Simulation, dict[str, Any], Random] | None:
    """A run of the first part, amended at a random step; None where an edge came too late."""
    random = Random(seed)
    part, whole = split(seed)
    alone = simulation(part, Random(seed))
    alone.run()
    run = simulation(part, random)
    run.run(random.randrange(steps_of(alone)))
    asked = request(run, whole)
    try:
        if run.state.finished:
            return None
        amended(run.state, asked)
    except Refused:
        return None
    run.feed(Requested(run.state.now, "amend", asked))
    assert run.state.plan.workflow == from_definition(whole)
    return run, whole, random


def crash_behind(run: Simulation, payload: bytes, position: int) -> None:
    """Crash, and take the run up from a snapshot and what the journal has behind it: all that is told is kept."""
    began = run.stimuli[0]
    assert isinstance(began, Began)
    restored = restore(began, payload, lambda digest: {})
    assert restored is not None
    run.state = restored[0]
    for stimulus in run.stimuli[position:]:
        run.events += decide(run.state, stimulus).events
    run.running = []
    if not run.state.finished:
        run.feed(Resumed(run.state.now, crashed=True, options={}))


@pytest.mark.parametrize("block", range(10))
def test_a_run_amended_at_any_step_ends_as_if_it_had_been_whole_from_the_start(block: int) -> None:
    amendments = 0
    for seed in range(block * 40, block * 40 + 40):
        found = in_two_parts(seed)
        if found is None:
            continue
        run, whole, random = found
        amendments += 1
        expected = simulation(whole, Random(seed))
        expected.run()
        run.run(random.randrange(6))
        if not run.state.finished and random.random() < 0.7:
            run.hand_out()
            if random.random() < 0.5:
                run.crash()
            else:
                payload, position = dump(run.state, {}), len(run.stimuli)
                run.run(random.randrange(4))
                if not run.state.finished:
                    crash_behind(run, payload, position)
        run.run()
        assert told(run) == told(expected), f"seed {seed}"
        assert not started_again(run), f"seed {seed}"
    assert amendments > 15


@pytest.fixture
def add(tmp_path: Path) -> Callable[[Simulation, str], None]:
    """``add(run, text)``: have the run become the workflow in ``text``, which has its nodes and edges first."""

    def amend(run: Simulation, text: str) -> None:
        asked = request(run, definition_of(text, tmp_path))
        amended(run.state, asked)
        run.feed(Requested(run.state.now, "amend", asked))

    return amend


Add = Callable[[Simulation, str], None]

TWO = "a: {type: python, script: pass}, slow: {type: python, script: pass}"
ONE = f"nodes: {{{TWO}}}\n"
MORE = f"nodes: {{{TWO}, new: {{type: python, script: pass%s}}}}\n"


def after_a(simulate: Works, **given: Any) -> Simulation:
    """A run of ``a`` and ``slow`` side by side, of which ``a`` has ended."""
    run = simulate(ONE, **given)
    run.step()
    return run


def test_a_new_node_without_a_way_to_it_starts_at_once(simulate: Works, add: Add) -> None:
    run = simulate(ONE, parameters={"p": 1})
    add(run, MORE % "")
    assert run.events[-1] == RunAmended(run.state.now, "simulated", run.events[-1].graph)  # type: ignore[union-attr]
    run.run()
    assert run.order() == ["a", "slow", "new"]
    assert run.inputs["new#1"] == {"p": 1}


def test_a_node_that_completed_sends_its_output_along_a_new_edge(simulate: Works, add: Add) -> None:
    run = after_a(simulate, a={"x": 7})
    add(run, MORE % "" + "edges: [a -> new]")
    run.run()
    assert run.inputs["new#1"] == {"x": 7}


def test_a_node_that_failed_sends_its_error_and_is_handled_by_it(simulate: Works, add: Add) -> None:
    run = after_a(simulate, a=Did("failed", failure=("OSError", "gone")))
    add(run, MORE % "" + "edges: [{from: a, to: new, trigger: fail}]")
    amendment = next(event for event in run.events if isinstance(event, RunAmended))
    assert amendment.handled == ("a",)
    run.run()
    assert run.inputs["new#1"]["error_message"] == "gone"
    assert run.inputs["new#1"]["attempts"] == 1
    assert run.state.status == "completed"


@pytest.mark.parametrize("edge", ["{from: a, to: new, trigger: fail, handles: false}", "{from: a, to: new}"])
def test_a_failure_that_no_new_edge_handles_fails_the_run(edge: str, simulate: Works, add: Add) -> None:
    run = after_a(simulate, a=Did("failed"))
    add(run, MORE % "" + f"edges: [{edge}]")
    run.run()
    assert run.state.status == "failed"
    assert run.statuses()["new"] == ("completed" if "handles" in edge else "skipped")


def test_of_two_failures_the_one_that_stays_is_what_the_run_reports(simulate: Works, add: Add) -> None:
    three = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}, c: {type: python, script: pass}"
    run = simulate(three + "}\n", a=Did("failed"), b=Did("failed"))
    run.step()
    run.step()
    add(run, three + ", new: {type: noop}}\nedges: [{from: a, to: new, trigger: fail}]")
    run.run()
    assert run.state.error is not None
    assert run.state.error.address == "b"


def test_always_brings_how_a_node_ended_and_a_way_not_taken_brings_nothing(simulate: Works, add: Add) -> None:
    base = """
        nodes:
          a: {type: python, script: pass}
          c: {type: if, condition: 'false'}
          yes: {type: noop}
          slow: {type: python, script: pass}
        %s
        edges: [c.true -> yes%s]
        """
    run = simulate(base % ("", ""), a=Did("failed", failure=("OSError", "gone")))
    run.step()
    more = (
        "  one: {type: noop}\n          two: {type: noop}\n          three: {type: noop}\n          four: {type: noop}"
    )
    edges = (
        ", {from: a, to: one, trigger: always}, {from: yes, to: two, trigger: always}, c.false -> three, c.true -> four"
    )
    add(run, base % (more, edges))
    run.run()
    told = run.statuses()
    assert [told[name] for name in ("one", "two", "three", "four")] == ["completed", "skipped", "completed", "skipped"]
    assert run.output("one")["status"] == "failed"


def test_a_node_that_waits_waits_for_a_new_source_too(simulate: Works, add: Add) -> None:
    two = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}%s}\nedges: [a -> b%s]"
    run = simulate(two % ("", ""), a={"x": 1}, new={"y": 2}, workers=1)
    run.hand_out()
    add(run, two % (", new: {type: python, script: pass}", ", new -> b"))
    run.run()
    assert run.order() == ["a", "new", "b"]
    assert run.inputs["b#1"] == {"x": 1, "y": 2}


def test_a_node_that_was_not_handed_out_yet_waits_again(simulate: Works, add: Add) -> None:
    """Its entry in the queue of what is ready is void, and so is its place in the line for a pool."""
    base = """
        pools: {{p: 1}}
        nodes:
          a: {{type: python, script: pass, pool: p}}
          entry: {{type: python, script: pass, pool: p}}
          b: {{type: python, script: pass, pool: p}}
          {more}
        edges: [a -> b{edges}]
        """
    run = simulate(base.format(more="", edges=""), a={"x": 1}, new={"y": 2}, workers=1)
    run.hand_out()
    run.end(run.running[0])
    assert [act.id for act in run.state.activations.values() if act.status == "ready"] == ["entry#1", "b#1"]
    add(run, base.format(more="new: {type: python, script: pass, pool: p}", edges=", new -> entry, new -> b"))
    assert list(run.state.activations) == ["new#1"]
    run.crash()
    run.run()
    assert (run.state.status, run.order()) == ("completed", ["a", "new", "entry", "b"])
    assert run.inputs["b#1"] == {"x": 1, "y": 2}
    assert run.inputs["entry#1"] == {"y": 2}


def test_a_condition_on_a_late_edge_reads_the_output_that_was_kept(simulate: Works, add: Add) -> None:
    for limit, status in ((6, "completed"), (8, "skipped")):
        run = after_a(simulate, a={"x": 7})
        add(run, MORE % "" + f"edges: [{{from: a, to: new, condition: output.x > {limit}}}]")
        run.run()
        assert run.statuses()["new"] == status


def test_new_variables_have_their_first_value_and_old_ones_what_they_have(simulate: Works, add: Add) -> None:
    run = simulate("variables: {old: 0}\n" + ONE, a=Did(operations=(("set", "old", 5),)))
    run.step()
    text = MORE % "" + "edges: [{from: a, to: new, condition: variables.fresh == 3 and variables.old == 5}]"
    add(run, "variables: {old: 0, fresh: 3}\n" + text)
    run.run()
    assert run.statuses()["new"] == "completed"
    assert run.state.worlds[0].variables == {"old": 5, "fresh": 3}


def test_places_of_what_runs_are_still_held_and_new_pools_hold(simulate: Works, add: Add) -> None:
    base = "pools: {p: 1%s}\nnodes: {a: {type: python, script: pass, pool: p}%s}"
    new = "b: {type: python, script: pass, pool: p}, c: {type: python, script: pass, pool: q}"
    run = simulate(base % ("", ""))
    run.hand_out()
    add(run, base % (", q: 1", f", {new}, d: {{type: python, script: pass, pool: q}}"))
    run.hand_out()
    assert [activation.id for activation in run.running] == ["a#1", "c#1"]
    run.run()
    assert sorted(run.order()) == ["a", "b", "c", "d"]


def test_a_new_node_may_have_a_fallback_of_its_own(simulate: Works, add: Add) -> None:
    run = simulate(ONE, new=Did("failed"), instead={"v": 1})
    run.hand_out()
    two = MORE.replace("pass%s}}", "pass, fallback: instead}, instead: {type: python, script: pass}}")
    add(run, two)
    assert "instead" not in run.statuses()
    run.run()
    assert run.output("new") == {"v": 1}


def test_a_paused_run_takes_it_in_and_starts_nothing(simulate: Works, add: Add) -> None:
    run = after_a(simulate, a={"x": 1}, workers=1)
    run.feed(Requested(run.state.now, "pause", {}))
    run.feed(Paused(run.state.now))
    text = MORE.replace("pass%s}}", "pass}, b: {type: noop}, w: {type: wait, for: 5s}}") + "edges: [a -> b -> new]"
    add(run, text)
    run.run()
    assert {"b", "new", "w"}.isdisjoint(run.statuses())
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert (run.state.status, run.order()) == ("completed", ["a", "b", "slow", "new", "w"])


def test_a_run_may_be_amended_again(simulate: Works, add: Add) -> None:
    run = simulate(ONE)
    run.hand_out()
    add(run, MORE % "")
    add(run, MORE.replace("%s}}", "}, last: {type: noop}}") + "edges: [a -> last, new -> last]")
    run.crash()
    run.run()
    assert run.order()[-1] == "last"


def refused(run: Simulation, asked: dict[str, Any]) -> str:
    """Why the run does not take it; nothing of it may have changed then."""
    before = dump(run.state, {})
    with pytest.raises(Refused) as refusal:
        amended(run.state, asked)
    run.feed(Requested(run.state.now, "amend", asked))
    assert dump(run.state, {}) == before
    assert not any(isinstance(event, RunAmended) for event in run.events)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("edge", "why"),
    [
        ("a -> slow", "`slow` has started"),
        ("new -> a", "`a` has completed"),
        ("{from: a, to: new, condition: input.x == 1}", "`a` has completed: the input"),
        ("{from: loop, to: new, trigger: next}", "`loop` has completed: its iterations"),
    ],
)
def test_an_edge_that_comes_too_late_is_refused(edge: str, why: str, simulate: Works, tmp_path: Path) -> None:
    loop = ", loop: {type: foreach, items: 'range(2)', nodes: {x: {type: noop}}}}"
    run = simulate(ONE.replace("}}", "}" + loop))
    run.step()
    whole = definition_of(ONE.replace("}}", "}" + loop[:-1] + ", new: {type: noop}}") + f"edges: [{edge}]", tmp_path)
    assert why in refused(run, request(run, whole))


def test_a_node_that_waited_for_one_of_several_waits_for_no_more(simulate: Works, tmp_path: Path) -> None:
    base = f"nodes: {{{TWO}, b: {{type: python, script: pass, join: any}}%s}}\nedges: [a -> b, slow -> b%s]"
    run = simulate(base % ("", ""), workers=1)
    run.step()
    whole = definition_of(base % (", new: {type: noop}", ", new -> b"), tmp_path)
    assert refused(run, request(run, whole)) == "`b` has started: what the edge brings would be dropped"


def test_a_request_made_for_another_definition_is_refused(simulate: Works, tmp_path: Path, add: Add) -> None:
    run = simulate(ONE)
    run.hand_out()
    asked = request(run, definition_of(MORE % "", tmp_path))
    other = MORE.replace("new:", "other:") % ""
    add(run, other)
    with pytest.raises(Refused, match="has been changed since"):
        amended(run.state, asked)
    run.feed(Requested(run.state.now, "amend", asked))
    assert [node.id for node in run.state.plan.workflow.graph.nodes] == ["a", "slow", "other"]


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: None,
        lambda whole: [],
        lambda whole: {**whole, "nodes": 3},
        lambda whole: {**whole, "edges": [{"source": "a"}]},
        lambda whole: {**whole, "edges": [{"source": "a", "target": "nowhere"}]},
        lambda whole: {**whole, "nodes": dict(reversed(whole["nodes"].items()))},
        lambda whole: {**whole, "nodes": {**whole["nodes"], "a": {"type": "noop"}}},
        lambda whole: {**whole, "timeout": 3.0},
        lambda whole: {**whole, "nodes": {"new": {"type": "noop"}}},
        lambda whole: {**whole, "variables": [1]},
    ],
)
def test_a_definition_that_is_not_the_runs_own_and_more_is_refused(
    change: Callable[[Any], Any], simulate: Works, tmp_path: Path
) -> None:
    run = simulate(ONE)
    run.hand_out()
    asked = request(run, change(definition_of(MORE % "", tmp_path)))
    assert "definition" in refused(run, asked)
    assert refused(run, {}) == "its definition has been changed since the request was made"


def test_a_run_that_ends_takes_nothing_more(simulate: Works, tmp_path: Path) -> None:
    run = simulate(ONE)
    run.hand_out()
    assert standing_against(run.state) is None
    asked = request(run, definition_of(MORE % "", tmp_path))
    run.feed(Requested(run.state.now, "cancel", {}))
    assert refused(run, asked) == "it is coming to its end"
    run.run()
    assert refused(run, asked) == "it was cancelled"

    timed = simulate("timeout: 5s\n" + ONE)
    timed.hand_out()
    timed.feed(Due(timed.state.now + 6))
    assert standing_against(timed.state) == "it has timed out"
    done = simulate(ONE)
    done.run()
    assert standing_against(done.state) == "it has completed"


def test_a_snapshot_has_a_definition_of_its_own_only_once_it_was_changed(simulate: Works, add: Add) -> None:
    run = simulate(ONE)
    run.hand_out()
    assert json.loads(dump(run.state, {}))["redefined"] is None
    asked_files, asked_env = {"x.py": "0" * 64}, {"HOME": "here"}
    whole = request(run, {**to_definition(run.state.plan.workflow)})
    run.feed(Requested(run.state.now, "amend", {**whole, "files": asked_files, "env": asked_env}))
    began = run.stimuli[0]
    assert isinstance(began, Began)
    restored = restore(began, dump(run.state, {}), lambda digest: {})
    assert restored is not None
    assert (restored[0].files, restored[0].env) == (asked_files, asked_env) == (run.state.files, run.state.env)


def test_ten_thousand_nodes_are_added_within_the_time_that_a_plan_takes(simulate: Works, tmp_path: Path) -> None:
    run = simulate(ONE)
    run.hand_out()
    names = [f"n{number}" for number in range(10_000)]
    whole = to_definition(run.state.plan.workflow)
    whole = {**whole, "nodes": {**whole["nodes"], **{name: {"type": "noop"} for name in names}}}
    whole["edges"] = [{"source": "a", "target": name} for name in names]
    run.feed(Requested(run.state.now, "amend", request(run, whole)))
    assert run.state.root is not None
    assert run.state.root.unfinished == 10_002
    run.run()
    assert len(run.order()) == 10_002
