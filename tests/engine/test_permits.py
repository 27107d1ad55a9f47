"""`wflow.engine.permits`: who is asked about, when, and what breakers are told in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.commands import AskBreaker
from wflow.engine.limits import take
from wflow.engine.permits import awaited, pending
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Due, Permitted, Released, Requested

Works = Callable[..., Simulation]

API = "breaker: {name: api}"
SLOW = "{type: python, script: pass, timeout: 10s, " + API + "}"


def nodes(names: str, keys: str = API) -> str:
    return "nodes:\n" + "".join(f"  {name}: {{type: python, script: pass, {keys}}}\n" for name in names)


def asked(run: Simulation) -> list[str]:
    """The ids that are asked about now."""
    return list(run.state.asked)


def told(run: Simulation) -> list[tuple[str, bool | None]]:
    return [(command.activation.partition("#")[0], command.failed) for command in run.told]


@pytest.mark.parametrize("workers", [1, 4, 20])
def test_no_more_are_asked_about_than_there_are_workers_free(simulate: Works, workers: int) -> None:
    run = simulate(nodes("abcdefghij"), workers=workers)
    for _ in range(3):
        assert take(run.state, workers) == []
    assert len(asked(run)) == awaited(run.state) == min(workers, 10)
    questions = pending(run.state)
    assert [type(question) for question in questions] == [AskBreaker] * len(asked(run))
    assert pending(run.state) == []


def test_nothing_with_a_breaker_is_handed_out_ahead_of_the_free_workers(simulate: Works) -> None:
    run = simulate("nodes: {loop: {type: foreach, items: range(50), max_concurrent: 50, nodes: {x: " + SLOW + "}}}")
    assert take(run.state, 256, 3) == []
    assert len(asked(run)) == 3
    assert take(run.state, 256, 0) == []
    assert len(asked(run)) == 3
    for ident in asked(run):
        run.feed(Permitted(run.state.now, ident, 0, None))
    assert len(take(run.state, 256, 3)) == 3
    assert asked(run) == []
    assert take(run.state, 253, 0) == []
    assert asked(run) == []


def test_a_worker_is_kept_free_for_those_that_wait_for_an_answer(simulate: Works) -> None:
    text = """
    nodes:
      a: {type: python, script: pass, breaker: {name: api}}
      loop: {type: foreach, items: range(50), max_concurrent: 50, nodes: {x: {type: python, script: pass}}}
    """
    run = simulate(text)
    first = take(run.state, 256, 4)
    assert (len(first), asked(run)) == (3, ["a#1"])
    assert take(run.state, 253, 1) == []
    run.feed(Permitted(run.state.now, "a#1", 0, None))
    then = take(run.state, 253, 1)
    assert then[0].id == "a#1"
    assert len(then) == 47 + 1


def test_others_are_handed_out_ahead_up_to_the_first_that_has_a_breaker(simulate: Works) -> None:
    text = """
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass}
      c: {type: python, script: pass, breaker: {name: api}}
      d: {type: python, script: pass}
    """
    run = simulate(text)
    assert [one.id for one in take(run.state, 256, 2)] == ["a#1", "b#1"]
    assert asked(run) == []
    assert [one.id for one in take(run.state, 254, 2)] == ["d#1"]
    assert asked(run) == ["c#1"]


def test_one_that_waits_for_an_answer_holds_its_place_in_a_pool(simulate: Works) -> None:
    run = simulate("pools: {p: 1}\n" + nodes("ab", API + ", pool: p"), workers=4)
    assert take(run.state, 4) == []
    assert asked(run) == ["a#1"]
    run.feed(Permitted(run.state.now, "a#1", 0, ("BreakerOpen", "open")))
    assert take(run.state, 4) == []
    assert asked(run) == ["b#1"]


def test_nothing_is_asked_before_there_is_a_place(simulate: Works) -> None:
    text = "pools: {p: 1}\nnodes:\n  z: {type: python, script: pass, pool: p, priority: high}\n"
    run = simulate(text + "  a: {type: python, script: pass, pool: p, breaker: {name: api}}\n", workers=4)
    assert [one.id for one in take(run.state, 4)] == ["z#1"]
    assert asked(run) == []


@pytest.mark.parametrize(
    ("did", "failed"),
    [
        (Did(), False),
        (Did("failed", failure=("ConnectionError", "down")), True),
        (Did("failed", failure=("TimeoutError", "slow")), True),
        (Did("failed", failure=("ExitCode", "exit code 7"), exit_code=7), True),
        (Did("failed", failure=("SyntaxError", "invalid syntax")), None),
        (Did("failed", failure=("NotStarted", "there is no `curl`")), None),
        (Did("failed", failure=("ValueNotJson", "`x` is of type set")), None),
        (Did("cancelled"), None),
    ],
)
def test_a_breaker_is_told_how_each_call_went(simulate: Works, did: Did, failed: bool | None) -> None:
    run = simulate(nodes("a"), a=did)
    run.run()
    assert told(run) == [("a", failed)]
    assert run.state.permits == {}


def test_each_attempt_is_a_call(simulate: Works) -> None:
    def does(activation: Any, given: Any) -> Did:
        return Did() if activation.attempt == 3 else Did("failed")

    run = simulate(nodes("a", API + ", retry: {max_attempts: 3}"), a=does)
    run.run()
    assert told(run) == [("a", True), ("a", True), ("a", False)]


def test_a_timeout_is_a_failed_call(simulate: Works) -> None:
    run = simulate("nodes: {a: " + SLOW + "}")
    run.hand_out()
    run.step()
    run.hand_out()
    run.feed(Due(run.state.now + 20))
    run.run()
    assert told(run) == [("a", True)]


def test_a_call_that_is_given_back_or_cancelled_tells_nothing(simulate: Works) -> None:
    run = simulate(nodes("ab"))
    run.hand_out()
    run.step()
    assert sorted(run.state.permits) == ["a#1", "b#1"]
    run.hand_out()
    run.running.clear()
    run.feed(Released(run.state.now, ("a#1",)))
    assert told(run) == [("a", None)]
    run.feed(Requested(run.state.now, "cancel", {}))
    run.feed(Released(run.state.now, ("b#1",)))
    assert told(run) == [("a", None), ("b", None)]
    assert run.state.permits == {}


def test_a_node_without_a_breaker_is_never_asked_about(simulate: Works) -> None:
    run = simulate(nodes("ab", "pool: p") + "pools: {p: 5}")
    run.run()
    assert not any(isinstance(stimulus, Permitted) for stimulus in run.stimuli)
    assert run.told == []
