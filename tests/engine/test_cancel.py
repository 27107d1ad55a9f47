"""`wflow.engine.cancel`: what a cancel stops, what cleans up after it and for how long, ``cancel_rest``."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Ended, Requested

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))


def cancel(run: Simulation) -> None:
    run.feed(Requested(run.state.now, "cancel", {}))


def test_a_cancelled_run_stops_what_runs_and_skips_what_was_never_reached(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          ready: {type: python, script: pass}
          rest: {type: wait, for: 10s}
          later: {type: python, script: pass}
        edges: [a -> later]
        """
    run = simulate(text, workers=1)
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {"a": "cancelled", "ready": "skipped", "rest": "cancelled", "later": "skipped"}
    assert run.state.status == "cancelled"


def test_what_had_started_sends_cancel_and_what_had_not_does_not(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          undo_a: {type: python, script: pass}
          undo_b: {type: python, script: pass}
        edges: [{from: a, to: undo_a, trigger: cancel}, {from: b, to: undo_b, trigger: cancel}]
        """
    run = simulate(text, workers=1)
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {"a": "cancelled", "b": "skipped", "undo_a": "completed", "undo_b": "skipped"}


def test_an_attempt_that_completes_although_it_was_asked_to_stop_has_completed(simulate: Works) -> None:
    text = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"
    run = simulate(text)
    run.hand_out()
    cancel(run)
    assert run.running.pop().stopping == "cancel"
    run.feed(Ended(run.state.now, "a#1", 1, "completed", {"x": 1}, (), None, run.state.now))
    run.run()
    assert run.statuses() == {"a": "completed", "b": "skipped"}
    assert run.state.status == "cancelled"


def test_clean_up_and_what_follows_from_it_still_runs_in_a_cancelled_scope(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass}
          b: {type: python, script: pass}
          clean: {type: python, script: pass, retry: {max_attempts: 2, initial_delay: 1s}}
          then: {type: python, script: pass}
          always: {type: python, script: pass}
          oops: {type: python, script: pass}
        edges:
          - a -> b
          - {from: a, to: clean, trigger: cancel}
          - clean -> then
          - {from: b, to: always, trigger: always}
          - {from: then, to: oops, trigger: fail}
        """
    run = simulate(text, clean=lambda activation, given: FAILS if activation.attempt == 1 else {})
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {
        "a": "cancelled",
        "b": "skipped",
        "clean": "completed",
        "then": "completed",
        "always": "completed",
        "oops": "skipped",
    }
    assert run.state.status == "cancelled"


def test_clean_up_is_stopped_when_its_time_is_over_and_starts_no_more(simulate: Works) -> None:
    text = """
        cancel_grace: 5s
        nodes:
          a: {type: python, script: pass}
          clean: {type: python, script: pass}
          more: {type: python, script: pass}
        edges: [{from: a, to: clean, trigger: cancel}, {from: clean, to: more, trigger: always}]
        """
    run = simulate(text)
    run.hand_out()
    cancel(run)
    run.end(run.running[0])
    run.hand_out()
    assert [activation.id for activation in run.running] == ["clean#1"]
    run.feed(Due(run.state.now + 4.9))
    assert run.running[0].stopping == ""
    run.feed(Due(run.state.now + 0.2))
    assert run.running[0].stopping == "cancel"
    run.run()
    assert run.statuses() == {"a": "cancelled", "clean": "cancelled", "more": "skipped"}


def test_a_container_that_is_tried_again_has_all_its_time_for_clean_up_again(simulate: Works) -> None:
    text = """
        cancel_grace: 10s
        nodes:
          box:
            type: container
            retry: {max_attempts: 2, initial_delay: 9s, jitter: 0}
            nodes:
              bad: {type: python, script: pass}
              slow: {type: wait, for: 1h}
              clean: {type: wait, for: 5s}
            edges: [{from: slow, to: clean, trigger: cancel}]
        """
    run = simulate(text, bad=FAILS)
    run.run()
    assert run.order() == ["box/clean", "box/clean"]


def test_a_cancelled_container_cleans_up_within(simulate: Works) -> None:
    text = """
        nodes:
          box:
            type: container
            nodes:
              a: {type: python, script: pass}
              clean: {type: python, script: pass}
            edges: [{from: a, to: clean, trigger: cancel}]
          after: {type: python, script: pass}
          undo: {type: python, script: pass}
        edges: [box -> after, {from: box, to: undo, trigger: cancel}]
        """
    run = simulate(text)
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {
        "box": "cancelled",
        "box/a": "cancelled",
        "box/clean": "completed",
        "after": "skipped",
        "undo": "completed",
    }


def test_a_cancelled_loop_opens_no_more_iterations(simulate: Works) -> None:
    text = """
        nodes:
          loop:
            type: foreach
            items: range(100)
            max_concurrent: 2
            nodes: {work: {type: python, script: pass}}
        """
    run = simulate(text, workers=1)
    run.step()
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {
        "loop": "cancelled",
        "loop[0]/work": "completed",
        "loop[1]/work": "cancelled",
        "loop[2]/work": "skipped",
    }


def test_a_cancel_while_a_retry_is_waited_for_ends_it(simulate: Works) -> None:
    run = simulate("nodes: {a: {type: python, script: pass, retry: {initial_delay: 1h}}}", a=FAILS)
    run.step()
    cancel(run)
    assert run.state.status == "cancelled"


def test_a_cancel_of_a_node_that_its_fallback_stands_in_for_stops_both(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: python, script: pass, fallback: instead}
          instead: {type: python, script: pass}
          undo: {type: python, script: pass}
        edges: [{from: a, to: undo, trigger: cancel}]
        """
    run = simulate(text, a=FAILS)
    run.step()
    run.hand_out()
    cancel(run)
    run.run()
    assert run.statuses() == {"a": "cancelled", "instead": "cancelled", "undo": "completed"}


def test_a_run_that_times_out_has_failed_and_cleans_up(simulate: Works) -> None:
    text = """
        timeout: 10s
        nodes:
          a: {type: wait, for: 1h}
          clean: {type: python, script: pass}
        edges: [{from: a, to: clean, trigger: cancel}]
        """
    run = simulate(text)
    run.run()
    assert run.statuses() == {"a": "cancelled", "clean": "completed"}
    assert (run.state.status, run.state.timed_out) == ("failed", True)
    assert run.state.error is not None
    assert (run.state.error.type, run.state.error.message) == ("TimeoutError", "the run timed out after 10 s")


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("container", {"a": "failed", "a/rest": "cancelled"}),
        ("foreach, items: range(2)", {"a": "failed", "a[0]/rest": "cancelled", "a[1]/rest": "cancelled"}),
        ("while, condition: iteration_index < 1", {"a": "failed", "a[0]/rest": "cancelled"}),
    ],
)
def test_a_scope_that_times_out_has_failed(simulate: Works, kind: str, statuses: dict[str, str]) -> None:
    run = simulate(f"nodes: {{a: {{type: {kind}, timeout: 5s, nodes: {{rest: {{type: wait, for: 1h}}}}}}}}")
    run.run()
    assert run.statuses() == statuses
    assert run.state.error is not None
    assert (run.state.error.type, run.state.error.address) == ("TimeoutError", "a")


REST = """
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      b2: {type: python, script: pass}
      c: {type: python, script: pass}
      side: {type: python, script: pass}
      t: {type: python, script: pass, join: JOIN, cancel_rest: REST}
      after: {type: python, script: pass}
    edges: [a -> t, b -> b2 -> t, c -> t, c -> side, t -> after]
"""


@pytest.mark.parametrize(
    ("rest", "b", "b2", "c"), [("true", "cancelled", "skipped", "completed"), ("false", *("completed",) * 3)]
)
def test_cancel_rest_cancels_what_leads_to_the_join_only(simulate: Works, rest: str, b: str, b2: str, c: str) -> None:
    run = simulate(REST.replace("JOIN", "any").replace("REST", rest))
    run.run()
    statuses = run.statuses()
    assert (statuses["b"], statuses["b2"], statuses["c"], statuses["side"]) == (b, b2, c, "completed")
    assert statuses["t"] == statuses["after"] == "completed"
    assert run.state.status == "completed"


def test_cancel_rest_of_a_count_waits_for_the_nth_message(simulate: Works) -> None:
    run = simulate(REST.replace("JOIN", "2").replace("REST", "true"), a={"x": "a"}, c={"y": "c"})
    run.run()
    assert run.inputs["t#1"] == {"x": "a", "y": "c"}
    assert run.statuses()["b2"] == "cancelled"


def test_a_cancel_ends_a_pause_so_that_clean_up_can_run(simulate: Works) -> None:
    text = """
        nodes: {a: {type: python, script: pass}, clean: {type: python, script: pass}}
        edges: [{from: a, to: clean, trigger: cancel}]
        """
    run = simulate(text)
    run.hand_out()
    run.feed(Requested(run.state.now, "pause", {}))
    cancel(run)
    run.run()
    assert run.statuses() == {"a": "cancelled", "clean": "completed"}
