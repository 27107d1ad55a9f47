"""Flaws by the schema in the user's words, and the tree without what is flawed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from wflow.loading.schemafile import Flaw, schema
from wflow.model.diagnostics import Diagnostic
from wflow.model.nearest import did_you_mean, listed, there_are
from wflow.model.workflow import Path

__all__ = ["diagnose", "without"]

_KINDS = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}
_WANTED = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "null": "nothing",
    "number": "a number",
    "integer": "a whole number",
}
_ID_RULE = "an id has letters, digits, `_` and `-`, and begins with a letter or `_`"
_VARIABLE_RULE = "an environment name has letters, digits and `_`, and begins with a letter or `_`"


def diagnose(flaw: Flaw) -> Diagnostic:
    """The flaw as a sentence with its code, its place and, where one is near, the cure."""
    return _SENTENCES[flaw.keyword](flaw)


def _named(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f"`{_short(names[-1])}`" if names else "the file"


def _owner(path: Path, schema_part: Mapping[str, Any]) -> str:
    if not path:
        return f"a {schema_part['title'].removeprefix('wflow ')}"
    kind = schema_part.get("properties", {}).get("type", {}).get("const")
    if kind is not None:
        return f"{'an' if kind[0] in 'aeiou' else 'a'} `{kind}` node"
    if isinstance(path[-1], int):
        return "an edge"
    return f"`{_short(path[-1])}`"


def _unknown_key(flaw: Flaw) -> Diagnostic:
    key = str(flaw.path[-1])
    known = list(flaw.schema.get("properties", {}))
    message = f"`{_short(key)}` is no key of {_owner(flaw.path[:-1], flaw.schema)}"
    cure = did_you_mean(key, known)
    if cure is None:
        of_a_node = "const" in flaw.schema.get("properties", {}).get("type", {})
        own = [name for name in known if name not in _common()] if of_a_node else known
        cure = there_are(own) if own else None
    return Diagnostic(code="unknown-key", message=message, path=flaw.path, at_key=True, cure=cure)


def _common() -> frozenset[str]:
    definitions = schema()["definitions"]
    return frozenset(name.removeprefix("node.") for name in definitions if name.startswith("node.")) | {"type"}


def _missing_key(flaw: Flaw) -> Diagnostic:
    path = flaw.path[:-1]
    message = f"`{flaw.demand}` is missing: {_owner(path, flaw.schema)} needs it"
    described = flaw.schema.get("properties", {}).get(flaw.demand, {})
    told = _lowered(described.get("description", "").split(";")[0])
    cure = f"add `{flaw.demand}`{f': {told}' if told else ''}"
    return Diagnostic(code="missing-key", message=message, path=path, at_key=True, cure=cure)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _wrong_type(flaw: Flaw) -> Diagnostic:
    wanted = [flaw.demand] if isinstance(flaw.demand, str) else list(flaw.demand)
    what = listed([_WANTED[name] for name in wanted], quote="", last="or")
    have = str(flaw.value).lower() if isinstance(flaw.value, bool) else _KINDS.get(type(flaw.value), "something else")
    if wanted == ["integer"] and isinstance(flaw.value, float):
        have = f"{flaw.value}"
    subject = (
        _named(flaw.path) if not flaw.path or isinstance(flaw.path[-1], str) else f"an item of {_named(flaw.path)}"
    )
    cure = None
    if wanted == ["string"] and isinstance(flaw.value, int | float | bool):
        cure = f'put it into quotes: "{str(flaw.value).lower() if isinstance(flaw.value, bool) else flaw.value}"'
    return Diagnostic(code="wrong-type", message=f"{subject} must be {what}, and is {have}", path=flaw.path, cure=cure)


def _not_listed(flaw: Flaw) -> Diagnostic:
    allowed = listed(flaw.demand, last="or")
    more = ", or a whole number" if "integer" in flaw.schema.get("type", ()) else ""
    more += ", or a mapping" if "object" in flaw.schema.get("type", ()) else ""
    message = f"{_named(flaw.path)} must be {allowed}{more}, not `{_short(flaw.value)}`"
    return Diagnostic(
        code="bad-value", message=message, path=flaw.path, cure=did_you_mean(str(flaw.value), flaw.demand)
    )


def _bad_pattern(flaw: Flaw) -> Diagnostic:
    definitions = schema()["definitions"]
    shown = _short(flaw.value)
    if flaw.demand == definitions["id"]["pattern"]:
        return Diagnostic(code="bad-id", message=f"`{shown}` is no id", path=flaw.path, cure=_ID_RULE)
    if flaw.demand == definitions["duration"]["pattern"]:
        cure = "write `250ms`, `30s`, `5m`, `2h`, `1d`, or a number of seconds"
        return Diagnostic(code="bad-duration", message=f"`{shown}` is no duration", path=flaw.path, cure=cure)
    message = f"{_named(flaw.path)} cannot be `{shown}`"
    described = flaw.schema.get("description")
    return Diagnostic(
        code="bad-value", message=message, path=flaw.path, cure=_lowered(described) if described else None
    )


def _bad_name(flaw: Flaw) -> Diagnostic:
    parent = flaw.path[-2] if len(flaw.path) > 1 else ""
    if parent == "env":
        message = f"`{_short(flaw.value)}` is no environment name"
        return Diagnostic(code="bad-id", message=message, path=flaw.path, at_key=True, cure=_VARIABLE_RULE)
    return Diagnostic(
        code="bad-id", message=f"`{_short(flaw.value)}` is no id", path=flaw.path, at_key=True, cure=_ID_RULE
    )


def _out_of_range(flaw: Flaw) -> Diagnostic:
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
    message = f"{_named(flaw.path)} must be {words[flaw.keyword]} {flaw.demand:,}, and is {_short(flaw.value)}"
    return Diagnostic(code="out-of-range", message=message, path=flaw.path)


def _empty(flaw: Flaw) -> Diagnostic:
    message = f"{_named(flaw.path)} is empty"
    cure = "add at least one node" if flaw.path and flaw.path[-1] == "nodes" else None
    return Diagnostic(code="empty", message=message, path=flaw.path, cure=cure, at_key=bool(flaw.path))


def _too_many(flaw: Flaw) -> Diagnostic:
    message = f"{_named(flaw.path)} takes one of {listed(list(flaw.schema['properties']))}, and has more"
    return Diagnostic(code="one-of", message=message, path=flaw.path, at_key=True, cure="keep one")


def _one_of(flaw: Flaw) -> Diagnostic:
    there = [name for name in flaw.demand if name in flaw.value]
    choice = listed(flaw.demand, last="or")
    if there:
        message = f"{_owner(flaw.path, flaw.schema)} takes one of {choice}, and {_named(flaw.path)} has {listed(there)}"
        return Diagnostic(code="one-of", message=message, path=flaw.path, at_key=True, cure="keep one of them")
    message = f"{_named(flaw.path)} needs {choice}: it is {_owner(flaw.path, flaw.schema)}"
    return Diagnostic(code="missing-key", message=message, path=flaw.path, at_key=True, cure=f"add {choice}")


_SENTENCES = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_type,
    "enum": _not_listed,
    "pattern": _bad_pattern,
    "propertyNames": _bad_name,
    "minimum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "maximum": _out_of_range,
    "minLength": _empty,
    "minItems": _empty,
    "minProperties": _empty,
    "maxProperties": _too_many,
    "oneOf": _one_of,
}


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def without(tree: Any, flaws: Iterable[Flaw]) -> Any:
    """The tree with every flawed value cut out; what is not on the way to one is shared with ``tree``.

    A flawed edge or node becomes None, so that the other edges keep their numbers and the node its name; any other list
    goes as a whole with its item.
    """
    copies: dict[Path, Any] = {(): dict(tree)}
    for flaw in flaws:
        if flaw.keyword in _STAYS:
            continue
        _cut(copies, flaw.path)
    return copies[()]


#: Flaws that leave a value that can be built from: what is missing is missing, a strange name is still a name.
_STAYS = frozenset({"required", "oneOf", "propertyNames", "minItems", "minProperties", "maxProperties"})


def _cut(copies: dict[Path, Any], path: Path) -> None:
    for length in range(1, len(path) + 1):
        prefix, part = path[: length - 1], path[length - 1]
        container = copies[prefix]
        if isinstance(part, str) and part not in container:
            return
        in_other_list = length < len(path) and isinstance(path[length], int) and part != "edges"
        if length == len(path) or in_other_list:
            # A flawed node is still a node: what names it is not wrong for that.
            if isinstance(part, int) or prefix[-1:] == ("nodes",):
                container[part] = None
            else:
                del container[part]
            return
        here = path[:length]
        if here not in copies:
            below = container[part]
            if not isinstance(below, dict | list):
                return
            container[part] = copies[here] = dict(below) if isinstance(below, dict) else list(below)
