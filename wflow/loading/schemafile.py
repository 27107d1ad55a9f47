"""The JSON Schema of workflow files, found, read and compiled into plain functions.

jsonschema needs some 150 µs for a node of this schema, which is seconds for a file of ten thousand; these functions
need two. They know the keywords that the schema uses and refuse to compile any other, and a test holds their verdicts
equal to jsonschema's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from wflow.errors import WflowError
from wflow.model.plenty import MAX_PROBLEMS
from wflow.model.workflow import Path

__all__ = ["Check", "Flaw", "compile_schema", "patch_validator", "schema", "schema_path", "validator"]


class Flaw(NamedTuple):
    """A value that breaks a keyword of the schema: ``path`` to it, the keyword, what it demands, and the value.

    For ``required`` and ``additionalProperties`` the path ends with the key that is missing or too much; ``schema`` is
    the object that holds the keyword.
    """

    path: Path
    keyword: str
    demand: Any
    value: Any
    schema: Mapping[str, Any]


Flaws = list[Flaw] | None
Check = Callable[[Any], Flaws]

_IGNORED = frozenset({"$schema", "title", "description", "default", "examples", "definitions"})
_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: type(value) is dict,
    "array": lambda value: type(value) is list,
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "null": lambda value: value is None,
    "number": lambda value: type(value) is int or type(value) is float,
    "integer": lambda value: type(value) is int or (type(value) is float and value.is_integer()),
}


def schema_path() -> FilePath:
    """Where the schema file is: beside the package's modules in a wheel, beside the package in a source tree.

    Raises WflowError when it is in neither place.
    """
    package = FilePath(__file__).resolve().parent.parent
    for folder in (package, package.parent):
        path = folder / "schemas" / "workflow.schema.json"
        if path.is_file():
            return path
    raise WflowError("the schema of workflow files is missing from this installation", cure="install wflow again")


@cache
def schema() -> dict[str, Any]:
    """The schema as JSON."""
    loaded: dict[str, Any] = json.loads(schema_path().read_text(encoding="utf-8"))
    return loaded


@cache
def validator() -> Check:
    """The function that gives every flaw of a whole file's value, None where it has none."""
    return compile_schema(schema())


@cache
def patch_validator() -> Check:
    """The same for a patch: the nodes and edges that a run is to get, and the variables and pools that they need."""
    whole = schema()
    keys = {name: whole["properties"][name] for name in ("nodes", "edges", "variables", "pools")}
    return compile_schema({**whole, "title": "wflow patch", "required": [], "minProperties": 1, "properties": keys})


def compile_schema(root: Mapping[str, Any]) -> Check:
    """A function that gives the flaws of a value by ``root``. Raises ValueError for a keyword not known here."""
    compiled: dict[str, list[Check]] = {}

    def resolve(name: str) -> Check:
        # A definition may reach itself (nodes hold nodes): the box is there before what goes into it.
        box = compiled.get(name)
        if box is None:
            box = compiled[name] = []
            box.append(_compile(root["definitions"][name.removeprefix("#/definitions/")], resolve))
        if len(box) == 1:
            return box[0]
        return lambda value: box[0](value)  # noqa: PLW0108 - what is in the box comes later

    return _compile(root, resolve)


def _compile(part: Mapping[str, Any], resolve: Callable[[str], Check]) -> Check:
    if "$ref" in part:
        return resolve(part["$ref"])
    checks = [*_value_checks(part), *_object_checks(part, resolve), *_list_checks(part, resolve)]
    checks += _combined_checks(part, resolve)
    wrong = _type_check(part)
    if wrong is None and len(checks) == 1:
        return checks[0]

    def check(value: Any) -> Flaws:
        if wrong is not None and wrong(value):
            return [Flaw((), "type", part["type"], value, part)]
        flaws: Flaws = None
        for one in checks:
            more = one(value)
            if more:
                flaws = flaws + more if flaws else more
        return flaws

    unknown = part.keys() - _KNOWN - _IGNORED
    if unknown:
        raise ValueError(f"the schema uses {', '.join(sorted(unknown))}, which is not known here")
    return check


_KNOWN = frozenset(
    {"type", "enum", "const", "pattern", "minLength", "minimum", "exclusiveMinimum", "maximum", "properties", "items"}
    | {
        "required",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "minItems",
        "dependencies",
    }
    | {"allOf", "oneOf", "if", "then", "else"}
)


def _type_check(part: Mapping[str, Any]) -> Callable[[Any], bool] | None:
    names = part.get("type")
    if names is None:
        return None
    if isinstance(names, str):
        right = _TYPES[names]
        return lambda value: not right(value)
    any_of = [_TYPES[name] for name in names]
    return lambda value: not any(right(value) for right in any_of)


