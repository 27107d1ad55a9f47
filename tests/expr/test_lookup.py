from typing import Any

import pytest

from wflow.expr.failures import Absent, Failure
from wflow.expr.lookup import look, look_up_root, path_of, sliced


def here() -> str:
    return "`x`"


@pytest.mark.parametrize(
    ("value", "key", "expected"),
    [
        ({"a": 1}, "a", 1),
        ([1, 2], 0, 1),
        ([1, 2], -1, 2),
        ("abc", 1, "b"),
        (range(5), 2, 2),
        (None, "a", None),
        (None, 3, None),
    ],
)
def test_a_part_is_found_by_its_key(value: Any, key: Any, expected: Any) -> None:
    assert look(value, key, here) == expected


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        ({"rows": 1}, "rowz", "`x` has no key `rowz`; did you mean `rows`?"),
        ({"a": 1}, "a-1", "`x` has no key `a-1`; a minus after a dotted name needs a space before it"),
        ({}, "a", "`x` has no key `a`; it is empty"),
        ({"q": 1}, "abc", "`x` has no key `abc`"),
        ([1], 1, "`x` has no element 1, it has 1"),
        ([1], -2, "`x` has no element -2, it has 1"),
        ({"a": 1}, None, "`x` is a mapping, and what was to be looked up in it is null"),
    ],
)
def test_what_is_missing_is_named(value: Any, key: Any, reason: str) -> None:
    with pytest.raises(Absent) as caught:
        look(value, key, here)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        ([1], "0", "write `[0]`"),
        ([1], "name", "map"),
        ([1], True, "whole numbers"),
        ([1], 0.0, "whole numbers"),
        ({"1": 2}, 1, "strings"),
        ({"1": 2}, [1], "strings"),
        (5, "a", "has no parts"),
        (True, 0, "has no parts"),
    ],
)
def test_what_cannot_be_looked_into_like_that_is_an_error(value: Any, key: Any, reason: str) -> None:
    with pytest.raises(Failure) as caught:
        look(value, key, here)
    assert reason in caught.value.reason
    assert not isinstance(caught.value, Absent)


def test_nothing_is_ever_an_attribute() -> None:
    values: list[Any] = [{}, [], "", 1, True, range(3)]
    for value in values:
        for key in ("__class__", "keys", "append", "real"):
            with pytest.raises(Failure):
                look(value, key, here)


def test_a_missing_root_is_named_with_the_nearest() -> None:
    assert look_up_root({"input": 1}, "input") == 1
    with pytest.raises(Absent, match="there is no `inptu` here; did you mean `input`"):
        look_up_root({"input": 1}, "inptu")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ((), "nodes"),
        (("pre-check", "output", 0, -1, "from"), "nodes.pre-check.output[0][-1].from"),
        (("odd key", "", "-x"), 'nodes["odd key"][""]["-x"]'),
        (("größe",), "nodes.größe"),
    ],
)
def test_a_path_is_written_as_one_would_write_it(keys: tuple[str | int, ...], expected: str) -> None:
    assert path_of("nodes", keys) == expected


def test_slices_have_bounds_and_a_step() -> None:
    assert sliced([1, 2, 3, 4], 1, -1, None) == [2, 3]
    assert sliced("abc", None, None, -1) == "cba"
    assert sliced(range(10**12), 5, 7, None) == range(5, 7)
    assert sliced([1], -(10**30), 10**30, None) == [1]
    assert sliced(None, 1, 2, None) is None


@pytest.mark.parametrize(
    ("value", "bounds"),
    [([1], ("a", None, None)), ([1], (True, None, None)), ([1], (0, 1, 0)), ({}, (0, 1, 1)), (5, (0, 1, 1))],
)
def test_slices_of_anything_else_are_refused(value: Any, bounds: tuple[Any, Any, Any]) -> None:
    with pytest.raises(Failure):
        sliced(value, *bounds)


def test_a_message_is_made_only_when_it_is_asked_for() -> None:
    asked = []

    def path() -> str:
        asked.append(1)
        return "`x`"

    with pytest.raises(Absent) as caught:
        look({"a": 1}, "b", path)
    assert not asked
    assert caught.value.reason == "`x` has no key `b`"
    assert asked
