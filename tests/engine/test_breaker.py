"""`wflow.engine.breaker`: what a node does that its breaker lets start, or does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.commands import AskBreaker
from wflow.engine.decide import begin, decide
from wflow.engine.events import MessageDeadLettered, NodeFailed, NodeRetrying, NodeStarted
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Began, Due, Permitted, Requested, Resumed
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]

API = "breaker: {name: api}"
OPEN = "the breaker `api` is open until then"


def shut(command: AskBreaker) -> str | None:
    return OPEN


def shut_for(*addresses: str) -> Callable[[AskBreaker], str | None]:
    return lambda command: OPEN if command.activation.partition("#")[0] in addresses else None


def shut_times(count: int) -> Callable[[AskBreaker], str | None]:
    left = [count]

    def answer(command: AskBreaker) -> str | None:
        left[0] -= 1
        return OPEN if left[0] >= 0 else None

    return answer


def started(run: Simulation) -> list[str]:
    return [event.address for event in run.events if isinstance(event, NodeStarted)]


def asks(run: Simulation) -> int:
    return sum(1 for stimulus in run.stimuli if isinstance(stimulus, Permitted))


GUARDED = {
    "python": "type: python, script: pass",
    "shell": "type: shell, script: 'true'",
    "container": "type: container, nodes: {x: {type: noop}}",
    "foreach": "type: foreach, items: range(2), nodes: {x: {type: noop}}",
    "while": "type: while, condition: iteration_index < 2, nodes: {x: {type: noop}}",
    "subflow": "type: subflow, file: below.yaml",
    "wait": "type: wait, for: 1s",
}


def one(kind: str, more: str = "") -> str:
    return f"nodes:\n  a: {{{GUARDED[kind]}, {API}{more}}}\n"


@pytest.mark.parametrize("kind", GUARDED)
def test_a_node_that_is_let_through_runs_and_is_told_of(simulate: Works, kind: str) -> None:
    run = simulate(one(kind), subflows={"below.yaml": "nodes: {x: {type: noop}}"})
    run.run()
    assert run.statuses()["a"] == "completed"
    assert asks(run) == 1
    assert [(command.activation, command.breaker.name, command.failed) for command in run.told] == [
        ("a#1", "api", False)
    ]


@pytest.mark.parametrize("kind", GUARDED)
def test_a_node_that_is_not_let_through_fails_without_a_start(simulate: Works, kind: str) -> None:
    run = simulate(one(kind), breakers=shut, subflows={"below.yaml": "nodes: {x: {type: noop}}"})
    run.run()
    assert started(run) == []
    (failed,) = [event for event in run.events if isinstance(event, NodeFailed)]
    assert (failed.error.type, failed.error.message, failed.attempt, failed.duration) == ("BreakerOpen", OPEN, 1, 0.0)
    assert (run.state.status, run.told, run.state.held) == ("failed", [], {})


def test_fail_edges_are_taken_and_handle_it(simulate: Works) -> None:
    text = one("python") + "  mend: {type: python, script: pass}\nedges: [{from: a, to: mend, trigger: fail}]"
    run = simulate(text, breakers=shut)
    run.run()
    assert run.state.status == "completed"
    assert run.inputs["mend#1"]["error_type"] == "BreakerOpen"
    assert run.inputs["mend#1"]["error_message"] == OPEN


@pytest.mark.parametrize("kind", GUARDED)
def test_the_fallback_runs_at_once_and_is_told_why(simulate: Works, kind: str) -> None:
    text = one(kind, ", fallback: b, retry: {max_attempts: 3}") + "  b: {type: python, script: pass}\n"
    run = simulate(text, breakers=shut, b={"v": 1}, subflows={"below.yaml": "nodes: {x: {type: noop}}"})
    run.run()
    assert (run.state.status, run.statuses()["a"], run.output("a")) == ("completed", "completed", {"v": 1})
    given = run.inputs["b#1"]
    assert (given["fallback_reason"], given["error_type"], given["attempts"]) == ("breaker open", "BreakerOpen", 1)
    assert not [event for event in run.events if isinstance(event, NodeRetrying)]


def test_a_fallback_after_failed_attempts_runs_as_soon_as_the_breaker_is_open(simulate: Works) -> None:
    def answer(command: AskBreaker) -> str | None:
        return OPEN if asks(run) == 2 else None

    text = one("python", ", fallback: b, retry: {max_attempts: 9}") + "  b: {type: python, script: pass}\n"
    run = simulate(text, breakers=answer, a=Did("failed"))
    run.run()
    assert run.inputs["b#1"]["fallback_reason"] == "breaker open"
    assert run.inputs["b#1"]["attempts"] == 3


def test_a_fallback_has_a_breaker_of_its_own(simulate: Works) -> None:
    text = one("python", ", fallback: b") + "  b: {type: python, script: pass, breaker: {name: other}, fallback: c}\n"
    run = simulate(text + "  c: {type: python, script: pass}\n", breakers=shut, c={"v": 3})
    run.run()
    assert (run.state.status, run.output("a")) == ("completed", {"v": 3})


def test_if_the_fallback_fails_too_the_refusal_stands(simulate: Works) -> None:
    text = one("python", ", fallback: b") + "  b: {type: python, script: pass}\n"
    run = simulate(text, breakers=shut, b=Did("failed"))
    run.run()
    assert run.state.error is not None
    assert (run.state.error.type, run.state.error.address) == ("BreakerOpen", "a")


@pytest.mark.parametrize(("refusals", "status"), [(0, "completed"), (2, "completed"), (3, "failed"), (9, "failed")])
def test_retries_count_a_refusal_as_an_attempt(simulate: Works, refusals: int, status: str) -> None:
    run = simulate(one("python", ", retry: {max_attempts: 3, jitter: 0}"), breakers=shut_times(refusals))
    run.run()
    assert (run.state.status, asks(run)) == (status, min(refusals + 1, 3))
    assert len([event for event in run.events if isinstance(event, NodeRetrying)]) == min(refusals, 2)
    assert len([event for event in run.events if isinstance(event, MessageDeadLettered)]) == (status == "failed")


@pytest.mark.parametrize(("which", "attempts"), [("not_on: [BreakerOpen]", 1), ("on: [BreakerOpen]", 3)])
def test_a_retry_may_name_it(simulate: Works, which: str, attempts: int) -> None:
    run = simulate(one("python", f", retry: {{max_attempts: 3, {which}}}"), breakers=shut)
    run.run()
    assert asks(run) == attempts


def test_shared_state_that_cannot_be_used_is_a_failure_like_any_other(simulate: Works) -> None:
    text = one("python", ", fallback: b, retry: {max_attempts: 2}") + "  b: {type: python, script: pass}\n"
    run = simulate(text)
    for _ in range(2):
        run.hand_out()
        run._starts.clear()
        run.feed(Permitted(run.state.now, "a#1", 0, ("StoreUnavailable", "the disk is full")))
        run.feed(Due(run.state.now + 100))
    run.run()
    assert run.inputs["b#1"]["fallback_reason"] == "failed"
    assert run.inputs["b#1"]["error_type"] == "StoreUnavailable"


@pytest.mark.parametrize("kind", ["python", "container"])
def test_what_is_allowed_during_a_pause_is_given_back_and_asked_for_again(simulate: Works, kind: str) -> None:
    run = simulate("pools: {p: 1}\n" + one(kind, ", pool: p"))
    run.hand_out()
    run.feed(Requested(run.state.now, "pause", {}))
    run.step()
    assert ([command.failed for command in run.told], run.state.held) == ([None], {})
    assert not run.step()
    run.feed(Requested(run.state.now, "continue", {}))
    run.run()
    assert (run.state.status, asks(run)) == ("completed", 2)
    assert [command.failed for command in run.told] == [None, False]


@pytest.mark.parametrize("kind", ["python", "container"])
def test_a_refusal_during_a_pause_fails_nothing(simulate: Works, kind: str) -> None:
    run = simulate(one(kind), breakers=shut_times(1))
    run.hand_out()
    run.feed(Requested(run.state.now, "pause", {}))
    run.step()
    run.feed(Requested(run.state.now, "continue", {}))
    run.run()
    assert run.state.status == "completed"


def test_a_pause_gives_back_what_was_allowed_and_has_not_started(simulate: Works) -> None:
    run = simulate("pools: {p: 1}\n" + one("python", ", pool: p"))
    run.hand_out()
    run.permit_all()
    assert run.state.permits == {"a#1": 0}
    run.feed(Requested(run.state.now, "pause", {}))
    assert (run.state.permits, run.state.held, [command.failed for command in run.told]) == ({}, {}, [None])
    run.feed(Requested(run.state.now, "continue", {}))
    run.run()
    assert (run.state.status, asks(run), started(run)) == ("completed", 2, ["a"])


@pytest.mark.parametrize("kind", ["python", "container"])
def test_an_answer_to_one_that_was_cancelled_meanwhile_is_given_back(simulate: Works, kind: str) -> None:
    run = simulate(one(kind))
    run.hand_out()
    run.feed(Requested(run.state.now, "cancel", {}))
    assert run.state.status == "cancelled"
    run.feed(Permitted(run.state.now, "a#1", 4, None))
    assert [(command.activation, command.era, command.failed) for command in run.told] == [("a#1", 4, None)]
    run.feed(Permitted(run.state.now, "a#1", 4, None))
    assert len(run.told) == 1


def test_an_answer_that_comes_twice_counts_once(simulate: Works) -> None:
    run = simulate(one("container"))
    for _ in range(2):
        run.feed(Permitted(run.state.now, "a#1", 0, None))
    run.run()
    assert (run.state.status, len(run.told)) == ("completed", 1)


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("steps", range(4))
def test_a_crash_at_any_moment_asks_again_and_completes(simulate: Works, kind: str, steps: int) -> None:
    run = simulate("pools: {p: 1}\n" + one(kind, ", pool: p"), subflows={"below.yaml": "nodes: {x: {type: noop}}"})
    run.run(steps)
    if run.state.finished:
        return
    run.hand_out()
    run.crash()
    run.run()
    assert (run.state.status, run.state.held, run.state.permits, run.state.asked) == ("completed", {}, {}, {})
    assert [command.failed for command in run.told][-1:] == [False]


def test_what_was_in_flight_in_a_crash_tells_nothing_and_is_asked_for_again(simulate: Works) -> None:
    run = simulate(one("python"))
    run.hand_out()
    run.step()
    run.hand_out()
    assert run.running
    run.crash()
    assert [command.failed for command in run.told] == [None]
    run.run()
    assert asks(run) == 2
    assert [command.failed for command in run.told] == [None, False]


def test_a_node_that_kills_its_engine_is_no_failed_call(simulate: Works) -> None:
    text = (
        "nodes:\n  first: {type: noop}\n  a: {type: python, script: pass, breaker: {name: api}}\nedges: [first -> a]\n"
    )
    run = simulate(text)
    for _ in range(3):
        run.hand_out()
        run.step()
        run.hand_out()
        run.crash()
    run.run()
    assert run.state.error is not None
    assert run.state.error.type == "DeadLetter"
    assert {command.failed for command in run.told} == {None}


def test_a_scope_that_is_open_keeps_its_permit_over_a_crash(simulate: Works) -> None:
    text = "nodes: {a: {type: container, breaker: {name: api}, nodes: {x: {type: python, script: pass}}}}"
    run = simulate(text)
    run.feed(Permitted(run.state.now, "a#1", 7, None))
    run.hand_out()
    run.crash()
    assert run.told == []
    run.run()
    assert [(command.era, command.failed) for command in run.told] == [(7, False)]


def test_a_scope_fails_by_the_failure_in_it(simulate: Works) -> None:
    text = "nodes: {a: {type: container, breaker: {name: api}, nodes: {x: {type: python, script: pass}}}}"
    for kind, failed in (("ConnectionError", True), ("NotStarted", None)):
        run = simulate(text, x=Did("failed", failure=(kind, "no")))
        run.run()
        assert [command.failed for command in run.told] == [failed]


def test_a_refusal_below_a_scope_is_an_ordinary_failure_of_the_scope(simulate: Works) -> None:
    text = """
    nodes:
      a:
        type: container
        breaker: {name: outer}
        fallback: b
        retry: {max_attempts: 2}
        nodes: {x: {type: python, script: pass, breaker: {name: inner}}}
      b: {type: python, script: pass}
    """
    run = simulate(text, breakers=shut_for("a/x"))
    run.run()
    assert run.inputs["b#1"]["fallback_reason"] == "failed"
    assert len([event for event in run.events if isinstance(event, NodeRetrying) and event.address == "a"]) == 1
    assert [(command.breaker.name, command.failed) for command in run.told] == [("outer", None)] * 2


def test_a_refused_rerun_of_a_scope_keeps_what_completed_in_it(simulate: Works) -> None:
    """The resume of a failed run goes on with the container it had, though its breaker refuses that at first."""
    text = """
    nodes:
      a:
        type: container
        breaker: {name: api}
        retry: {max_attempts: 2, not_on: [ValueError]}
        nodes: {x: {type: python, script: pass}, y: {type: python, script: pass}}
        edges: [x -> y]
    """
    fails = [Did("failed", failure=("ValueError", "once"))]
    run = simulate(text, y=lambda activation, given: fails.pop() if fails else Did())
    run.run()
    assert run.state.status == "failed"
    run._breakers = shut_times(1)
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert run.state.status == "completed"
    assert run.order() == ["a/x", "a/y", "a"]


@pytest.mark.parametrize("kind", ["python", "container", "foreach"])
@pytest.mark.parametrize("moment", ["asked", "allowed", "refused"])
def test_a_snapshot_and_the_records_after_it_come_to_what_the_journal_says(
    simulate: Works, kind: str, moment: str
) -> None:
    run = simulate("pools: {p: 1}\n" + one(kind, ", pool: p, retry: {max_attempts: 2}"))
    run.hand_out()
    if moment == "allowed":
        run.permit_all()
    payload, position = dump(run.state, {}), len(run.stimuli)
    if moment == "refused":
        run._breakers = shut_times(1)
    run.run(3)
    first = run.stimuli[0]
    assert isinstance(first, Began)
    restored = restore(first, payload, lambda digest: {})
    assert restored is not None
    run.state = restored[0]
    for stimulus in run.stimuli[position:]:
        decide(run.state, stimulus)
    run.running, run._starts = [], []
    if not run.state.finished:
        run.feed(Resumed(run.state.now, crashed=True, options={}))
        run.run()
    assert (run.state.status, run.state.held, run.state.permits, run.state.asked) == ("completed", {}, {}, {})


def test_a_snapshot_knows_of_permits(simulate: Works) -> None:
    run = simulate(one("container").replace("noop", "python, script: pass"))
    run.feed(Permitted(run.state.now, "a#1", 5, None))
    data: dict[str, Any] = json.loads(dump(run.state, {}))
    assert data["state"]["permits"] == {"a#1": 5}


@pytest.mark.parametrize("kind", GUARDED)
def test_a_journal_from_before_breakers_were_asked_is_read_as_it_was_written(simulate: Works, kind: str) -> None:
    run = simulate(one(kind), subflows={"below.yaml": "nodes: {x: {type: noop}}"})
    first = run.stimuli[0]
    assert isinstance(first, Began)
    old = {name: value for name, value in first.options.items() if name != "breakers"}
    began = first._replace(options=old)
    run.stimuli = [began]
    run.state, decision = begin(began)
    run._starts.clear()
    run._take_in(decision)
    run.run()
    assert (run.state.status, asks(run), run.told) == ("completed", 0, [])
