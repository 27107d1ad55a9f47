"""`wflow.runner.edges`: an edge as it is written, found in a run, or refused with a cure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.conftest import simulate as simulate  # noqa: PLC0414 - a fixture of the engine's tests
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Switch
from wflow.engine.stimuli import Requested
from wflow.errors import UsageError
from wflow.runner.edges import request_for, switch_named

Works = Callable[..., Simulation]


@pytest.mark.parametrize(
    ("text", "way", "ends"),
    [
        ("a -> b", (), ("a", None, "b")),
        ("  a->b ", (), ("a", None, "b")),
        ("check.true -> load", (), ("check", "true", "load")),
        ("deploy/a -> b", (("deploy", None),), ("a", None, "b")),
        ("deploy/a -> deploy/b", (("deploy", None),), ("a", None, "b")),
        ("load[17]/a.x -> b", (("load", "17"),), ("a", "x", "b")),
        ("load[17]/in/a -> load[17]/in/b", (("load", "17"), ("in", None)), ("a", None, "b")),
        ("load[x -> y.z]/a -> b", (("load", "x -> y.z"),), ("a", None, "b")),
        ("os-update -> b-c", (), ("os-update", None, "b-c")),
    ],
)
def test_an_edge_is_read_as_a_file_has_it_with_the_way_to_its_graph(text: str, way: Any, ends: Any) -> None:
    assert switch_named(text, "fail") == Switch(way, ends[0], ends[1], ends[2], "fail")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no `->` in it"),
        ("a", "there is no `->` in it"),
        ("a -> b -> c", "it names several edges"),
        ("a -> [b, c]", "names several edges"),
        ("a -> ", "nothing where a node's id should be"),
        ("-> b", "`-` where a node's id should be"),
        ("a -> b.x", "a port belongs to a source"),
        ("a -> deploy/b", "different graphs"),
        ("x/a -> y/b", "different graphs"),
        ("load[1]/a -> load/b", "different graphs"),
        ("a b -> c", "`b` where `->` should be"),
        ("a\x1b[2J -> b", "is no edge"),
        ("load[1/a -> b", "`load[1` is no address"),
        ("x//a -> b", "`x/` is no address"),
    ],
)
def test_what_is_no_single_edge_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError) as refusal:
        switch_named(text, None)
    assert why in refusal.value.message
    assert refusal.value.cure is not None


ALL = """
    nodes:
      first: {type: python, script: pass}
      check: {type: if, condition: 'true'}
      yes: {type: noop}
      seq: {type: container, mode: sequential, nodes: {a: {type: python, script: pass}, b: {type: noop}}}
      box:
        type: container
        nodes: {a: {type: python, script: pass}, b: {type: noop}, c: {type: noop}}
        edges: [a -> b, {from: a, to: b, trigger: fail}, b -> c]
      load:
        type: foreach
        items: range(4)
        max_concurrent: 2
        nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
        edges: [a -> b]
      keyed:
        type: foreach
        items: '["x", "y", "z"]'
        key: item
        max_concurrent: 1
        nodes: {a: {type: python, script: pass}, b: {type: noop}}
        edges: [a -> b]
      again:
        type: while
        condition: 'true'
        nodes: {a: {type: python, script: pass}, b: {type: noop}}
        edges: [a -> b]
      later: {type: container, nodes: {a: {type: noop}, b: {type: noop}}, edges: [a -> b]}
      sub: {type: subflow, file: below.yaml}
    edges: [first -> check, check.true -> yes, yes -> later, yes -> sub]
    """


@pytest.fixture
def run(simulate: Works) -> Simulation:
    """All begins but what comes after ``first``; ``load[0]`` is over, ``load[1]`` at its ``b``."""
    made = simulate(
        ALL, workers=20, subflows={"below.yaml": "nodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]"}
    )
    made.hand_out()
    end(made, "load[0]/a", "load[1]/a", "load[0]/b")
    return made


def end(run: Simulation, *addresses: str) -> None:
    for address in addresses:
        run.end(next(one for one in run.running if one.address == address))
        run.hand_out()


@pytest.mark.parametrize(
    "text",
    [
        "first -> check",
        "check.true -> yes",
        "box/a -> b",
        "box/b -> c",
        "load/a -> b",
        "load[2]/a -> b",
        "load[3]/a -> b",
        "keyed/a -> b",
        "keyed[x]/a -> b",
        "keyed[z]/a -> b",
        "again/a -> b",
        "again[0]/a -> b",
        "again[7]/a -> b",
        "later/a -> b",
    ],
)
def test_an_edge_that_is_open_or_still_to_come_can_be_switched(text: str, run: Simulation) -> None:
    named = switch_named(text, None)
    asked = request_for(run.state, named, enabled=False)
    assert asked == {
        "what": "edge",
        "way": [list(step) for step in named.way],
        "source": named.source,
        "port": named.port,
        "target": named.target,
        "trigger": None,
        "enabled": False,
    }


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        ("frist -> check", "run simulated has no node `frist`", "did you mean `first`?"),
        ("first -> zzzzzz", "run simulated has no node `zzzzzz`", "there are `first`, `check`"),
        ("boxx/a -> b", "run simulated has no node `boxx`", "did you mean `box`?"),
        ("box/q -> b", "run simulated has no node `box/q`", "there are `a`, `b` and `c`"),
        ("first -> yes", "run simulated has no edge `first -> yes`", "there is `first -> check`"),
        (
            "check -> yes",
            "run simulated has no edge `check -> yes`",
            "there is `check.true -> yes` with trigger complete",
        ),
        ("first/a -> b", "`first` in run simulated has no graph of its own: it is of type python", None),
        (
            "sub/a -> b",
            "the file of the subflow `sub` in run simulated is known only while it runs",
            "once it has started",
        ),
        ("seq/a -> b", "`seq` runs its nodes one after the other", "`mode: graph`"),
        ("box[1]/a -> b", "`box` in run simulated is no loop and has no iteration `1`", None),
        ("load[17]/a -> b", "`load` in run simulated has no iteration `17` that runs or is still to come", None),
        ("load[0]/a -> b", "has no iteration `0` that runs or is still to come", None),
        ("load[x]/a -> b", "has no iteration `x` that runs or is still to come", None),
        ("keyed[q]/b -> a", "run simulated has no edge `keyed[q]/b -> a`", None),
        ("load[1]/a -> b", "the edge has closed in run simulated: `load[1]/a` has completed", None),
        ("yes -> first", "run simulated has no edge `yes -> first`", "there are `yes -> later` and `yes -> sub`"),
    ],
)
def test_what_cannot_be_switched_is_refused_with_a_cure(
    text: str, message: str, cure: str | None, run: Simulation
) -> None:
    with pytest.raises(UsageError) as refusal:
        request_for(run.state, switch_named(text, None), enabled=False)
    assert message in refusal.value.message
    assert (cure or "") in (refusal.value.cure or "")


def test_a_trigger_tells_edges_between_the_same_nodes_apart(run: Simulation) -> None:
    assert request_for(run.state, switch_named("box/a -> b", "fail"), enabled=True)["trigger"] == "fail"
    with pytest.raises(UsageError) as refusal:
        request_for(run.state, switch_named("box/a -> b", "always"), enabled=True)
    assert refusal.value.message == "run simulated has no edge `box/a -> b` with trigger always"
    assert refusal.value.cure == "there is `box/a -> b` with trigger complete and fail"


def test_an_edge_whose_source_is_done_wherever_it_is_has_closed(run: Simulation) -> None:
    end(run, "first", "box/a", "load[1]/b", "load[2]/a", "load[3]/a")
    for text, why in (
        ("first -> check", "`first` has completed"),
        ("check.true -> yes", "`check` has completed"),
        ("box/a -> b", "`box` is over"),
        ("later/a -> b", "`later` is over"),
        ("load/a -> b", "`load/a` has completed"),
        ("load[3]/a -> b", "`load[3]/a` has completed"),
    ):
        with pytest.raises(UsageError, match="nothing would change") as refusal:
            request_for(run.state, switch_named(text, None), enabled=False)
        assert why in refusal.value.message


def test_what_may_begin_anew_has_not_closed(simulate: Works) -> None:
    run = simulate(
        """
        nodes:
          box:
            type: container
            retry: {max_attempts: 2, initial_delay: 5s}
            nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}
            edges: [a -> b]
        """,
        b=Did("failed"),
    )
    named = switch_named("box/a -> b", None)
    for _ in range(2):
        assert request_for(run.state, named, enabled=False)["enabled"] is False
        run.step()


def test_a_subflow_that_runs_has_its_edges(simulate: Works) -> None:
    below = "nodes: {a: {type: python, script: pass}, b: {type: noop}}\nedges: [a -> b]"
    run = simulate("nodes: {sub: {type: subflow, file: below.yaml}}", subflows={"below.yaml": below})
    run.step()
    run.hand_out()
    run.feed(
        Requested(run.state.now, **_parts(request_for(run.state, switch_named("sub/a -> b", None), enabled=False)))
    )
    run.run()
    assert run.statuses()["sub/b"] == "skipped"


def _parts(request: dict[str, Any]) -> dict[str, Any]:
    return {"what": request.pop("what"), "arguments": request}


def test_a_run_that_has_ended_has_no_open_edge(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]")
    run.run()
    with pytest.raises(UsageError, match="run simulated is completed: its edges have closed"):
        request_for(run.state, switch_named("a -> b", None), enabled=False)
