from __future__ import annotations

from typing import Any

import pytest

from wflow.importing.part import Part
from wflow.importing.told import Told


def part(value: dict[str, Any], aside: dict[str, Any] | None = None) -> Part:
    told = Told()
    return Part(value, ("n",), told, Part(aside, ("n", "configuration"), told) if aside is not None else None)


def test_a_key_is_found_in_any_case_in_it_first_and_then_aside() -> None:
    one = part({"NodeName": "a", "none": None}, {"nodename": "b", "Condition": "c"})
    assert one.find("nodeName") == ("a", ("n", "NodeName"))
    assert one.find("condition") == ("c", ("n", "configuration", "Condition"))
    assert one.find("none") is None
    assert one.place("missing") == ("n",)


def test_what_nobody_asked_for_is_unused() -> None:
    one = part({"a": 1, "B": 2}, {"c": 3})
    one.find("b")
    assert [key for key, _ in one.unused()] == ["a"]
    assert one.aside is not None
    assert [key for key, _ in one.aside.unused()] == ["c"]


@pytest.mark.parametrize(
    ("method", "value", "given"),
    [
        ("text", "a", "a"), ("text", 3, "3"), ("text", True, "true"), ("text", "  ", None),
        ("whole", 3, 3), ("whole", " 3 ", 3), ("number", "1.5", 1.5), ("number", 2, 2),
        ("flag", True, True), ("flag", "False", False),
        ("flag", "no", False), ("flag", "On", True), ("whole", 3.0, 3),
        ("duration", "00:01:00", "1m"), ("duration", 5, "5s"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_what_is_asked_for(method: str, value: Any, given: Any) -> None:
    one = part({"k": value})
    assert getattr(one, method)("k") == given
    assert getattr(one, method)("missing") is None
    assert one.told.diagnostics == []


@pytest.mark.parametrize(
    ("method", "value"),
    [("text", []), ("whole", "x"), ("whole", True), ("number", "x"), ("flag", "maybe"), ("duration", "soon"),
     ("mapping", []), ("listed", {}), ("parts", ["x"])],
)  # fmt: skip
def test_a_value_of_another_kind_is_told_of_where_it_stands(method: str, value: Any) -> None:
    one = part({"k": value})
    assert not getattr(one, method)("k")
    assert [(told.code, told.path[:2]) for told in one.told.diagnostics] == [("bad-value", ("n", "k"))]


def test_lists_and_mappings_know_their_places() -> None:
    one = part({"m": {"x": 1}, "l": [{"y": 2}]})
    inner = one.mapping("m")
    assert inner is not None
    assert list(inner.items()) == [("x", (1, ("n", "m", "x")))]
    assert [piece.path for piece in one.parts("l")] == [("n", "l", 0)]


def test_a_key_with_nothing_in_it_need_not_be_asked_for() -> None:
    empty: dict[str, Any] = {"a": None, "b": "", "c": [], "d": {}, "e": 0, "f": False}
    assert [key for key, _ in part(empty).unused()] == ["e", "f"]
