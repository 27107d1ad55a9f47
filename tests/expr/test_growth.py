import ast
from collections.abc import Iterator

import pytest

from wflow.expr.failures import Failure
from wflow.expr.growth import bounded_result, builds, gathered, selects
from wflow.expr.parse import parse
from wflow.expr.values import LARGEST


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("input.rows", False),
        ("input.rows[1:]", False),
        ("input.rows | where(it.x > 1) | sort(it.x)", False),
        ("input.rows | map(it.x.y)", False),
        ("input.rows | default([])", True),
        ("input.rows | default(null)", False),
        ("input.rows | map([it, it])", True),
        ("input.rows | map(input.rows)", True),
        ("input.rows | map([it]) | where(true)", True),
        ("input.rows + input.rows", True),
        ("[input.rows, input.rows]", True),
        ("[input.rows][0]", True),
        ("input.a and input.b", False),
        ("input.a or [1]", True),
        ("input.a if input.b else 'x' * 5", True),
        ("input.rows | length", False),
        ("not [1]", False),
        ("[1] == [2]", False),
        ("json(input)", True),
        ("min(input.a, 'x' + 'y')", True),
        ("range(5)", True),
        ("'a' | contains('b')", False),
    ],
)
def test_what_is_built_is_told_from_what_is_read(source: str, expected: bool) -> None:
    assert builds(parse(source)) is expected


def test_a_selecting_map_takes_one_part_of_each_element() -> None:
    bodies = {"it": True, "it.a[0]": True, "it.a + 1": False, "input.a": False, "[it]": False, "it[it.k]": False}
    for body, expected in bodies.items():
        tree = parse(f"x | map({body})")
        assert isinstance(tree, ast.Call)
        assert selects(tree.args[1]) is expected


def test_a_built_result_is_bounded_also_when_it_shares_its_parts() -> None:
    rows = ["x" * 1000] * 600
    assert bounded_result(rows) is rows
    assert bounded_result(range(10**12)) == range(10**12)
    with pytest.raises(Failure, match="1,048,576 characters"):
        bounded_result([rows, rows])
    with pytest.raises(Failure, match="1,048,576 characters"):
        bounded_result("x" * (LARGEST + 1))


def test_gathering_stops_as_soon_as_there_is_too_much() -> None:
    asked = []

    def values() -> Iterator[str]:
        for number in range(100):
            asked.append(number)
            yield "x" * 500_000

    with pytest.raises(Failure, match="1,048,576 characters"):
        gathered(values())
    assert len(asked) == 3
    assert gathered([1, range(2), "a"]) == [1, [0, 1], "a"]
