"""`wflow.engine.control`: noop, if, switch, end, cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.control import switch_text
from wflow.engine.simulate import Did, Simulation

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def test_a_noop_hands_on_its_input(simulate: Works) -> None:
    run = simulate(
        "nodes: {a: {type: python, script: pass}, b: {type: noop}, c: {type: python, script: pass}}\n"
        "edges: [a -> b -> c]",
        a={"x": 1},
    )
    run.run()
    assert run.inputs["c#1"] == {"x": 1}


@pytest.mark.parametrize(("value", "port"), [(3, "true"), (0, "false")])
def test_an_if_takes_one_branch_and_hands_on_its_input(simulate: Works, value: int, port: str) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          check: {type: if, condition: input.rows > 0}
          yes: {type: python, script: pass}
          no: {type: python, script: pass}
        edges: [a -> check, check.true -> yes, check.false -> no]
        """
    run = simulate(text, by_id={"a": {"rows": value}})
    run.run()
    branch = "yes" if port == "true" else "no"
    assert run.inputs[f"{branch}#1"] == {"rows": value, "branch_taken": port, "condition_result": port == "true"}
    assert run.order() == ["a", "check", branch]


def test_an_if_whose_condition_cannot_be_told_fails(simulate: Works) -> None:
    text = """
        nodes:
          check: {type: if, condition: input.nowhere > 0}
          no: {type: noop}
        edges: [check.false -> no]
        """
    run = simulate(text)
    run.run()
    assert run.statuses() == {"check": "failed", "no": "skipped"}
    assert run.state.error is not None
    assert "input.nowhere > 0" in run.state.error.message


@pytest.mark.parametrize(
    ("value", "port", "matched"),
    [
        ("red", "stop", "red"),
        ("green", "green", "green"),
        (404, "missing", "404"),
        (True, "yes", "true"),
        (None, "default", "default"),
        ("blue", "default", "default"),
        ("default", "default", "default"),
    ],
)
def test_a_switch_chooses_the_port_of_the_case_that_matches_as_text(
    simulate: Works, value: Any, port: str, matched: str
) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          pick: {type: switch, value: input.v, cases: {red: stop, green: , "404": missing, "true": "yes"}}
          on_stop: {type: python, script: pass}
          on_green: {type: python, script: pass}
          on_missing: {type: python, script: pass}
          on_yes: {type: python, script: pass}
          on_default: {type: python, script: pass}
        edges:
          - a -> pick
          - pick.stop -> on_stop
          - pick.green -> on_green
          - pick.missing -> on_missing
          - pick.yes -> on_yes
          - pick.default -> on_default
        """
    run = simulate(text, a={"v": value})
    run.run()
    assert run.order() == ["a", "pick", f"on_{port}"]
    assert run.output("pick") == {
        "v": value,
        "expression_result": value,
        "matched_case": matched,
        "port_selected": port,
    }


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1, "1"), (True, "true"), (None, "null"), ([1, "é"], '[1,"é"]'), (1.5, "1.5")]
)
def test_a_value_is_compared_as_text(value: Any, text: str) -> None:
    assert switch_text(value) == text


END = """
    nodes:
      stop: {type: end, status: STATUS, message: "that is ${{ variables.what }}"}
      slow: {type: python, script: pass}
      after: {type: python, script: pass}
    edges: [slow -> after]
    variables: {what: enough}
