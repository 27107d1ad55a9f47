from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from wflow.errors import UsageError
from wflow.loading.parameters import bind, check_parameters, value_fault
from wflow.model import Diagnostic, Workflow

FLOW = Workflow(
    name="etl",
    parameters={
        "source": {"type": "string", "description": "CSV to load"},
        "limit": {"type": "integer", "minimum": 1, "default": 100},
    },
)


def test_parameters_are_bound_in_the_order_of_the_file_with_their_defaults() -> None:
    assert list(bind(FLOW, {"source": "a.csv"}).items()) == [("source", "a.csv"), ("limit", 100)]
    assert bind(FLOW, {"limit": 5, "source": "b"}) == {"source": "b", "limit": 5}


@pytest.mark.parametrize(
    ("given", "message", "cure"),
    [
        ({}, "parameter `source` of workflow `etl` has no value and no default", "pass it: -p source=…"),
        ({"sorce": "x"}, "workflow `etl` has no parameter `sorce`", "did you mean `source`?"),
        ({"source": 1}, "parameter `source` must be text, and is 1", "CSV to load"),
        ({"source": "x", "limit": 0}, "parameter `limit` must be at least 1, and is 0", None),
        ({"source": "x", "limit": True}, "parameter `limit` must be a whole number, and is true", None),
    ],
)
def test_what_does_not_fit_is_a_usage_error(given: dict[str, Any], message: str, cure: str | None) -> None:
    with pytest.raises(UsageError) as refused:
        bind(FLOW, given)
    assert (refused.value.message, refused.value.cure) == (message, cure)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({}, [None, 1, "x", []], []),
        ({"type": ["integer", "null"]}, [1, 2.0, None], [1.5, "1", True]),
        ({"enum": ["a", 1, None]}, ["a", 1, None], [True, "b"]),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, [0.5, 1], [0, 1.1, "x"]),
        ({"type": "string", "minLength": 2}, ["ab"], ["a", 1]),
        ({"type": "string", "pattern": "^[a-z]+$"}, ["ab"], ["A"]),
        ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, [[], [1, 2]], [[1, 1], ["x"]]),
        ({"patternProperties": {"^x": {"type": "integer"}}}, [{"x": 1, "y": "z"}], [{"xx": "1"}]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [1, None], ["x"]),
    ],
)
def test_a_value_is_held_against_its_schema(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert value_fault(schema, value) is None
    for value in bad:
        assert value_fault(schema, value) is not None


def told(parameters: dict[str, Any]) -> list[tuple[str, tuple[str | int, ...]]]:
    diagnostics: list[Diagnostic] = []
    check_parameters(Workflow(name="w", parameters=parameters), diagnostics)
    return [(found.code, found.path[1:]) for found in diagnostics]


@pytest.mark.parametrize(
    ("schema", "code", "path"),
    [
        ({"type": "integer", "default": "x"}, "bad-default", ("default",)),
        ({"type": "string", "minLength": 3, "default": "x"}, "bad-default", ("default",)),
        ({"type": "strin"}, "bad-parameter", ("type",)),
        ({"minimum": "x"}, "bad-parameter", ("minimum",)),
        ({"properties": {"a": {"type": 3}}}, "bad-parameter", ("properties", "a", "type")),
        ({"$ref": "http://127.0.0.1:9/x.json"}, "bad-parameter", ("$ref",)),
        ({"allOf": [{"$ref": "#"}]}, "bad-parameter", ("allOf", 0, "$ref")),
        ({"pattern": "["}, "bad-pattern", ("pattern",)),
        ({"items": {"pattern": "["}}, "bad-pattern", ("items", "pattern")),
        ({"patternProperties": {"[": {}}}, "bad-pattern", ("patternProperties", "[")),
        ({"pattern": "^(a+)+$", "default": "a" * 60 + "b"}, "bad-default", ("default",)),
    ],
)
def test_a_wrong_schema_or_default_is_told_with_its_place(
    schema: dict[str, Any], code: str, path: tuple[str | int, ...]
) -> None:
    assert told({"p": schema}) == [(code, ("p", *path))]


def test_a_property_may_be_called_ref() -> None:
    assert told({"p": {"type": "object", "properties": {"$ref": {"type": "string"}}}}) == []


def test_simple_schemas_are_judged_without_jsonschema() -> None:
    code = (
        "import sys; from wflow.loading.parameters import bind, check_parameters; from wflow.model import Workflow; "
        "w = Workflow(name='w', parameters={'a': {'type': 'integer', 'default': 1}}); "
        "check_parameters(w, []); bind(w, {'a': 3}); sys.exit('jsonschema' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
