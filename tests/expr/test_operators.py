import ast
from pathlib import Path
from typing import Any

import pytest

from wflow.expr.failures import Absent, Failure
from wflow.expr.operators import BINARY, COMPARISONS, SYMBOLS, bounded, contains, minus, ordered, plus_sign
from wflow.expr.values import LARGEST

OPERATORS = {symbol: kind for kind, symbol in SYMBOLS.items()}


def compute(left: Any, symbol: str, right: Any) -> Any:
    return BINARY[OPERATORS[symbol]](left, right)


@pytest.mark.parametrize(
    ("left", "symbol", "right", "expected"),
    [
        (1, "+", 2, 3),
        (1, "+", 0.5, 1.5),
        ("a", "+", "b", "ab"),
        ([1], "+", [2], [1, 2]),
        (range(2), "+", [9], [0, 1, 9]),
        (2**62, "+", 2**62, 2**63),
        (5, "-", 7, -2),
        (3, "*", 4, 12),
        ("ab", "*", 2, "abab"),
        (2, "*", "ab", "abab"),
        ([1], "*", 2, [1, 1]),
        ([1], "*", -5, []),
        ("", "*", 10**30, ""),
        ([], "*", 10**30, []),
        (7, "/", 2, 3.5),
        (7, "//", 2, 3),
        (-7, "%", 3, 2),
        (2, "**", 10, 1024),
        (2, "**", -1, 0.5),
        (2, "**", -(10**30), 0.0),
        (1, "**", 10**300, 1),
        (9, "**", 0.5, 3.0),
        (1, "<<", 4, 16),
        (0, "<<", 10**30, 0),
        (16, ">>", 2, 4),
        (16, ">>", 10**30, 0),
        (-1, ">>", 10**30, -1),
    ],
)
def test_arithmetic_is_that_of_numbers_strings_and_lists(left: Any, symbol: str, right: Any, expected: Any) -> None:
    found = compute(left, symbol, right)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("left", "symbol", "right", "reason"),
    [
        (True, "+", 1, "a boolean is no number"),
        ("a", "+", 1, "`str(x)`"),
        ({}, "+", {}, "no meaning for a mapping and a mapping"),
        ("%s", "%", 1, "no meaning for a string and a number"),
        (True, "*", "ab", "no meaning"),
        (1.5, "*", "ab", "no meaning"),
        (1, "/", 0, "divided by zero"),
        (1, "%", 0, "divided by zero"),
        (0, "**", -1, "divided by zero"),
        (1e308, "*", 10, "too large for a number"),
        (1e308, "+", 1e308, "too large for a number"),
        (10.0, "**", 400, "too large for a number"),
        (2**4000, "/", 1.5, "too large for a number"),
        (-8, "**", 0.5, "no real number"),
        (2, "**", 4096, "4,096 bits"),
        (2, "**", 10**100, "4,096 bits"),
        (10**400, "**", 10**400, "4,096 bits"),
        (2**4095, "+", 2**4095, "4,096 bits"),
        (2**3000, "*", 2**3000, "4,096 bits"),
        (1, "<<", 4096, "4,096 bits"),
        (1, "<<", 10**100, "4,096 bits"),
        (1, "<<", -1, "not negative"),
        (1, ">>", -1, "not negative"),
        (1.5, "<<", 1, "no meaning"),
        ("a", "*", LARGEST + 1, "more than 1,048,576 characters"),
        ("a" * LARGEST, "+", "a", "more than 1,048,576 characters"),
        ([1], "*", 10**30, "more than 524,288 elements"),
        ([1] * 500_000, "+", [1] * 500_000, "more than 524,288 elements"),
        (range(10**12), "+", [1], "more than 524,288 elements"),
        (range(10**12), "*", 1, "more than 524,288 elements"),
    ],
)
def test_what_has_no_meaning_or_no_bound_is_refused_before_it_is_computed(
    left: Any, symbol: str, right: Any, reason: str
) -> None:
    with pytest.raises(Failure, match=reason.replace("(", r"\(").replace(")", r"\)")) as caught:
        compute(left, symbol, right)
    assert not isinstance(caught.value, Absent)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "/", "//", "%", "**", "<<", ">>"])
