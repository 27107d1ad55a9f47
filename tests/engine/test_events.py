"""`wflow.engine.events`: every event has a name, and a time first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from wflow.engine import events
from wflow.engine.events import Event, NodeProgress, event_name


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_an_events_name_is_its_types_in_small_letters_and_its_time_stands_first(kind: type) -> None:
    fields = kind._fields  # type: ignore[attr-defined]
    event = kind(*fields)
    assert event_name(event) == re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    assert fields[0] == "at"


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        NodeProgress(1.0, "a", 5.0, "").percent = 6.0  # type: ignore[misc]


def test_every_event_of_the_module_is_one_of_the_union() -> None:
    source = Path(events.__file__).read_text(encoding="utf-8")
    written = set(re.findall(r"^class (\w+)\(NamedTuple\)", source, re.MULTILINE)) - {"Fault"}
    assert written == {kind.__name__ for kind in get_args(Event)}
