"""`wflow.engine.letters`: messages that will not be delivered again, kept with what went wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wflow.engine import letters
from wflow.engine.events import MessageDeadLettered
from wflow.engine.simulate import Did, Simulation
from wflow.engine.stimuli import Requested, Resumed

Works = Callable[..., Simulation]

FAILS = Did("failed", failure=("ValueError", "broken"))
TEXT = """
    nodes:
      a: {type: python, script: pass}
      b: {type: python, script: pass, retry: {max_attempts: 2}}
      c: {type: python, script: pass}
    edges: [a -> b -> c]
    """


def test_a_message_whose_retries_are_spent_is_kept_with_its_input_and_error(simulate: Works) -> None:
    run = simulate(TEXT, a={"x": 1}, b=FAILS)
    run.run()
    (letter,) = run.state.letters.values()
    assert (letter.number, letter.address, letter.activation, letter.type) == (1, "b", 1, "python")
    assert (letter.reason, letter.attempts, letter.crashes) == ("retries", 2, 0)
    assert (letter.fault.type, letter.fault.message) == ("ValueError", "broken")
    assert letter.envelope == (("a -> b", "complete"),)
    assert letters.input_of(letter) == {"x": 1}
    assert [event.address for event in run.events if isinstance(event, MessageDeadLettered)] == ["b"]


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("edges: [a -> b -> c]", "edges: [a -> b, {from: b, to: c, trigger: fail}]"),
        TEXT.replace(", retry: {max_attempts: 2}", ""),
    ],
)
def test_what_is_handled_or_has_no_retries_is_none(simulate: Works, text: str) -> None:
    run = simulate(text, b=FAILS)
    run.run()
    assert not run.state.letters


def test_a_message_whose_deliveries_are_spent_is_one_even_if_its_failure_is_handled(simulate: Works) -> None:
    text = """
        nodes:
          a: {type: noop}
          b: {type: python, script: pass}
          c: {type: python, script: pass}
        edges: [{from: a, to: b, max_deliveries: 2}, {from: b, to: c, trigger: fail}]
        """
    run = simulate(text)
    for _ in range(2):
        run.hand_out()
        run.crash()
    run.run()
    assert run.state.status == "completed"
    (letter,) = run.state.letters.values()
    assert (letter.reason, letter.crashes, letter.fault.type) == ("deliveries", 2, "DeadLetter")


def test_of_the_oldest_beyond_ten_thousand_the_number_and_the_times_are_kept(
    simulate: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_KEPT", 3)
    text = """
        nodes:
          each:
            type: foreach
            items: range(5)
            nodes: {b: {type: python, script: pass, retry: {max_attempts: 1}}}
        """
    run = simulate(text, b=FAILS)
    run.run()
    assert list(run.state.letters) == [3, 4, 5]
    spent = run.state.letters_spent
    assert spent is not None
    assert spent.many == 2
    assert spent.first_at <= spent.last_at < run.state.letters[3].at


def test_one_that_is_dropped_is_gone_and_its_node_stays_failed(simulate: Works) -> None:
    run = simulate(TEXT, b=FAILS)
    run.run()
    run.feed(Requested(run.state.now, "drop", {"letters": [1, 99]}))
    assert not run.state.letters
    assert run.state.status == "failed"


def test_a_resume_hands_the_message_out_again_so_that_it_is_none_any_more(simulate: Works) -> None:
    run = simulate(TEXT, b=lambda activation, given: FAILS if activation.number == 1 else {})
    run.run()
    run.feed(Resumed(run.state.now, crashed=False, options={}))
    run.run()
    assert (run.state.status, run.state.letters) == ("completed", {})