"""


@pytest.mark.parametrize(
    ("status", "message"), [("completed", None), ("failed", "that is enough"), ("cancelled", None)]
)
def test_an_end_ends_the_run_at_once_with_its_status(simulate: Works, status: str, message: str | None) -> None:
    run = simulate(END.replace("STATUS", status))
    run.run()
    assert run.state.status == status
    assert run.statuses() == {"stop": "completed", "slow": "skipped", "after": "skipped"}
    assert (run.state.error.message if run.state.error else None) == message


def test_an_end_stops_what_is_running(simulate: Works) -> None:
    text = """
        nodes:
          slow: {type: python, script: pass}
          first: {type: python, script: pass}
          stop: {type: end}
          clean: {type: python, script: pass}
        edges: [first -> stop, {from: slow, to: clean, trigger: cancel}]
        """
    run = simulate(text, choose=lambda count: count - 1)
    run.run()
    assert run.statuses() == {"slow": "cancelled", "first": "completed", "stop": "completed", "clean": "completed"}
    assert run.state.status == "completed"


@pytest.mark.parametrize(
    ("status", "ends"), [("completed", "failed"), ("failed", "failed"), ("cancelled", "cancelled")]
)
def test_an_end_does_not_hide_an_unhandled_failure_before_it(simulate: Works, status: str, ends: str) -> None:
    text = f"""
        nodes:
          bad: {{type: python, script: pass}}
          good: {{type: python, script: pass}}
          stop: {{type: end, status: {status}}}
        edges: [good -> stop]
        """
    run = simulate(text, bad=FAILS)
    run.run()
    assert run.state.status == ends
    assert (run.state.error.address if run.state.error else None) == ("bad" if ends == "failed" else None)


@pytest.mark.parametrize(
    ("status", "node"), [("completed", "completed"), ("failed", "failed"), ("cancelled", "cancelled")]
)
def test_an_end_in_a_container_ends_the_container_only(simulate: Works, status: str, node: str) -> None:
    text = f"""
        nodes:
          box:
            type: container
            nodes:
              stop: {{type: end, status: {status}}}
              slow: {{type: python, script: pass}}
          other: {{type: python, script: pass}}
        """
    run = simulate(text)
    run.run()
    assert run.statuses()["box"] == node
    assert run.statuses()["other"] == "completed"
    assert run.state.status == ("failed" if status == "failed" else "completed")


@pytest.mark.parametrize(
    ("status", "output"),
    [
        ("completed", {"items_processed": 3, "total_items": 3, "failed_items": 0}),
        ("failed", {"items_processed": 2, "total_items": 3, "failed_items": 1}),
        ("cancelled", {"items_processed": 2, "total_items": 3, "failed_items": 0}),
    ],
)
def test_an_end_in_an_iteration_counts_by_its_status(simulate: Works, status: str, output: dict[str, int]) -> None:
    text = f"""
        nodes:
          loop:
            type: foreach
            items: range(3)
            tolerate: 1
            nodes:
              check: {{type: if, condition: item == 1}}
              stop: {{type: end, status: {status}}}
              work: {{type: python, script: pass}}
            edges: [check.true -> stop, check.false -> work]
        """
    run = simulate(text)
    run.run()
    assert run.output("loop") == output


def test_a_cancel_cancels_its_targets_running_or_yet_to_come(simulate: Works) -> None:
    text = """
        nodes:
          first: {type: python, script: pass}
          running: {type: python, script: pass}
          stop: {type: cancel, targets: [running, later]}
          slow: {type: python, script: pass}
          later: {type: python, script: pass}
          behind: {type: python, script: pass}
          clean: {type: python, script: pass}
        edges:
          - first -> stop
          - slow -> later -> behind
          - {from: later, to: clean, trigger: cancel}
        """
    run = simulate(text, choose=lambda count: 0)
    run.run()
    assert run.statuses() == {
        "first": "completed",
        "running": "cancelled",
        "stop": "completed",
        "slow": "completed",
        "later": "cancelled",
        "behind": "skipped",
        "clean": "completed",
    }
    assert run.output("stop") == {"cancelled": ["running", "later"]}
    assert run.state.status == "completed"


def test_a_cancelled_target_with_join_each_takes_no_more_messages(simulate: Works) -> None:
    text = """
        nodes:
          x: {type: python, script: pass}
          y: {type: python, script: pass}
          t: {type: python, script: pass, join: each}
          stop: {type: cancel, targets: [t]}
        edges: [x -> t, y -> t, x -> stop]
        """
    run = simulate(text)
    run.run()
    assert run.statuses() == {"x": "completed", "y": "completed", "t": "cancelled", "stop": "completed"}
    assert "t" not in run.order()
