"""`wflow.store.codec`: every stimulus is a record and back, and what makes no sense is damage."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.engine.stimuli import (
    Answered,
    Began,
    Due,
    Ended,
    Loaded,
    Paused,
    Permitted,
    Progressed,
    Recalled,
    Released,
    Requested,
    Resumed,
    Revised,
    Started,
    Stimulus,
)
from wflow.engine.values import STORED_ABOVE, Stored
from wflow.errors import JournalDamaged
from wflow.store.codec import decode, encode, encode_began, encode_ended, to_text

TIMES = st.floats(0, 4e9)
TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, JSON, max_size=4)
IDS = st.tuples(TEXTS, TEXTS) | st.just(())
OPERATIONS = st.lists(st.tuples(st.sampled_from(["set", "add", "delete"]), TEXTS, JSON), max_size=3).map(tuple)
FAILURES = st.none() | st.tuples(TEXTS, TEXTS, TEXTS, st.none() | st.integers(0, 255))

STIMULI: dict[type[Any], st.SearchStrategy[Any]] = {
    Began: st.builds(Began, TIMES, TEXTS, OBJECTS, OBJECTS, OBJECTS, OBJECTS, OBJECTS),
    Started: st.builds(Started, TIMES, IDS),
    Released: st.builds(Released, TIMES, IDS),
    Ended: st.builds(
        Ended,
        TIMES,
        TEXTS,
        st.integers(1, 99),
        st.sampled_from(["completed", "failed", "cancelled"]),
        OBJECTS,
        OPERATIONS,
        FAILURES,
        TIMES,
    ),
    Progressed: st.builds(Progressed, TIMES, TEXTS, st.floats(0, 100), TEXTS),
    Due: st.builds(Due, TIMES),
    Requested: st.builds(Requested, TIMES, TEXTS, OBJECTS),
    Paused: st.builds(Paused, TIMES),
    Resumed: st.builds(Resumed, TIMES, st.booleans(), OBJECTS),
    Loaded: st.builds(Loaded, TIMES, TEXTS, TEXTS, st.none() | OBJECTS, OBJECTS, TEXTS),
    Answered: st.builds(Answered, TIMES, TEXTS, OBJECTS, TEXTS),
    Revised: st.builds(
        Revised,
        TIMES,
        OBJECTS,
        OBJECTS,
        st.dictionaries(TEXTS, TEXTS),
        st.dictionaries(TEXTS, TEXTS),
        OBJECTS,
        st.dictionaries(TEXTS, st.integers(1, 99)),
        IDS,
        IDS,
        TEXTS,
        OBJECTS,
    ),
    Recalled: st.builds(
        Recalled,
        TIMES,
        TEXTS,
        st.integers(1, 99),
        TEXTS,
        st.sampled_from(["completed", "failed", "cancelled", "started", "timeout"]),
        OBJECTS,
        OPERATIONS,
        FAILURES,
        TIMES,
    ),
    Permitted: st.builds(Permitted, TIMES, TEXTS, st.integers(0, 2**40), st.none() | st.tuples(TEXTS, TEXTS)),
}


def no_values(digest: str) -> dict[str, Any]:
    raise AssertionError(f"nothing may be read: {digest}")


def test_there_are_examples_of_every_stimulus() -> None:
    assert set(STIMULI) == set(get_args(Stimulus))


@given(st.one_of(*STIMULI.values()))
def test_a_stimulus_decodes_from_its_record_to_itself(stimulus: Stimulus) -> None:
    body = encode(stimulus)
    assert "\n" not in body
    assert body.isascii()
    assert decode(json.loads(body), no_values) == stimulus


@given(STIMULI[Began])
def test_a_first_record_with_its_definition_as_text_is_the_same(began: Began) -> None:
    assert decode(json.loads(encode_began(began, to_text(began.definition))), no_values) == began


def ended(output: Any) -> Ended:
    return Ended(2.5, "a#1", 1, "completed", output, (), None, 1.5)


@pytest.mark.parametrize("size", [0, 100, STORED_ABOVE - 10])
def test_an_output_up_to_the_limit_stays_in_its_record(size: int) -> None:
    output = {"x": "y" * size}

    def keep(payload: bytes) -> str:
        raise AssertionError("nothing may be kept")

    body, kept = encode_ended(ended(output), keep)
    assert kept is output
    assert decode(json.loads(body), no_values) == ended(output)


def test_an_output_above_the_limit_is_kept_in_a_file_and_read_back_when_it_is_looked_into() -> None:
    files: dict[str, bytes] = {}

    def keep(payload: bytes) -> str:
        files["digest"] = payload
        return "digest"

    output = {"x": "y" * STORED_ABOVE}
    body, kept = encode_ended(ended(output), keep)
    assert kept == ("digest", len(files["digest"]))
    assert len(body) < 200
    stimulus = decode(json.loads(body), lambda digest: json.loads(files[digest]))
    assert isinstance(stimulus, Ended)
    assert isinstance(stimulus.output, Stored)
    assert (stimulus.output.size, stimulus.output.load()) == (len(files["digest"]), output)


@pytest.mark.parametrize("output", [{"x": float("nan")}, {"x": float("inf")}])
def test_what_json_cannot_say_is_refused(output: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(ended(output))


def test_what_is_only_told_to_readers_is_no_stimulus() -> None:
    assert decode({"event": "run_finished", "at": 1.0, "status": "completed"}, no_values) is None


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"event": None},
        {"event": []},
        {"event": "node_exploded", "at": 1.0},
        {"event": "node_completed"},
        {"event": "node_completed", "at": 1.0, "id": "a#1", "attempt": 1, "began": 1.0, "stored": 5},
        {"event": "node_completed", "at": 1.0, "id": "a#1", "attempt": 1, "began": 1.0, "stored": {"size": 1}},
        {"event": "node_completed", "at": 1.0, "id": "a#1", "attempt": 1, "began": 1.0, "operations": [["set"]]},
        {"event": "node_completed", "at": 1.0, "id": "a#1", "attempt": 1, "began": 1.0, "operations": 5},
        {"event": "node_failed", "at": 1.0, "id": "a#1", "attempt": 1, "began": 1.0, "failure": 5},
        {"event": "node_started", "at": 1.0, "ids": 5},
        {"event": "node_started", "at": 1.0},
        {"event": "request", "at": 1.0, "what": "pause"},
        {"event": "run_started", "at": 1.0},
        {"event": "breaker_answered", "at": 1.0, "id": "a#1"},
        {"event": "breaker_answered", "at": 1.0, "id": "a#1", "era": 0, "refusal": 5},
        {"event": "run_resumed", "at": 1.0, "crashed": True},
    ],
)
def test_a_record_that_makes_no_sense_is_damage_and_names_its_number(record: dict[str, Any]) -> None:
    with pytest.raises(JournalDamaged, match="record 7 ") as caught:
        decode(record, no_values, 7)
    assert caught.value.position == 7
    assert caught.value.lost


def test_what_is_recalled_of_a_stored_output_is_where_it_is_stored() -> None:
    stored = Stored("ab" * 32, 99_000, no_values)
    recalled = Recalled(5.0, "a#1", 1, "", "completed", stored, (), None, 4.0)
    data = json.loads(encode(recalled))
    assert "output" not in data
    again = decode(data, no_values)
    assert isinstance(again, Recalled)
    assert (again.output.digest, again.output.size) == (stored.digest, stored.size)
