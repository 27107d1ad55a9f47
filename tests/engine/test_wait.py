"""`wflow.engine.wait`: waiting for time, for an expression, for a signal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.decide import next_due
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Requested

Works = Callable[..., Simulation]


def signal(run: Simulation, name: str, data: Any = None) -> None:
    run.feed(Requested(run.state.now, "signal", {"name": name, "data": data}))


def test_a_wait_for_a_time_ends_when_it_is_over(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: wait, for: 10m}}")
    assert next_due(run.state) == 1600.0
    run.feed(Due(1599.9))
    assert not run.state.finished
    run.feed(Due(1600.0))
    assert run.state.status == "completed"


def test_a_clock_that_jumps_fires_each_missed_time_once(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: wait, for: 1m}, b: {type: wait, for: 2m}}")
    run.feed(Due(99_999.0))
    assert run.order() == ["a", "b"]


WAITS = """
    nodes: {a: {type: wait, signal: go}, b: {type: wait, signal: go}, t: {type: python, script: pass}}
    edges: [a -> t]
"""


@pytest.mark.parametrize(("data", "output"), [({"x": 1}, {"x": 1}), (5, {"data": 5}), (None, {}), ([1], {"data": [1]})])
def test_a_signal_wakes_the_oldest_wait_with_its_data(simulate: Works, data: Any, output: Any) -> None:
    run = simulate(WAITS)
    signal(run, "other")
    assert not run.step()
    signal(run, "go", data)
    run.run()
    assert run.order() == ["a", "t"]
    assert run.output("a") == run.inputs["t#1"] == output
    signal(run, "go")
    assert run.state.status == "completed"


def test_a_signal_that_comes_first_is_kept_in_order(simulate: Works) -> None:
    text = """
        nodes:
          first: {type: python, script: pass}
          a: {type: wait, signal: go}
          b: {type: wait, signal: go}
        edges: [first -> a -> b]
        """
    run = simulate(text)
    signal(run, "go", 1)
    signal(run, "go", 2)
    run.run()
    assert (run.output("a"), run.output("b")) == ({"data": 1}, {"data": 2})


@pytest.mark.parametrize("crash", [False, True])
def test_signals_and_waits_outlive_a_crash(simulate: Works, crash: bool) -> None:
    run = simulate(WAITS)
    if crash:
        run.crash()
    signal(run, "go", 1)
    if crash:
        run.crash()
    signal(run, "go", 2)
    run.run()
    assert (run.state.status, run.output("b")) == ("completed", {"data": 2})


def test_a_signal_passes_over_a_wait_that_timed_out(simulate: Works) -> None:
    text = "nodes: {a: {type: wait, signal: go, timeout: 5s}, b: {type: wait, signal: go}, t: {type: noop}}"
    run = simulate(text + "\nedges: [{from: a, to: t, trigger: fail}]")
    run.feed(Due(1006.0))
    signal(run, "go")
    assert run.statuses() == {"a": "failed", "t": "completed", "b": "completed"}
    assert run.state.status == "completed"


UNTIL = """
    variables: {n: 0}
    nodes:
      a: {type: wait, until: UNTIL}
      work: {type: python, script: pass}
      more: {type: python, script: pass}
    edges: [work -> more]
"""


def test_an_until_is_looked_at_when_variables_change(simulate: Works) -> None:
    run = simulate(UNTIL.replace("UNTIL", "variables.n >= 2"), workers=1, **dict.fromkeys(["work", "more"], ADDS))
    run.step()
    assert "a" not in run.order()
    run.run()
    assert run.order() == ["work", "more", "a"]


ADDS = Did(operations=(("add", "n", 1),))


def test_an_until_is_looked_at_when_a_subflow_hands_a_variable_back(simulate: Works) -> None:
    text = """
        variables: {n: 0}
        nodes:
          a: {type: wait, until: variables.n == 7}
          sub: {type: subflow, file: below.yaml, outputs: {n: seven}}
        """
    below = "nodes: {x: {type: noop}}\noutputs: {seven: 3 + 4}"
    run = simulate(text, subflows={"below.yaml": below})
    run.run()
    assert run.order() == ["sub/x", "sub", "a"]


@pytest.mark.parametrize(
    ("until", "at"),
    [("1250", 1250.0), ('"1970-01-01T00:20:00Z"', 1200.0), ('"1970-01-01T00:20:00"', 1200.0), ("5", 1000.0)],
)
def test_an_until_may_be_a_time(simulate: Works, until: str, at: float) -> None:
    run = simulate(f"nodes: {{a: {{type: wait, until: '{until}'}}}}")
    run.run()
    assert run.state.status == "completed"
    assert run.state.now == at


def test_an_until_that_reads_the_clock_is_looked_at_every_second(simulate: Works) -> None:
    run = simulate('nodes: {a: {type: wait, until: "now() > 1003.5"}}')
    run.run()
    assert run.state.status == "completed"
    assert run.state.now == 1004.0


@pytest.mark.parametrize("until", ['"tomorrow"', "null", "[1]"])
def test_an_until_that_is_no_time_fails_the_wait(simulate: Works, until: str) -> None:
    run = simulate(f"nodes: {{a: {{type: wait, until: '{until}'}}}}")
    run.run()
    assert run.state.error is not None
    assert run.state.error.type == "ExpressionError"


def test_a_wait_that_holds_a_place_keeps_it_as_long_as_it_waits(simulate: Works) -> None:
    text = """
        pools: {p: 1}
        nodes:
          a: {type: wait, for: 5s, pool: p}
          b: {type: python, script: pass, pool: p}
        """
    run = simulate(text)
    run.run()
    assert run.order() == ["a", "b"]
