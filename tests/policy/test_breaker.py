"""`wflow.policy.breaker`: closed, open, half-open, as tables of what happens and what follows."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wflow
from wflow.errors import WflowError
from wflow.model import Breaker
from wflow.policy.breaker import (
    CLOSED,
    HALF_OPEN,
    OPEN,
    UNCOUNTED,
    Answer,
    Circuit,
    ask,
    at,
    circuit_of,
    closed,
    counts,
    data_of,
    tell,
)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "breakers.md"
API = Breaker(name="api", failure_threshold=0.5, minimum_calls=4, open_for=30.0, half_open_successes=2)


def called(outcomes: str, breaker: Breaker = API, circuit: Circuit | None = None, now: float = 100.0) -> Circuit:
    """A circuit after calls one after the other: ``.`` went well, ``x`` failed, ``?`` nobody knows."""
    circuit = circuit or Circuit()
    for number, outcome in enumerate(outcomes):
        circuit, answer = ask(circuit, breaker, f"c{number}", now)
        assert answer.allowed
        failed = {".": False, "x": True, "?": None}[outcome]
        circuit = tell(circuit, breaker, f"c{number}", answer.era, failed, now)
    return circuit


OPENED = called("xxxx")


@pytest.mark.parametrize(
    ("outcomes", "state", "calls"),
    [
        ("", CLOSED, ""),
        ("xxx", CLOSED, "xxx"),
        ("xxxx", OPEN, "xxxx"),
        ("...", CLOSED, "..."),
        (".x.", CLOSED, ".x."),
        (".x.x", OPEN, ".x.x"),
        ("x..x", OPEN, "x..x"),
        ("x...", CLOSED, "x..."),
        ("xx..", OPEN, "xx.."),
        ("x.........x", CLOSED, "...x"),
        ("......x.x", OPEN, ".x.x"),
        ("xxx?????", CLOSED, "xxx"),
        ("xxx??x", OPEN, "xxxx"),
    ],
)
def test_it_opens_once_enough_of_the_last_calls_have_failed(outcomes: str, state: str, calls: str) -> None:
    circuit = called(outcomes)
    assert (circuit.state, circuit.calls) == (state, calls)


@pytest.mark.parametrize(
    ("threshold", "least"), [(0.01, 1), (0.1, 1), (0.11, 2), (0.3, 3), (0.7, 7), (0.95, 10), (1.0, 10)]
)
def test_the_threshold_is_a_share_of_the_window(threshold: float, least: int) -> None:
    breaker = Breaker(name="api", failure_threshold=threshold, minimum_calls=10)
    assert called("x" * (least - 1) + "." * (11 - least), breaker).state == CLOSED
    assert called("x" * least + "." * (10 - least), breaker).state == OPEN


def test_one_call_is_enough_where_the_settings_say_so() -> None:
    assert called("x", Breaker(name="api", minimum_calls=1)).state == OPEN


@pytest.mark.parametrize("passed", [0.0, 1.0, 29.999])
def test_open_it_refuses_everybody_and_says_until_when(passed: float) -> None:
    assert ask(OPENED, API, "c", 100.0 + passed) == (OPENED, Answer(False, 1, 130.0))


def test_after_its_time_it_lets_so_many_try_and_no_more() -> None:
    circuit, first = ask(OPENED, API, "a", 130.0)
    circuit, second = ask(circuit, API, "b", 131.0)
    circuit, third = ask(circuit, API, "c", 132.0)
    assert (circuit.state, circuit.era, circuit.changed) == (HALF_OPEN, 2, 130.0)
    assert (first, second) == (Answer(True, 2), Answer(True, 2))
    assert third == Answer(False, 2, 160.0)
    assert circuit.probes == (("a", 130.0), ("b", 131.0))


@pytest.mark.parametrize(
    ("outcomes", "state"), [(".", HALF_OPEN), ("..", CLOSED), ("x", OPEN), (".x", OPEN), (".?", HALF_OPEN)]
)
def test_half_open_it_closes_after_successes_in_a_row_and_opens_at_one_failure(outcomes: str, state: str) -> None:
    circuit = called(outcomes, circuit=OPENED, now=200.0)
    assert circuit.state == state
    assert circuit.probes == ()
    if state == CLOSED:
        assert (circuit.calls, circuit.changed) == ("", 200.0)
    if state == OPEN:
        assert (circuit.until, circuit.changed) == (230.0, 200.0)


def test_whoever_comes_back_makes_room_for_the_next() -> None:
    circuit, one = ask(OPENED, API, "a", 130.0)
    circuit, _ = ask(circuit, API, "b", 130.0)
    circuit = tell(circuit, API, "a", one.era, None, 131.0)
    circuit, answer = ask(circuit, API, "c", 131.0)
    assert answer.allowed
    assert circuit.probes == (("b", 130.0), ("c", 131.0))


def test_who_asks_again_has_not_called_and_takes_its_own_place() -> None:
    circuit, _ = ask(OPENED, API, "a", 130.0)
    circuit, _ = ask(circuit, API, "b", 130.0)
    circuit, again = ask(circuit, API, "a", 140.0)
    assert again.allowed
    assert circuit.probes == (("b", 130.0), ("a", 140.0))


def test_a_call_that_does_not_come_back_is_given_up_after_a_while_and_still_counts_if_it_does() -> None:
    circuit, lost = ask(OPENED, API, "a", 130.0)
    circuit, _ = ask(circuit, API, "b", 135.0)
    assert not ask(circuit, API, "c", 159.9)[1].allowed
    circuit, answer = ask(circuit, API, "c", 160.0)
    assert answer.allowed
    assert circuit.probes == (("b", 135.0), ("c", 160.0))
    assert tell(circuit, API, "a", lost.era, True, 161.0).state == OPEN
    assert tell(circuit, API, "a", lost.era, False, 161.0).successes == 1


@pytest.mark.parametrize("failed", [True, False])
def test_what_began_before_the_state_changed_says_nothing_of_how_things_are_now(failed: bool) -> None:
    circuit, early = ask(Circuit(), API, "early", 99.0)
    opened = called("xxxx", circuit=circuit)
    assert tell(opened, API, "early", early.era, failed, 101.0) == opened
    half, probe = ask(opened, API, "a", 130.0)
    assert tell(half, API, "early", early.era, failed, 131.0) == half
    again = called("..", circuit=opened, now=130.0)
    assert again.state == CLOSED
    assert tell(again, API, "early", early.era, failed, 131.0) == again
    assert tell(again, API, "a", probe.era, failed, 131.0) == again


@pytest.mark.parametrize("back", [1.0, 29.0, 31.0, 1e9])
def test_a_clock_that_is_set_back_keeps_it_open_no_longer_than_it_may(back: float) -> None:
    now = 100.0 - back
    circuit, answer = ask(OPENED, API, "c", now)
    assert not answer.allowed
    assert answer.until == min(130.0, now + 30.0)
    assert ask(circuit, API, "c", now + 30.0)[1].allowed


def test_a_clock_that_is_set_back_keeps_no_place_longer_than_it_may() -> None:
    circuit, _ = ask(OPENED, API, "a", 5000.0)
    circuit, _ = ask(circuit, API, "b", 5000.0)
    circuit, answer = ask(circuit, API, "c", 10.0)
    assert (answer.allowed, answer.until) == (False, 40.0)
    assert ask(circuit, API, "c", 40.0)[1].allowed


def test_closed_by_hand_it_forgets_its_calls_and_whoever_is_out() -> None:
    circuit, probe = ask(OPENED, API, "a", 130.0)
    circuit = closed(circuit, 131.0)
    assert circuit == Circuit(era=3, changed=131.0)
    assert tell(circuit, API, "a", probe.era, True, 132.0) == circuit


def test_a_window_that_was_longer_is_cut_to_what_the_settings_say() -> None:
    long = Breaker(name="api", minimum_calls=10)
    circuit = called("x..x...", long)
    assert called(".", API, circuit).calls == "...."


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "good", "bad", "lost", "wait", "back"]), st.integers(0, 5), st.floats(0.0, 50.0)
        ),
        max_size=60,
    )
)
def test_whatever_happens_it_keeps_its_bounds_and_a_clock_that_goes_on_lets_somebody_try(
    steps: list[tuple[str, int, float]],
) -> None:
    circuit, now, eras = Circuit(), 1000.0, dict[str, int]()
    for what, number, seconds in steps:
        who = f"c{number}"
        if what in ("wait", "back"):
            now += seconds if what == "wait" else -seconds
        elif what == "ask":
            circuit, answer = ask(circuit, API, who, now)
            if answer.allowed:
                eras[who] = answer.era
            else:
                assert now < answer.until <= now + API.open_for
        else:
            failed = {"good": False, "bad": True, "lost": None}[what]
            circuit = tell(circuit, API, who, eras.get(who, 0), failed, now)
        assert len(circuit.probes) <= API.half_open_successes
        assert len(circuit.calls) <= API.minimum_calls
        assert circuit.successes < API.half_open_successes
        assert circuit.state == HALF_OPEN or not circuit.probes
        assert circuit_of(json.loads(json.dumps(data_of(circuit)))) == circuit
    circuit, _ = ask(circuit, API, "first", now)  # whoever looks sees that the clock was set back
    assert ask(circuit, API, "last", now + API.open_for)[1].allowed


def test_looking_changes_nothing_but_what_time_does() -> None:
    assert at(Circuit(), 30.0, 1e9) == Circuit()
    assert at(OPENED, 30.0, 129.0) == OPENED
    assert at(OPENED, 30.0, 400.0) == Circuit(HALF_OPEN, "xxxx", era=2, changed=130.0)


def test_what_a_later_version_added_is_passed_over_and_what_is_missing_is_as_at_first() -> None:
    assert circuit_of({"state": OPEN, "until": 5.0, "mood": "bad"}) == Circuit(OPEN, until=5.0)
    assert circuit_of({}) == Circuit()


@pytest.mark.parametrize(
    ("failure", "counted"),
    [
        ("TimeoutError", True),
        ("ExitCode", True),
        ("ConnectionError", True),
        ("EndFailed", True),
        ("MaxIterationsExceeded", True),
        ("HandedBackWrong", True),
        ("BreakerOpen", False),
        ("SyntaxError", False),
        ("NotStarted", False),
        ("ValueNotJson", False),
        ("DeadLetter", False),
    ],
)
def test_only_failures_of_calls_count(failure: str, counted: bool) -> None:
    assert counts(failure) is counted


def test_every_error_of_wflow_itself_has_been_judged() -> None:
    """An error of ours that can end an attempt says nothing of a service; what cannot end one is named here."""
    for module in walk_packages(wflow.__path__, "wflow."):
        if module.name.startswith(("wflow.runtimes.", "wflow.expr.", "wflow.errors")):
            import_module(module.name)
    ours, pending = set[str](), [WflowError]
    while pending:
        for one in pending.pop().__subclasses__():
            if one.__module__.startswith("wflow."):
                ours.add(one.__name__)
                pending.append(one)
    assert ours - set(UNCOUNTED) == {"HandedBackWrong", "AlreadyRunning", "RunNotFound"}


def test_the_docs_have_the_table_of_what_does_not_count() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [row for row in rows if row[0][0].isupper()] == list(UNCOUNTED.items())
