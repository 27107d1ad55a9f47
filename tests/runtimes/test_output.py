from __future__ import annotations

import enum
from collections import OrderedDict, UserDict
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wflow.errors import ValueNotJson
from wflow.runtimes.output import DEEPEST, copied, plain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner, max_size=12),
    max_leaves=20,
)


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 10


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ((1, 2), [1, 2]),
        (Colour.RED, "red"),
        (Level.HIGH, 10),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict({"a": (1,)}), {"a": [1]}),
        (MappingProxyType({"a": None}), {"a": None}),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (time(3, 4), "03:04:00"),
        (Path("/a/b"), "/a/b"),
        (Decimal("1.10"), "1.10"),
        ("héllo 🙂", "héllo 🙂"),
        (2**4095, 2**4095),
    ],
)
def test_a_value_becomes_plain_json(value: Any, expected: Any) -> None:
    result = plain(value, "k")
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "`k` is of type object, which is no JSON value"),
        ({1, 2}, "`k` is of type set, which is no JSON value"),
        (b"x", "`k` is of type bytes, which is no JSON value"),
        (1j, "`k` is of type complex, which is no JSON value"),
        (float("nan"), "`k` is nan, which JSON does not have"),
        ([float("-inf")], "`k[0]` is -inf, which JSON does not have"),
        (Decimal("NaN"), "`k` is NaN, which JSON does not have"),
        ({"rows": [1, {"when": {1}}]}, "`k.rows[1].when` is of type set, which is no JSON value"),
        ({"a": {2: 1}}, "`k.a.2` is a key of type int; keys are strings"),
        ("a\ud800", "`k` holds a lone surrogate (U+D800), which is no text"),
        ({"\udfff": 1}, r"`k.\udfff` holds a lone surrogate (U+DFFF), which is no text"),
        (2**4096, "`k` is an integer of more than 4096 bits"),
        (-(2**4096), "`k` is an integer of more than 4096 bits"),
    ],
)
def test_what_is_no_json_value_is_refused_by_key(value: Any, message: str) -> None:
    with pytest.raises(ValueNotJson) as caught:
        plain(value, "k")
    assert str(caught.value) == message


def test_a_value_that_contains_itself_is_an_error_and_no_hang() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueNotJson, match="nested deeper than 200, or contains itself"):
        plain({"loop": loop}, "")
    twice: dict[str, Any] = {}
    twice["a"] = twice["b"] = twice
    with pytest.raises(ValueNotJson, match="contains itself"):
        plain(twice, "")


def test_the_deepest_nesting_passes_and_one_more_does_not() -> None:
    value: Any = 1
    for _ in range(DEEPEST):
        value = [value]
    assert plain(value, "k") == value
    with pytest.raises(ValueNotJson):
        plain([value], "k")


@given(JSON)
def test_plain_json_is_left_as_it_is_and_shares_nothing(value: Any) -> None:
    try:
        result = plain(value, "k")
    except ValueNotJson:
        assert any(mark in repr(value) for mark in ("\\ud", "0")), value
        return
    assert result == value
    assert not _containers(value) & _containers(result)


@given(JSON)
def test_a_copy_is_equal_and_shares_nothing(value: Any) -> None:
    result = copied(value)
    assert repr(result) == repr(value)
    assert not _containers(value) & _containers(result)


def test_what_a_tree_holds_twice_is_two_copies() -> None:
    shared = [1]
    result = copied({"a": shared, "b": shared, "c": {"d": shared}})
    assert result["a"] is not result["b"]
    assert result["c"]["d"] is not result["b"]


def test_a_mapping_of_another_type_is_copied_as_a_dict() -> None:
    assert copied({"a": MappingProxyType({"b": [1]})}) == {"a": {"b": [1]}}


def _containers(value: Any) -> set[int]:
    if isinstance(value, dict):
        return {id(value)}.union(*map(_containers, value.values()))
    if isinstance(value, list):
        return {id(value)}.union(*map(_containers, value))
    return set()
