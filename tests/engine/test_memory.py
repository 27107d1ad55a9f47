"""`wflow.engine.memory`: results wait by address and fingerprint, and each is taken once."""

from __future__ import annotations

import pytest

from wflow.engine.memory import Memory
from wflow.engine.stimuli import Recalled


def result(activation: str, given: str = "") -> Recalled:
    return Recalled(2.0, activation, 1, given, "completed", {"of": activation}, (), None, 1.0)


def memory(*results: Recalled) -> Memory:
    made = Memory({}, (), ())
    for one in results:
        made.keep(one)
    return made


def taken(made: Memory, address: str, given: str = "") -> str | None:
    found = made.take(address, given)
    return found.activation if found is not None else None


def test_the_oldest_that_fits_is_taken_and_each_once() -> None:
    made = memory(result("a#2"), result("a#1"), result("b#1"))
    assert [taken(made, "a"), taken(made, "a"), taken(made, "a")] == ["a#2", "a#1", None]
    assert taken(made, "b") == "b#1"


@pytest.mark.parametrize(
    ("address", "given", "expected"),
    [
        ("each[0]/a", "names:x", "each[0]/a#1"),
        ("each[0]/a", "names:y", "each[0]/a#2"),
        ("each[0]/a", "names:z", None),
        ("each[0]/a", "", None),
        ("each[1]/a", "names:x", None),
        ("a", "names:x", None),
    ],
)
def test_a_result_is_only_for_what_got_the_same_at_its_address(address: str, given: str, expected: str | None) -> None:
    made = memory(result("each[0]/a#1", "names:x"), result("each[0]/a#2", "names:y"))
    assert taken(made, address, given) == expected


def test_what_has_been_taken_leaves_nothing_behind() -> None:
    made = memory(result("a#1", "all:x"), result("a#2", "all:y"))
    made.take("a", "all:x")
    assert list(made.results["a"]) == ["all:y"]
    made.take("a", "all:y")
    assert made.results == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([""], [""]),
        (["names:x", "names:y"], ["names"]),
        (["names:x", "all:y"], ["names", "all"]),
        (["all:x", "all:y", "all:z", ""], ["all", ""]),
    ],
)
def test_the_kinds_at_an_address_are_told_by_the_first_and_the_last(given: list[str], expected: list[str]) -> None:
    made = memory(*(result(f"a#{number}", one) for number, one in enumerate(given, 1)))
    assert made.kinds("a") == expected
    assert made.kinds("b") == []


def test_it_has_its_own_floors_and_begins_by_being_told() -> None:
    floors = {"a": 3}
    made = Memory(floors, ["b", "b"], iter(["w"]))
    made.floors.pop("a")
    assert floors == {"a": 3}
    assert (made.again, made.begun, made.telling) == (frozenset({"b"}), frozenset({"w"}), True)
