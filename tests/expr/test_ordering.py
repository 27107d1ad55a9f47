from typing import Any

import pytest

from wflow.expr.failures import Absent, Failure
from wflow.expr.ordering import in_order


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([3, 1.5, 2], [1.5, 2, 3]),
        (["b", "B", "a"], ["B", "a", "b"]),
        ([[2, "a"], [1, "b"], [1, "a"]], [[1, "a"], [1, "b"], [2, "a"]]),
        ([], []),
    ],
)
def test_values_that_have_an_order_are_sorted(elements: list[Any], expected: list[Any]) -> None:
    before = list(elements)
    assert in_order(elements, None) == expected
    assert elements == before


def test_elements_with_equal_keys_keep_their_places() -> None:
    assert in_order(["x", "y", "z"], [1, 0, 1]) == ["y", "x", "z"]
    assert in_order(["x", "y", "z"], [[1], [0], [1]]) == ["y", "x", "z"]


@pytest.mark.parametrize("elements", [[1, "a"], [True, False], [{}, {}], [{}], [True], [[1], ["a"]]])
def test_values_without_an_order_are_refused_even_alone(elements: list[Any]) -> None:
    with pytest.raises(Failure, match="no order"):
        in_order(elements, None)


@pytest.mark.parametrize("elements", [[None], [1, None], ["a", None]])
def test_null_among_the_values_counts_as_absent(elements: list[Any]) -> None:
    with pytest.raises(Absent):
        in_order(elements, None)
