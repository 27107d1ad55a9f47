import json
import re
from pathlib import Path
from typing import Any

import pytest

from wflow.expr import compile_expression
from wflow.expr.failures import Absent, Failure
from wflow.expr.frame import MOST_STEPS
from wflow.expr.functions import FUNCTIONS, LOOPS, listed
from wflow.expr.lexer import LONGEST_SOURCE, MOST_DEPTH
from wflow.expr.parse import MOST_INTEGER_BITS, MOST_NODES
from wflow.expr.values import LARGEST

PAGE = Path(__file__).parents[2] / "docs" / "expressions.md"

NULL_HAS_A_MEANING = {"first", "last", "contains", "startswith", "endswith", "str", "bool", "json"}


def call(name: str, *values: Any) -> Any:
    function = FUNCTIONS[name].call
    assert function is not None
    return function(*values)


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("length", ([1, 2],), 2),
        ("length", ("é",), 1),
        ("length", ({"a": 1},), 1),
        ("length", (range(10**15),), 10**15),
        ("first", ([1, 2],), 1),
        ("first", ([],), None),
        ("first", (None,), None),
        ("first", ("abc",), "a"),
        ("last", ([1, 2],), 2),
        ("last", ("",), None),
        ("keys", ({"b": 1, "a": 2},), ["b", "a"]),
        ("values", ({"b": 1, "a": 2},), [1, 2]),
        ("items", ({"b": 1},), [["b", 1]]),
        ("sum", ([1, 2.5],), 3.5),
        ("sum", ([],), 0),
        ("sum", (range(10**12),), 10**12 * (10**12 - 1) // 2),
        ("min", ([3, 1, 2],), 1),
        ("min", (3, 1.5, 2), 1.5),
        ("min", ([],), None),
        ("max", (["a", "b"],), "b"),
        ("max", (range(0, 10**12, 3),), 999_999_999_999),
        ("min", (range(10**12, 0, -1),), 1),
        ("max", ([1, 2], [1, 3]), [1, 3]),
        ("unique", ([1, True, 1.0, "1", [1], [True], [1], None, None],), [1, True, "1", [1], [True], None]),
        ("join", (["a", 1, None, [2]], "-"), "a-1-null-[2]"),
        ("join", (["a", "b"],), "ab"),
        ("join", ([], "x"), ""),
        ("join", (range(3), ","), "0,1,2"),
        ("split", ("a, b", ", "), ["a", "b"]),
        ("split", ("  a \n b ",), ["a", "b"]),
        ("lower", ("ABC",), "abc"),
        ("upper", ("straße",), "STRASSE"),
        ("startswith", ("abc", "ab"), True),
        ("endswith", ("abc", "ab"), False),
        ("contains", ([1], 1), True),
        ("round", (2.5,), 2),
        ("round", (2.675, 1), 2.7),
        ("round", (1234, -2), 1200),
        ("round", (5, -400), 0),
        ("int", ("42",), 42),
        ("int", (" -7 ",), -7),
        ("int", (2.9,), 2),
        ("int", (True,), 1),
        ("float", ("1.5e3",), 1500.0),
        ("float", (2,), 2.0),
        ("str", ("a",), "a"),
        ("str", ({"a": True},), '{"a":true}'),
        ("bool", ("false",), False),
        ("bool", (" True ",), True),
        ("bool", ("0",), False),
        ("bool", ("",), False),
        ("bool", ([],), False),
        ("bool", (None,), False),
        ("bool", (2,), True),
        ("json", ("a",), '"a"'),
        ("range", (3,), range(3)),
        ("range", (1, 10, 3), range(1, 10, 3)),
        ("range", (10, 0, -5), range(10, 0, -5)),
        ("sort", ([3, 1, 2],), [1, 2, 3]),
        ("any", ([0, "", 1],), True),
        ("any", (range(1),), False),
        ("any", (range(10**12),), True),
        ("all", ([1, "a"],), True),
        ("all", (range(1, 10**12),), True),
        ("all", (range(10**12),), False),
        ("all", ([],), True),
    ],
)
def test_functions_compute(name: str, values: tuple[Any, ...], expected: Any) -> None:
    found = call(name, *values)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("length", (5,), "a list, a mapping or a string"),
        ("first", ({},), "`| items`"),
        ("keys", ([],), "takes a mapping"),
        ("sum", ([1, "a"],), "a list of numbers"),
        ("sum", ([True],), "a list of numbers"),
        ("sum", ([1e308, 1e308],), "too large"),
        ("sum", ([2**4095, 2**4095],), "4,096 bits"),
        ("sum", ([2**4000, 1.5],), "too large"),
        ("min", ([1, "a"],), "no order"),
        ("max", ([{}],), "no order"),
        ("max", (True, False), "no order"),
        ("unique", (range(10**9),), "at most 524,288"),
        ("sort", (range(10**9),), "at most 524,288"),
        ("join", (range(10**9),), "at most 524,288"),
        ("join", (["a"], 1), "takes a string"),
        ("join", (["x" * 1000] * 2000,), "1,048,576 characters"),
        ("join", ([""] * 2000, "x" * 1000), "1,048,576 characters"),
        ("split", ("a", ""), "not empty"),
        ("split", ("a" * (LARGEST + 1),), "at most 1,048,576"),
        ("lower", ("a" * (LARGEST + 1),), "at most 1,048,576"),
        ("upper", (1,), "takes a string"),
        ("startswith", ("a", ["a"]), "takes a string"),
        ("round", ("1",), "takes a number"),
        ("round", (True,), "takes a number"),
        ("round", (1, -(10**9)), "between -400 and 400"),
        ("round", (1.5, True), "whole numbers"),
        ("round", (1.7e308, -308), "too large"),
        ("int", ("1.5",), "`float(x)` reads it"),
        ("int", ("0x10",), "no whole number"),
        ("int", ("1_000",), "no whole number"),
        ("int", ("٣",), "no whole number"),
        ("int", ("9" * 1290,), "4,096 bits"),
        ("int", ("9" * 5000,), "no whole number"),
        ("int", ([],), "a number, a boolean or a string"),
        ("float", ("nan",), "no number"),
        ("float", ("inf",), "no number"),
        ("float", ("1e999",), "too large"),
        ("float", (2**4000,), "too large"),
        ("bool", ("yes",), "neither `true` nor `false`"),
        ("range", (1.5,), "whole numbers"),
        ("range", (True,), "whole numbers"),
        ("range", (0, 5, 0), "not 0"),
        ("range", (2**63,), "power of 62"),
        ("range", (-(2**62), 2**62), "too long"),
        ("json", (["x" * LARGEST],), "1,048,576 characters"),
        ("any", ({},), "`| values`"),
    ],
)
def test_functions_refuse_what_they_do_not_take(name: str, values: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(Failure) as caught:
        call(name, *values)
    assert reason in caught.value.reason
    assert not isinstance(caught.value, Absent)


@pytest.mark.parametrize(
    "name",
    [name for name, function in FUNCTIONS.items() if function.call is not None and name not in NULL_HAS_A_MEANING],
)
def test_null_given_to_a_function_counts_as_absent(name: str) -> None:
    with pytest.raises(Absent, match="null"):
        call(name, None)


def test_what_is_listed_is_a_list_or_a_range() -> None:
    assert listed("f", [1]) == [1]
    assert listed("f", range(2)) == range(2)
    with pytest.raises(Failure, match="`f` takes a list"):
        listed("f", "abc")


def test_the_table_is_that_of_the_design() -> None:
    names = (
        "length default first last keys values items sum min max unique join split lower upper startswith endswith "
        "contains round int float str bool json range now env where map sort any all"
    )
    assert " ".join(FUNCTIONS) == names
    assert set(FUNCTIONS) >= LOOPS
    for name, function in FUNCTIONS.items():
        assert function.name == name
        assert function.usage.startswith(f"{name}(")


def test_the_page_on_expressions_has_every_function_as_the_table_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    section = page.split("## Functions")[1].split("## Examples")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    assert lines == [f"| `{function.usage}` | {function.meaning} |" for function in FUNCTIONS.values()]


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Bounds")[1]
    bounds = [line.split("|")[2].split()[0] for line in section.splitlines() if line.startswith("| ")][1:]
    assert bounds == [
        f"{bound:,}"
        for bound in (LONGEST_SOURCE, MOST_NODES, MOST_DEPTH, MOST_INTEGER_BITS, LARGEST, LARGEST, MOST_STEPS)
    ]


def test_the_examples_on_the_page_give_what_it_says() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## Examples")[1].split("## In text")[0]
    given = json.loads(section.split("`input` = `")[1].split("`")[0])
    examples = [re.split(r" {3,}", line) for line in section.split("```")[1].splitlines()[1:]]
    assert len(examples) > 10
    for source, value in examples:
        assert compile_expression(source).evaluate({"input": given}) == json.loads(value), source