def test_null_as_an_operand_is_something_absent(symbol: str) -> None:
    for left, right in [(None, 1), (1, None)]:
        with pytest.raises(Absent, match="null"):
            compute(left, symbol, right)


def test_a_sign_stands_before_numbers_only() -> None:
    assert (minus(3), plus_sign(-2.5)) == (-3, -2.5)
    for sign in (minus, plus_sign):
        with pytest.raises(Absent):
            sign(None)
        for value in (True, "1", [1]):
            with pytest.raises(Failure, match="sign"):
                sign(value)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 2**4096, 1j])
def test_numbers_out_of_bounds_are_refused(value: Any) -> None:
    with pytest.raises(Failure):
        bounded(value)


def test_numbers_within_bounds_are_handed_on() -> None:
    assert bounded(2**4096 - 1) == 2**4096 - 1
    assert bounded(-1.5) == -1.5


@pytest.mark.parametrize(
    ("left", "symbol", "right", "expected"),
    [
        (1, "<", 1.5, True),
        ("a", "<", "b", True),
        ([1, 2], "<", [1, 3], True),
        ([1], "<", [1, 0], True),
        ([1, 2], ">=", [1, 2], True),
        ([[1], "b"], ">", [[1], "a"], True),
        (2, "<=", 1, False),
    ],
)
def test_like_is_ordered_with_like(left: Any, symbol: str, right: Any, expected: bool) -> None:
    assert ordered(symbol, left, right) is expected


@pytest.mark.parametrize(
    ("left", "right"), [(1, "1"), (True, 1), (True, False), ({}, {}), ([1], ["a"]), ("a", ["a"]), ([True], [False])]
)
def test_unlike_types_have_no_order(left: Any, right: Any) -> None:
    for symbol in ("<", "<=", ">", ">="):
        with pytest.raises(Failure, match="no order") as caught:
            ordered(symbol, left, right)
        assert not isinstance(caught.value, Absent)


def test_null_has_no_order_and_counts_as_absent() -> None:
    with pytest.raises(Absent, match="null and a number have no order"):
        ordered("<", None, 1)


@pytest.mark.parametrize(
    ("container", "value", "expected"),
    [
        ([1, 2], 1.0, True),
        ([1, 0], True, False),
        ([True], 1, False),
        ([None], None, True),
        ([[1]], [1], True),
        ([[1]], [True], False),
        ({"a": 1}, "a", True),
        ({"a": 1}, "b", False),
        ("abc", "bc", True),
        (range(10), 5, True),
        (range(10), True, False),
        (range(10**15), 2.5, False),
        (range(10**15), 3.0, True),
        (range(3), "a", False),
    ],
)
def test_containment_is_by_equality(container: Any, value: Any, expected: bool) -> None:
    assert contains(container, value) is expected


@pytest.mark.parametrize(("container", "value"), [("abc", 1), ({"1": 2}, 1), (5, 1), (True, True)])
def test_what_cannot_be_contained_is_an_error_and_not_false(container: Any, value: Any) -> None:
    with pytest.raises(Failure):
        contains(container, value)


@pytest.mark.parametrize(("container", "value"), [(None, 1), ("abc", None), ({}, None)])
def test_null_in_a_containment_counts_as_absent(container: Any, value: Any) -> None:
    with pytest.raises(Absent):
        contains(container, value)


def test_every_operator_has_its_function() -> None:
    orderings = {ast.Lt, ast.LtE, ast.Gt, ast.GtE}
    assert set(SYMBOLS) == set(BINARY) | set(COMPARISONS) | orderings
    assert COMPARISONS[ast.NotEq](1, True)
    assert COMPARISONS[ast.NotIn](1, [True])
    assert COMPARISONS[ast.In](1, [1])


def test_the_page_on_expressions_has_every_operator() -> None:
    page = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
    lines = page.split("## Operators")[1].split("## Functions")[0].splitlines()
    told = {spelling for line in lines if line.startswith("| `") for spelling in line.split("`")[1::2]}
    assert told >= {*SYMBOLS.values(), "and", "or", "not", "x if c else y"}
