"""`wflow.engine.variables`: operations on variables, and that what was there is left as it was."""

from __future__ import annotations

from typing import Any

import pytest

from wflow.engine.variables import OperationError, apply


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        (1, ("set", "x", "text"), "text"),
        (1, ("add", "x", 2), 3),
        (None, ("add", "x", 2), 2),
        (1, ("add", "x", 0.5), 1.5),
        ([1], ("append", "x", [2]), [1, [2]]),
        (None, ("append", "x", 1), [1]),
        ({"a": 1, "b": 2}, ("merge", "x", {"b": 3, "c": 4}), {"a": 1, "b": 3, "c": 4}),
        (None, ("merge", "x", {"a": 1}), {"a": 1}),
        ({"a": 1, "b": 2}, ("delete", "x", "a"), {"b": 2}),
        ({"a": 1}, ("delete", "x", "missing"), {"a": 1}),
        (5, ("delete", "x", None), None),
    ],
)
def test_an_operation_gives_the_value_it_says(before: Any, operation: tuple[str, str, Any], after: Any) -> None:
    assert apply({"x": before, "y": 0}, [operation]) == {"x": after, "y": 0}


@pytest.mark.parametrize(
    ("before", "operation", "part"),
    [
        ("text", ("add", "x", 1), "which is a string"),
        (True, ("add", "x", 1), "which is a boolean"),
        (1, ("add", "x", True), "cannot add a boolean"),
        ({}, ("append", "x", 1), "which is a mapping"),
        ([], ("merge", "x", {}), "which is a list"),
        ({}, ("merge", "x", [1]), "cannot merge a list"),
        ([1], ("delete", "x", "a"), "which is a list"),
        (1, ("double", "x", 1), "no operation"),
    ],
)
def test_an_operation_that_does_not_fit_says_why(before: Any, operation: tuple[str, str, Any], part: str) -> None:
    with pytest.raises(OperationError, match=part):
        apply({"x": before}, [operation])


def test_operations_build_on_each_other_and_leave_the_given_variables_alone() -> None:
    before = {"list": [1], "map": {"a": 1}, "count": 0}
    after = apply(before, [("append", "list", 2), ("add", "count", 1), ("add", "count", 1), ("merge", "map", {"a": 2})])
    assert after == {"list": [1, 2], "map": {"a": 2}, "count": 2}
    assert before == {"list": [1], "map": {"a": 1}, "count": 0}
