"""`wflow.engine.activation`: failures handled and not, retries, fallbacks, time-outs of nodes, dead letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.events import MessageDeadLettered, NodeFailed, NodeRetrying
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Ended

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def failing(times: int, failure: Did = FAILS) -> Callable[..., Any]:
    """Work that fails that many times and then completes."""
    return lambda activation, given: failure if activation.attempt <= times else {"attempt": activation.attempt}


HANDLED = """
    nodes:
      a: {type: python, script: pass}
      handler: {type: python, script: pass}
      after: {type: python, script: pass}
    edges: [{from: a, to: handler, EDGE}, a -> after]
"""


@pytest.mark.parametrize(
    ("edge", "status"),
    [
        ("trigger: fail", "completed"),
        ("trigger: fail, handles: false", "failed"),
        ("trigger: always", "failed"),
        ("trigger: fail, enabled: false", "failed"),
        ("trigger: cancel", "failed"),
    ],
)
def test_a_failure_is_handled_by_a_fail_edge_that_took_it(simulate: Works, edge: str, status: str) -> None:
    run = simulate(HANDLED.replace("EDGE", edge), a=FAILS)
    run.run()
    assert run.state.status == status
    assert run.statuses()["after"] == "skipped"
    (failed,) = [event for event in run.events if isinstance(event, NodeFailed)]
    assert failed.handled == (status == "completed")


def test_a_handler_that_fails_too_fails_the_run_with_its_own_error(simulate: Works) -> None:
    run = simulate(HANDLED.replace("EDGE", "trigger: fail"), a=FAILS, handler=Did("failed", failure=("OSError", "too")))
    run.run()
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert run.state.error.address == "handler"


def test_a_handled_failure_merges_with_join_any(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          repair: {type: python, script: pass}
          merge: {type: python, script: pass, join: any}
        edges: [a -> merge, {from: a, to: repair, trigger: fail}, repair -> merge]
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert run.order() == ["repair", "merge"]
    assert run.state.status == "completed"


def test_the_first_failure_is_what_the_run_reports(simulate: Works) -> None:
    text = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}"
    run = simulate(text, a=FAILS, b=Did("failed", failure=("OSError", "later")))
    run.run()
    assert run.state.error is not None
    assert run.state.error.message == "broken"


RETRY = "nodes: {a: {type: python, script: pass, retry: {initial_delay: 1s, jitter: 0, POLICY}}}"


@pytest.mark.parametrize(
    ("policy", "fails", "status", "attempts"),
    [
        ("max_attempts: 3", 2, "completed", 3),
        ("max_attempts: 3", 3, "failed", 3),
        ("max_attempts: 1", 1, "failed", 1),
        ("max_attempts: 3, on: [ValueError]", 1, "completed", 2),
        ("max_attempts: 3, on: [OSError]", 1, "failed", 1),
        ("max_attempts: 3, not_on: [ValueError]", 1, "failed", 1),
        ("max_attempts: 3, not_on: [OSError]", 1, "completed", 2),
    ],
)
def test_a_retry_tries_again_what_its_policy_covers(
    simulate: Works, policy: str, fails: int, status: str, attempts: int
) -> None:
    run = simulate(RETRY.replace("POLICY", policy), a=failing(fails))
    run.run()
    assert run.state.status == status
    assert [stimulus.attempt for stimulus in run.stimuli if isinstance(stimulus, Ended)] == list(range(1, attempts + 1))


@pytest.mark.parametrize(
    ("strategy", "delays"),
    [("fixed", [1.0, 1.0, 1.0]), ("linear", [1.0, 2.0, 3.0]), ("exponential", [1.0, 2.0, 4.0])],
)
def test_a_retry_waits_as_its_strategy_says(simulate: Works, strategy: str, delays: list[float]) -> None:
    run = simulate(RETRY.replace("POLICY", f"max_attempts: 4, strategy: {strategy}"), a=failing(3))
    run.run()
    waited = [event.due - event.at for event in run.events if isinstance(event, NodeRetrying)]
    assert waited == pytest.approx(delays)
    assert [stimulus.at for stimulus in run.stimuli if isinstance(stimulus, Due)] == sorted(
        event.due for event in run.events if isinstance(event, NodeRetrying)
    )


def test_a_retry_can_name_an_exit_code(simulate: Works) -> None:
    run = simulate(
        RETRY.replace("POLICY", 'max_attempts: 2, on: ["exit:75"]'),
        a=failing(1, Did("failed", failure=("ExitCode", "exit 75"), exit_code=75)),
    )
    run.run()
    assert run.state.status == "completed"


def test_the_retry_budget_is_the_whole_runs(simulate: Works) -> None:
    nodes = "".join(
        f"  {name}: {{type: python, script: pass, retry: {{max_attempts: 5, initial_delay: 0}}}}\n" for name in "abc"
    )
    run = simulate(f"retry_budget: 4\nnodes:\n{nodes}", a=FAILS, b=FAILS, c=FAILS)
    run.run()
    assert sum(1 for stimulus in run.stimuli if isinstance(stimulus, Ended)) == 3 + 4


@pytest.mark.parametrize("kind", ["if", "foreach", "wait"])
def test_a_node_that_the_engine_decides_is_retried_as_well(simulate: Works, kind: str) -> None:
    edge = "a.true -> t" if kind == "if" else "a -> t"
    keys = {
        "if": "condition: input.x.y",
        "foreach": "items: input.x.y, nodes: {b: {type: noop}}",
        "wait": "until: input.x.y",
    }[kind]
    run = simulate(
        f"""
        nodes:
          first: {{type: python, script: pass}}
          a: {{type: {kind}, {keys}, retry: {{max_attempts: 3}}}}
          t: {{type: noop}}
        edges: [first -> a, {edge}]
        """,
        first={"x": {}},
    )
    run.run()
    assert run.statuses()["a"] == "failed"
    assert [event.attempt for event in run.events if isinstance(event, NodeRetrying)] == [1, 2]


def test_a_node_that_times_out_has_failed_and_is_tried_again(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass, timeout: 5s, retry: {max_attempts: 2}}}")
    run.hand_out()
    run.feed(Due(1005.0))
    assert run.running[0].stopping == "timeout"
    run.end(run.running[0])
    assert run.state.activations["a#1"].status == "retrying"
    assert run.state.activations["a#1"].fault is not None
    assert run.state.activations["a#1"].fault.type == "TimeoutError"
    run.run()
    assert run.state.status == "completed"


def test_a_time_out_of_an_earlier_attempt_leaves_the_next_one_alone(simulate: Works) -> None:
    policy = "{max_attempts: 2, initial_delay: 1s, jitter: 0}"
    run = simulate(
        f"nodes: {{a: {{type: python, script: pass, timeout: 5s, retry: {policy}}}}}",
        a=failing(1),
    )
    run.hand_out()
    run.end(run.running[0])
    run.step()
    run.hand_out()
    run.feed(Due(1005.5))
    assert run.running[0].stopping == ""
    run.feed(Due(1006.5))
    assert run.running[0].stopping == "timeout"


FALLBACK = """
    nodes:
      a: {type: python, script: pass, fallback: instead, retry: {max_attempts: 2, initial_delay: 0}}
      instead: {type: python, script: pass}
      after: {type: python, script: pass}
    edges: [a -> after]
