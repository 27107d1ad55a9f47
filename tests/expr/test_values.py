import math
from typing import Any

import pytest

from wflow.expr.failures import Failure
from wflow.expr.values import LARGEST, compact, equal, frozen, kind_of, plain, shown, text_of, weigh

PAIRS: list[tuple[Any, Any, bool]] = [
    (1, 1, True),
    (1, 1.0, True),
    (True, 1, False),
    (0, False, False),
    (True, True, True),
    (None, None, True),
    (None, 0, False),
    ("1", 1, False),
    ([1, True], [1, True], True),
    ([1], [True], False),
    ({"a": 1}, {"a": True}, False),
    ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
    ({"a": 1}, {"b": 1}, False),
    ([], {}, False),
    ("", [], False),
    ([[0]], [[False]], False),
    (range(2), [0, 1], True),
    ({}, None, False),
]


@pytest.mark.parametrize(("left", "right", "same"), PAIRS)
def test_values_are_equal_when_they_are_the_same_json(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right) is same
    assert equal(right, left) is same


@pytest.mark.parametrize(("left", "right", "same"), PAIRS)
def test_frozen_values_agree_with_equality(left: Any, right: Any, same: bool) -> None:
    assert (frozen(left) == frozen(right)) is same
    assert hash(frozen(left)) == hash(frozen(left))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "a list"),
        ({}, "a mapping"),
        (range(1), "a range"),
        (object(), "a object"),
    ],
)
def test_a_value_says_what_it_is(value: Any, expected: str) -> None:
    assert kind_of(value) == expected


def test_text_is_the_string_itself_or_compact_json() -> None:
    assert text_of("é") == "é"
    assert compact("é") == '"é"'
    assert text_of({"a": [1, None, True, range(2)]}) == '{"a":[1,null,true,[0,1]]}'


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, [math.nan], object(), ["x" * LARGEST], 2**5000, [2**50000], range(10**9)]
)
def test_what_is_too_large_or_no_json_has_no_text(value: Any) -> None:
    with pytest.raises(Failure):
        compact(value)


def test_weighing_stops_at_the_limit() -> None:
    shared: list[Any] = ["x" * 1000]
    for _ in range(60):
        shared = [shared, shared]
    assert 1_000_000 < weigh(shared, 1_000_000) < 1_010_000
    assert weigh(range(10**12), 100) > 100


@pytest.mark.parametrize("value", ["abc", 12, [1, 2, 3], {"key": "value"}, None, True])
def test_the_weight_of_a_value_is_about_its_length_as_json(value: Any) -> None:
    assert abs(weigh(value, 1000) - len(compact(value))) <= 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\nb", '"a\\nb"'),
        ([1, {"a": None}], '[1,{"a":null}]'),
        (2**5000, "a number of 5,001 bits"),
        (range(3), "range(0, 3, 1)"),
        (math.inf, "Infinity"),
        (object(), "a object"),
    ],
)
def test_a_value_is_shown_as_short_json(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_a_shown_value_is_never_longer_than_eighty_characters_and_never_read_whole() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for value in [
        "x" * 10**6,
        list(range(10**6)),
        {str(n): "y" * 100 for n in range(1000)},
        deep,
        [["z" * 50] * 50] * 50,
    ]:
        assert len(shown(value)) <= 80
        assert "…" in shown(value)


def test_a_range_becomes_a_list_where_plain_json_is_wanted() -> None:
    assert plain(range(3)) == [0, 1, 2]
    assert plain("x") == "x"
    with pytest.raises(Failure, match="1,000,000,000 numbers"):
        plain(range(10**9))
