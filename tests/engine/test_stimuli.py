"""`wflow.engine.stimuli`: every stimulus carries its time, and the engine has a handler for each."""

from __future__ import annotations

from typing import get_args

import pytest

from wflow.engine import decide
from wflow.engine.stimuli import Began, Revised, Stimulus


@pytest.mark.parametrize("kind", get_args(Stimulus), ids=lambda kind: kind.__name__)
def test_a_stimulus_says_first_when_it_happened(kind: type) -> None:
    assert kind._fields[0] == "at"  # type: ignore[attr-defined]


def test_the_engine_handles_every_stimulus_but_those_that_a_state_begins_with() -> None:
    assert set(decide._HANDLERS) == set(get_args(Stimulus)) - {Began, Revised}
