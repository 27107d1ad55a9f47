from __future__ import annotations

from typing import Any

import pytest

from wflow.errors import ValueNotJson
from wflow.runtimes.variables import UnknownVariable, Variables


def start() -> dict[str, Any]:
    return {"count": 1, "rows": [1], "seen": {"a": 1}, "none": None, "word": "x"}


def test_reads_see_the_scripts_own_writes_at_once_and_the_given_values_stay() -> None:
    given = start()
    variables = Variables(given)
    variables.add("count", 2)
    variables.append("rows", {"n": 2})
    variables.merge("seen", {"b": 2})
    variables["word"] = "y"
    variables.delete("seen", "a")
    assert dict(variables) == {"count": 3, "rows": [1, {"n": 2}], "seen": {"b": 2}, "none": None, "word": "y"}
    assert given == start()
    assert variables.operations == [
        ("add", "count", 2),
        ("append", "rows", {"n": 2}),
        ("merge", "seen", {"b": 2}),
        ("set", "word", "y"),
        ("delete", "seen", "a"),
    ]


def test_a_null_counts_as_nothing_for_each_operation() -> None:
    for operation, value, expected in (("add", 2, 2), ("append", 1, [1]), ("merge", {"a": 1}, {"a": 1})):
        variables = Variables({"none": None})
        getattr(variables, operation)("none", value)
        assert variables["none"] == expected


def test_delete_without_a_key_makes_the_variable_null() -> None:
    variables = Variables(start())
    del variables["count"]
    variables.delete("seen")
    assert variables["count"] is None
    assert variables.operations == [("delete", "count", None), ("delete", "seen", None)]


def test_a_value_that_was_read_or_written_is_the_scripts_own() -> None:
    variables = Variables(start())
    variables["rows"].append(99)
    assert variables["rows"] == [1]
    mine = {"deep": [1]}
    variables["seen"] = mine
    mine["deep"].append(2)
    variables.merge("seen", {"more": 1})
    assert variables["seen"] == {"deep": [1], "more": 1}
    assert variables.operations[0] == ("set", "seen", {"deep": [1]})


def test_a_name_that_is_not_declared_is_refused_with_the_nearest() -> None:
    variables = Variables(start())
    for write in (
        lambda: variables.set("cuont", 1),
        lambda: variables.add("cuont", 1),
        lambda: variables.append("cuont", 1),
        lambda: variables.merge("cuont", {}),
        lambda: variables.delete("cuont"),
        lambda: variables["cuont"],
    ):
        with pytest.raises(UnknownVariable, match="declares no variable `cuont`; did you mean `count`"):
            write()
    assert variables.operations == []
    assert variables.get("cuont") is None
    with pytest.raises(UnknownVariable, match="declare it under `variables`"):
        variables.set("something_else", 1)


@pytest.mark.parametrize(
    ("operation", "name", "value", "message"),
    [
        ("add", "rows", 1, "cannot add a number to variable `rows`, which is a list"),
        ("add", "count", "1", "cannot add a string to variable `count`, which is a number"),
        ("add", "count", True, "cannot add a boolean to variable `count`, which is a number"),
        ("append", "count", 1, "cannot append to variable `count`, which is a number"),
        ("merge", "rows", {}, "cannot merge a mapping into variable `rows`, which is a list"),
        ("merge", "seen", [], "cannot merge a list into variable `seen`, which is a mapping"),
        ("delete", "count", "x", "cannot delete `x` from variable `count`, which is a number"),
    ],
)
def test_an_operation_that_does_not_fit_is_refused(operation: str, name: str, value: Any, message: str) -> None:
    variables = Variables(start())
    with pytest.raises(TypeError) as caught:
        getattr(variables, operation)(name, value)
    assert str(caught.value) == message
    assert variables.operations == []


def test_a_write_that_is_no_json_value_names_the_variable() -> None:
    with pytest.raises(ValueNotJson, match=r"`variables.rows` is of type object"):
        Variables(start()).append("rows", object())
    with pytest.raises(ValueNotJson, match=r"`variables.count` is inf"):
        Variables({"count": 1e308}).add("count", 1e308)


def test_it_looks_like_the_mapping_that_it_is() -> None:
    variables = Variables(start())
    assert len(variables) == 5
    assert "rows" in variables
    assert list(variables) == list(start())
    assert repr(variables) == repr(start())