def _value_checks(part: Mapping[str, Any]) -> list[Check]:
    checks: list[Check] = []

    def add(keyword: str, broken: Callable[[Any], bool]) -> None:
        demand = part[keyword]
        checks.append(lambda value: [Flaw((), keyword, demand, value, part)] if broken(value) else None)

    if "enum" in part:
        allowed = frozenset(part["enum"])
        add("enum", lambda value: type(value) is not str or value not in allowed)
    if "const" in part:
        constant = part["const"]
        add("const", lambda value: value != constant)
    if "pattern" in part:
        search = re.compile(part["pattern"].replace("$", r"\Z")).search
        add("pattern", lambda value: type(value) is str and search(value) is None)
    if "minLength" in part:
        add("minLength", lambda value: type(value) is str and len(value) < part["minLength"])
    if "minimum" in part:
        add("minimum", lambda value: _number(value) and value < part["minimum"])
    if "exclusiveMinimum" in part:
        add("exclusiveMinimum", lambda value: _number(value) and value <= part["exclusiveMinimum"])
    if "maximum" in part:
        add("maximum", lambda value: _number(value) and value > part["maximum"])
    if "minItems" in part:
        add("minItems", lambda value: type(value) is list and len(value) < part["minItems"])
    if "minProperties" in part:
        add("minProperties", lambda value: type(value) is dict and len(value) < part["minProperties"])
    if "maxProperties" in part:
        add("maxProperties", lambda value: type(value) is dict and len(value) > part["maxProperties"])
    return checks


def _number(value: Any) -> bool:
    return type(value) is int or type(value) is float


def _object_checks(part: Mapping[str, Any], resolve: Callable[[str], Check]) -> list[Check]:
    checks: list[Check] = []
    required = tuple(part.get("required", ()))
    if required:

        def check_required(value: Any) -> Flaws:
            if type(value) is not dict:
                return None
            for key in required:
                if key not in value:
                    return [Flaw((k,), "required", k, value, part) for k in required if k not in value]
            return None

        checks.append(check_required)
    if part.keys() & {"properties", "additionalProperties", "propertyNames"}:
        checks.append(_members_check(part, resolve))
    for key, needed in part.get("dependencies", {}).items():
        checks.append(_dependency_check(key, needed, part))
    return checks


def _members_check(part: Mapping[str, Any], resolve: Callable[[str], Check]) -> Check:
    known = {key: _compile(below, resolve) for key, below in part.get("properties", {}).items()}
    rest = part.get("additionalProperties", True)
    closed = rest is False
    other = _compile(rest, resolve) if isinstance(rest, dict) else None
    names = _compile(part["propertyNames"], resolve) if "propertyNames" in part else None

    def check(value: Any) -> Flaws:
        if type(value) is not dict:
            return None
        flaws: list[Flaw] = []
        for key, below in value.items():
            if names is not None and names(key):
                flaws.append(Flaw((key,), "propertyNames", None, key, part))
            one = known.get(key, other)
            if one is not None:
                more = one(below)
                if more:
                    flaws += [Flaw((key, *flaw.path), *flaw[1:]) for flaw in more]
            elif closed and key not in known:
                flaws.append(Flaw((key,), "additionalProperties", None, below, part))
            if len(flaws) > MAX_PROBLEMS:
                break
        return flaws or None

    return check


def _dependency_check(key: str, needed: list[str], part: Mapping[str, Any]) -> Check:
    def check(value: Any) -> Flaws:
        if type(value) is not dict or key not in value:
            return None
        return [Flaw((k,), "required", k, value, part) for k in needed if k not in value] or None

    return check


def _list_checks(part: Mapping[str, Any], resolve: Callable[[str], Check]) -> list[Check]:
    if "items" not in part:
        return []
    one = _compile(part["items"], resolve)

    def check(value: Any) -> Flaws:
        if type(value) is not list:
            return None
        flaws: list[Flaw] = []
        for index, below in enumerate(value):
            more = one(below)
            if more:
                flaws += [Flaw((index, *flaw.path), *flaw[1:]) for flaw in more]
                if len(flaws) > MAX_PROBLEMS:
                    break
        return flaws or None

    return [check]


def _combined_checks(part: Mapping[str, Any], resolve: Callable[[str], Check]) -> list[Check]:
    checks: list[Check] = []
    branches = part.get("allOf", [])
    chosen = {case["if"]["properties"]["type"]["const"]: case["then"] for case in branches if _chooses_by_type(case)}
    if chosen:
        by_type = {name: _compile(then, resolve) for name, then in chosen.items()}

        def check_by_type(value: Any) -> Flaws:
            if type(value) is not dict:
                return None
            kind = value.get("type")
            one = by_type.get(kind) if type(kind) is str else None
            return one(value) if one is not None else None

        checks.append(check_by_type)
    checks += [_compile(branch, resolve) for branch in branches if not _chooses_by_type(branch)]
    if "if" in part:
        condition = _compile(part["if"], resolve)
        then = _compile(part.get("then", {}), resolve)
        otherwise = _compile(part.get("else", {}), resolve)
        checks.append(lambda value: otherwise(value) if condition(value) else then(value))
    if "oneOf" in part:
        groups = [tuple(branch["required"]) for branch in part["oneOf"]]
        checks.append(_one_of_check(groups, part))
    return checks


def _chooses_by_type(case: Mapping[str, Any]) -> bool:
    condition = case.get("if", {})
    return "const" in condition.get("properties", {}).get("type", {}) and condition.get("required") == ["type"]


def _one_of_check(groups: list[tuple[str, ...]], part: Mapping[str, Any]) -> Check:
    def check(value: Any) -> Flaws:
        if type(value) is not dict:
            return None
        if sum(all(key in value for key in group) for group in groups) == 1:
            return None
        return [Flaw((), "oneOf", [key for group in groups for key in group], value, part)]

    return check
