"""`wflow.engine.revision`: a revised run is the same run, begun anew with what stands in place of its first record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wflow.engine.decide import decide
from wflow.engine.events import NodeStarted, RunStarted
from wflow.engine.limits import take
from wflow.engine.revision import begin_again
from wflow.engine.simulate import Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Began, Resumed, Revised

Works = Callable[..., Simulation]

TEXT = """
    parameters: {much: {type: integer, default: 1}}
    nodes: {a: {type: python, script: pass}, b: {type: noop}}
    """


@pytest.fixture
def revised(simulate: Works) -> Revised:
    first = simulate(TEXT).stimuli[0]
    assert isinstance(first, Began)
    options = {"max_concurrency": 2, "workers": 2}
    told: tuple[Any, ...] = ({"a": 3}, ("b",), ("w",), "", {})
    return Revised(1500.0, first.definition, {"much": 7}, {"s.py": "12ab"}, {"HOME": "/h"}, options, *told)


def test_what_stands_in_place_of_the_first_record_has_the_time_and_the_name_of_the_run(revised: Revised) -> None:
    began, state, decision = begin_again("r1", 1000.0, 2, revised)
    assert began == (
        1000.0,
        "r1",
        revised.definition,
        {"much": 7},
        {"s.py": "12ab"},
        {"HOME": "/h"},
        revised.options,
    )
    assert (state.run_id, state.began_at, state.now, state.resumes) == ("r1", 1000.0, 1000.0, 2)
    assert [event.at for event in decision.events if isinstance(event, RunStarted)] == [1000.0]


def test_the_state_has_the_new_parameters_and_says_with_what_it_was_redefined(revised: Revised) -> None:
    _, state, _ = begin_again("r1", 1000.0, 0, revised)
    assert state.worlds[0].params == {"much": 7}
    assert (state.options, state.files, state.env) == (revised.options, {"s.py": "12ab"}, {"HOME": "/h"})
    assert state.redefined == {
        "definition": revised.definition,
        "parameters": {"much": 7},
        "files": {"s.py": "12ab"},
        "env": {"HOME": "/h"},
    }


def test_it_remembers_and_begins_by_being_told(revised: Revised) -> None:
    _, state, decision = begin_again("r1", 1000.0, 0, revised)
    assert state.memory is not None
    assert (state.memory.again, state.memory.begun, state.memory.telling) == (frozenset({"b"}), frozenset({"w"}), True)
    assert not [event for event in decision.events if isinstance(event, NodeStarted)]
    again = decide(state, Resumed(1600.0, crashed=False, options={}))
    assert [event.address for event in again.events if isinstance(event, NodeStarted)] == ["b"]
    assert not state.memory.telling
    assert state.resumes == 1


def test_numbers_go_on_from_the_last_ones_of_before(revised: Revised) -> None:
    _, state, _ = begin_again("r1", 1000.0, 0, revised)
    assert sorted(state.activations) == ["a#4", "b#1"]
    assert revised.floors == {"a": 3}
    decide(state, Resumed(1600.0, crashed=False, options={}))
    assert [one.id for one in take(state, 2)] == ["a#4"]


def test_unfinished_activations_are_kept_where_the_reader_wants_them(revised: Revised) -> None:
    seen: dict[str, Activation] = {}
    _, state, _ = begin_again("r1", 1000.0, 0, revised, seen)
    assert state.activations is seen
    assert sorted(seen) == ["a#4", "b#1"]