"""


def test_a_fallback_runs_when_every_retry_failed_and_its_output_is_the_nodes(simulate: Works) -> None:
    run = simulate(FALLBACK, parameters={}, a=FAILS, instead={"x": "spare"})
    run.run()
    assert run.inputs["instead#1"] == {
        "error_message": "broken",
        "error_type": "ValueError",
        "error_node": "a",
        "error_traceback": "",
        "attempts": 2,
        "fallback_reason": "failed",
    }
    assert run.inputs["after#1"] == {"x": "spare"}
    assert run.state.status == "completed"
    assert run.statuses() == {"a": "completed", "instead": "completed", "after": "completed"}


def test_a_fallback_gets_the_same_input(simulate: Works) -> None:
    text = FALLBACK.replace("edges: [a", "edges: [first -> a, a").replace(
        "nodes:", "nodes:\n      first: {type: python, script: pass}", 1
    )
    run = simulate(text, first={"rows": 3}, a=FAILS)
    run.run()
    assert run.inputs["instead#1"]["rows"] == 3


def test_where_the_fallback_fails_too_the_original_error_stands(simulate: Works) -> None:
    run = simulate(FALLBACK, a=FAILS, instead=Did("failed", failure=("OSError", "the spare is broken")))
    run.run()
    assert run.state.error is not None
    assert (run.state.error.address, run.state.error.message) == ("a", "broken")
    assert run.statuses() == {"a": "failed", "instead": "failed", "after": "skipped"}


def test_a_fallback_is_not_run_when_nothing_failed(simulate: Works) -> None:
    run = simulate(FALLBACK)
    run.run()
    assert run.order() == ["a", "after"]


def test_a_node_joined_by_each_may_need_its_fallback_more_than_once(simulate: Works) -> None:
    text = """
        nodes:
          x: {type: python, script: pass}
          y: {type: python, script: pass}
          a: {type: python, script: pass, join: each, fallback: instead}
          instead: {type: python, script: pass}
          after: {type: python, script: pass, join: each}
        edges: [x -> a, y -> a, a -> after]
        """
    run = simulate(text, a=FAILS, instead={"v": 1})
    run.run()
    assert run.order().count("instead") == run.order().count("after") == 2
    assert run.state.status == "completed"


@pytest.mark.parametrize(
    ("edges", "letters"),
    [("", 1), ("edges: [{from: a, to: t, trigger: fail}]", 0), ("edges: [{from: a, to: t, trigger: always}]", 1)],
)
def test_the_message_of_a_node_whose_retries_are_used_up_unhandled_is_a_dead_letter(
    simulate: Works, edges: str, letters: int
) -> None:
    text = f"""
        nodes:
          a: {{type: python, script: pass, retry: {{max_attempts: 2}}}}
          t: {{type: noop}}
        {edges}
        """
    run = simulate(text, a=FAILS)
    run.run()
    assert sum(1 for event in run.events if isinstance(event, MessageDeadLettered)) == letters


def test_a_write_that_does_not_fit_fails_the_node_and_leaves_nothing_behind(simulate: Works) -> None:
    run = simulate(
        "variables: {n: text, m: 0}\nnodes: {a: {type: python, script: pass}}",
        a=Did(operations=(("add", "m", 1), ("add", "n", 1))),
    )
    run.run()
    assert run.state.error is not None
    assert run.state.error.type == "OperationError"
    assert run.state.worlds[0].variables == {"n": "text", "m": 0}


def test_a_failed_attempt_leaves_no_writes(simulate: Works) -> None:
    run = simulate(
        "variables: {m: 0}\nnodes: {a: {type: python, script: pass, retry: {max_attempts: 2}}}",
        a=lambda activation, given: Did(
            "failed" if activation.attempt == 1 else "completed", operations=(("add", "m", 1),)
        ),
    )
    run.run()
    assert run.state.worlds[0].variables == {"m": 1}


def test_of_each_the_handled_failure_is_no_excuse_for_one_that_is_not(simulate: Works) -> None:
    text = """
        nodes:
          x: {type: python, script: pass}
          y: {type: python, script: pass}
          a: {type: python, script: pass, join: each}
          t: {type: noop}
        edges: [x -> a, y -> a, {from: a, to: t, trigger: fail, condition: "error.message == 'broken'"}]
        """
    run = simulate(
        text,
        x={"n": 1},
        y={"n": 2},
        a=lambda activation, given: Did("failed", failure=("ValueError", "broken" if given["n"] == 1 else "worse")),
    )
    run.run()
    assert run.state.status == "failed"
    assert run.state.error is not None
    assert run.state.error.message == "worse"
    assert run.state.root is not None
    assert run.state.root.nodes[2].handled is False
