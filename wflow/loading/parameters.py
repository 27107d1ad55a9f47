"""Parameters: their schemas, their defaults, and the values that a caller gives for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from wflow.errors import UsageError
from wflow.loading.patterns import matches, pattern_fault
from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import did_you_mean, listed, there_are
from wflow.model.plenty import plenty
from wflow.model.workflow import Path, Workflow

__all__ = ["bind", "check_parameters", "value_fault"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _is_number,
    "integer": lambda value: _is_number(value) and value == int(value),
}
_WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "number": "a number",
    "integer": "a whole number",
}
_BOUNDS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("at least", lambda value, bound: value >= bound),
    "maximum": ("at most", lambda value, bound: value <= bound),
    "exclusiveMinimum": ("above", lambda value, bound: value > bound),
    "exclusiveMaximum": ("below", lambda value, bound: value < bound),
}
_SIMPLE = frozenset({"type", "enum", "default", "description", "title", "examples", *_BOUNDS})
_SLOW = "takes too long to be matched with its `pattern`"
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def bind(workflow: Workflow, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter of the workflow with the value that ``given`` or its default has for it, in the file's order.

    Raises UsageError for a parameter that the workflow does not have, one without a value, and a value that its schema
    does not allow.
    """
    for name in given:
        if name not in workflow.parameters:
            known = list(workflow.parameters)
            cure = did_you_mean(name, known) or (there_are(known) if known else "it has none")
            raise UsageError(f"workflow `{workflow.name}` has no parameter `{name}`", cure=cure)
    bound: dict[str, Any] = {}
    for name, schema in workflow.parameters.items():
        if name in given:
            fault = value_fault(schema, given[name])
            if fault is not None:
                raise UsageError(f"parameter `{name}` {fault}", cure=schema.get("description"))
            bound[name] = given[name]
        elif "default" in schema:
            bound[name] = schema["default"]
        else:
            raise UsageError(
                f"parameter `{name}` of workflow `{workflow.name}` has no value and no default",
                cure=f"pass it: -p {name}=…",
            )
    return bound


def value_fault(schema: Mapping[str, Any], value: Any) -> str | None:
    """Why ``value`` is not what ``schema`` allows, as the end of a sentence; None where it is."""
    if _is_simple(schema):
        return _simple_fault(schema, value)
    from jsonschema.exceptions import best_match

    try:
        error = best_match(_validator_class()(dict(schema)).iter_errors(value))
    except TimeoutError:
        return _SLOW
    except RecursionError:
        return "is nested too deep"
    if error is None:
        return None
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    message = error.message if len(error.message) <= 300 else error.message[:297] + "..."
    return f"{f'at {where} ' if where else ''}is not allowed: {message}"


def check_parameters(workflow: Workflow, diagnostics: list[Diagnostic]) -> None:
    """Report schemas that are none, or that could run for ever, and defaults that their own schema does not allow."""
    for name, schema in workflow.parameters.items():
        path: Path = ("parameters", name)
        faults = list(_schema_faults(schema, path))
        diagnostics += faults
        if not faults and "default" in schema:
            fault = value_fault(schema, schema["default"])
            if fault is not None:
                message = f"the default of `{name}` {fault}"
                diagnostics.append(Diagnostic(code="bad-default", message=message, path=(*path, "default")))
                if fault == _SLOW or plenty(diagnostics):
                    # Each slow pattern takes a second: one of them is enough to wait for.
                    return


def _is_simple(schema: Mapping[str, Any]) -> bool:
    """Whether a schema says no more than can be looked at without jsonschema, which takes 0.1 s to import."""
    if not schema.keys() <= _SIMPLE or not isinstance(schema.get("enum", []), list):
        return False
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) and name in _TYPES for name in names):
        return False
    return all(_is_number(schema[bound]) for bound in _BOUNDS if bound in schema)


def _simple_fault(schema: Mapping[str, Any], value: Any) -> str | None:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(_TYPES[name](value) for name in names):
        wanted = listed([_WORDS[name] for name in names], quote="", last="or")
        return f"must be {wanted}, and is {_shown(value)}"
    if "enum" in schema and not any(_equal(value, allowed) for allowed in schema["enum"]):
        return (
            f"must be one of {listed([_shown(allowed) for allowed in schema['enum']], last='or')}, not {_shown(value)}"
        )
    if _is_number(value):
        for bound, (words, holds) in _BOUNDS.items():
            if bound in schema and not holds(value, schema[bound]):
                return f"must be {words} {schema[bound]}, and is {_shown(value)}"
    return None


def _equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _schema_faults(schema: Mapping[str, Any], path: Path) -> Iterator[Diagnostic]:
    if _is_simple(schema):
        return
    found = False
    for diagnostic in _dangers(schema, path):
        found = True
        yield diagnostic
    if found:
        return
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft7Validator.check_schema(dict(schema))
    except SchemaError as error:
        message = f"this is no JSON Schema: {error.message[:200]}"
        yield Diagnostic(code="bad-parameter", message=message, path=(*path, *error.absolute_path))
    except RecursionError:
        yield Diagnostic(code="bad-parameter", message="this schema is nested too deep", path=path)


def _dangers(schema: Any, path: Path) -> Iterator[Diagnostic]:
    """What makes a schema dangerous to run: references (which can reach themselves, or the network), and patterns."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from _dangers(part, (*path, index))
        return
    if not isinstance(schema, dict):
        return
    for key, part in schema.items():
        here = (*path, key)
        if key in ("default", "enum", "const", "examples"):
            continue
        if key in _REFERENCES and isinstance(part, str):
            yield Diagnostic(
                code="bad-parameter",
                message=f"a parameter's schema cannot use `{key}`",
                path=here,
                at_key=True,
                cure="write what it refers to, or use a YAML anchor",
            )
        elif key == "pattern" and isinstance(part, str):
            fault = pattern_fault(part)
            if fault is not None:
                yield Diagnostic(code="bad-pattern", message=f"the pattern {fault}", path=here)
        elif key == "patternProperties" and isinstance(part, dict):
            for pattern in part:
                fault = pattern_fault(pattern)
                if fault is not None:
                    yield Diagnostic(
                        code="bad-pattern", message=f"the pattern {fault}", path=(*here, pattern), at_key=True
                    )
            yield from _dangers(part, here)
        else:
            yield from _dangers(part, here)


@cache
def _validator_class() -> Any:
    """Jsonschema's draft-07 with bounded `pattern` and `uniqueItems`; references are refused before it is used."""
    from jsonschema import Draft7Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(validator: Any, demand: str, value: Any, schema: Any) -> Iterator[ValidationError]:
        del validator, schema
        if isinstance(value, str) and not matches(demand, value):
            yield ValidationError(f"{_shown(value)} does not match {demand!r}")

    def unique_items(validator: Any, demand: bool, value: Any, schema: Any) -> Iterator[ValidationError]:
        del validator, schema
        if demand and isinstance(value, list):
            texts = {json.dumps(item, sort_keys=True) for item in value}
            if len(texts) != len(value):
                yield ValidationError(f"{_shown(value)} has an item twice")

    def pattern_properties(validator: Any, demand: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        del schema
        if isinstance(value, dict):
            for expression, below in demand.items():
                for key, item in value.items():
                    if matches(expression, key):
                        yield from validator.descend(item, below, path=key, schema_path=expression)

    return extend(  # type: ignore[no-untyped-call]
        Draft7Validator,
        {"pattern": pattern, "uniqueItems": unique_items, "patternProperties": pattern_properties},
    )
