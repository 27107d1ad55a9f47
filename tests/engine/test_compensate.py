"""`wflow.engine.compensate`: what completed is undone when the run fails, last first, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Requested

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))

SAGA = """
    variables: {left: 0}
    nodes:
      reserve: {type: python, script: pass, compensate: unreserve}
      charge: {type: python, script: pass, compensate: refund}
      ship: {type: python, script: pass}
      unreserve: {type: python, script: pass}
      refund: {type: python, script: pass}
    edges: [reserve -> charge -> ship]
    outputs: {left: variables.left}
    """


def undone(run: Simulation) -> list[str]:
    """What was handed out once the last node of the flow had failed, in order."""
    return [ident for ident in run.inputs if ident.split("#")[0].split("/")[-1].startswith(("un", "refund"))]


def test_completed_nodes_are_undone_in_reverse_with_their_input_and_output_and_the_failure(simulate: Works) -> None:
    run = simulate(SAGA, reserve={"id": 7}, charge={"amount": 5}, ship=FAILS)
    run.run()
    assert undone(run) == ["refund#1", "unreserve#1"]
    assert run.inputs["refund#1"] == {
        "id": 7,
        "input": {"id": 7},
        "output": {"amount": 5},
        "error_message": "broken",
        "error_type": "ValueError",
        "error_node": "ship",
        "error_traceback": "",
    }
    assert run.inputs["unreserve#1"]["output"] == {"id": 7}
    assert (run.state.status, run.state.error) == ("failed", run.state.root.failure)  # type: ignore[union-attr]
    assert run.state.undone == ["charge", "reserve"]


def test_nothing_is_undone_where_the_run_completes_or_the_failure_is_handled(simulate: Works) -> None:
    run = simulate(SAGA)
    run.run()
    assert (run.state.status, undone(run)) == ("completed", [])
    text = SAGA.replace(
        "reserve -> charge -> ship]", "reserve -> charge -> ship, {from: ship, to: mend, trigger: fail}]"
    )
    run = simulate(text.replace("nodes:", "nodes:\n      mend: {type: noop}", 1), ship=FAILS)
    run.run()
    assert (run.state.status, undone(run)) == ("completed", [])


def test_what_did_not_complete_is_not_undone(simulate: Works) -> None:
    run = simulate(SAGA, charge=FAILS)
    run.run()
    assert undone(run) == ["unreserve#1"]


def test_one_that_fails_is_reported_and_stops_no_other(simulate: Works) -> None:
    run = simulate(SAGA, ship=FAILS, refund=Did("failed", failure=("OSError", "no line")))
    run.run()
    assert undone(run) == ["refund#1", "unreserve#1"]
    assert run.statuses()["refund"] == "failed"
    assert run.state.error is not None
    assert run.state.error.message == "broken"
    assert run.state.undone == ["reserve"]


def test_what_undoes_has_its_own_retries_and_fallback(simulate: Works) -> None:
    text = SAGA.replace(
        "refund: {type: python, script: pass}",
        "refund: {type: python, script: pass, retry: {max_attempts: 2}, fallback: under}\n"
        "      under: {type: python, script: pass}",
    )
    run = simulate(text, ship=FAILS, refund=FAILS)
    run.run()
    assert [ident for ident in run.inputs if ident.startswith(("re", "un"))] == [
        "reserve#1",
        "refund#1",
        "under#1",
        "unreserve#1",
    ]
    assert run.state.undone == ["charge", "reserve"]


def test_a_timeout_of_the_run_undoes_too(simulate: Works) -> None:
    text = SAGA.replace("variables", "timeout: 60\n    variables", 1).replace(
        "ship: {type: python, script: pass}", "ship: {type: wait, for: 100}"
    )
    run = simulate(text)
    run.run()
    assert (run.state.status, run.state.timed_out) == ("failed", True)
    assert undone(run) == ["refund#1", "unreserve#1"]
    assert run.inputs["refund#1"]["error_type"] == "TimeoutError"


@pytest.mark.parametrize(("asked", "expected"), [({}, []), ({"compensate": True}, ["refund#1", "unreserve#1"])])
def test_a_cancel_undoes_when_it_says_so(simulate: Works, asked: dict[str, Any], expected: list[str]) -> None:
    run = simulate(SAGA.replace("ship: {type: python, script: pass}", "ship: {type: wait, signal: go}"))
    run.run()
    run.feed(Requested(run.state.now, "cancel", asked))
    run.run()
    assert run.state.status == "cancelled"
    assert undone(run) == expected
    if expected:
        assert "error_type" not in run.inputs["refund#1"]


def test_iterations_are_undone_in_reverse_of_their_completion(simulate: Works) -> None:
    text = """
        nodes:
          each:
            type: foreach
            items: range(3)
            max_concurrent: 1
            nodes: {put: {type: python, script: pass, compensate: unput}, unput: {type: python, script: pass}}
          last: {type: python, script: pass}
        edges: [each -> last]
        """
    run = simulate(text, last=FAILS)
    run.run()
    assert undone(run) == ["each[2]/unput#1", "each[1]/unput#1", "each[0]/unput#1"]
    assert run.inputs["each[1]/unput#1"]["item"] == 1


def test_a_scope_with_its_own_stands_for_what_is_in_it_once_it_completed(simulate: Works) -> None:
    text = """
        nodes:
          box:
            type: container
            compensate: unbox
            nodes:
              a: {type: python, script: pass, compensate: una}
              una: {type: python, script: pass}
              b: {type: python, script: pass}
            edges: [a -> b]
          unbox: {type: python, script: pass}
          last: {type: python, script: pass}
        edges: [box -> last]
        """
    run = simulate(text, last=FAILS)
    run.run()
    assert undone(run) == ["unbox#1"]
    run = simulate(text, b=FAILS)
    run.run()
    assert undone(run) == ["box/una#1"]


def test_a_scope_may_undo_and_what_is_in_it_is_not_undone(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, compensate: unbox}
          unbox:
            type: container
            nodes: {una: {type: python, script: pass, compensate: unx}, unx: {type: python, script: pass}}
          last: {type: python, script: pass}
        edges: [a -> last]
        """
    run = simulate(text, a={"id": 1}, last=FAILS)
    run.run()
    assert undone(run) == ["unbox/una#1"]
    assert run.inputs["unbox/una#1"]["output"] == {"id": 1}


def test_each_of_many_scopes_leaves_its_own_alone(simulate: Works) -> None:
    text = """
        nodes:
          each:
            type: foreach
            items: range(2000)
            nodes:
              box:
                type: container
                compensate: unbox
                nodes: {a: {type: noop, compensate: una}, una: {type: noop}}
              unbox: {type: noop}
        """
    run = simulate(text)
    run.run()
    assert len(run.state.undos) == 2000
    assert {undo.node for undo in run.state.undos} == {"unbox"}


def test_a_crash_in_between_repeats_none_that_finished(simulate: Works) -> None:
    run = simulate(SAGA, ship=FAILS)
    while "refund" not in run.statuses() or run.statuses()["refund"] != "completed":
        assert run.step()
    run.crash()
    run.run()
    assert run.statuses()["refund"] == "completed"
    assert run.order() == ["reserve", "charge", "refund", "unreserve"]
