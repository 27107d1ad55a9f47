"""Parameters of a run as its caller gives them: ``-p name=value``, and ``--params FILE`` below it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wflow.errors import UsageError
from wflow.loading.parameters import bind
from wflow.model import Workflow

__all__ = ["bound_parameters", "given_parameters", "read_file", "read_value"]


def bound_parameters(workflow: Workflow, pairs: Sequence[str], file: Path | None) -> dict[str, Any]:
    """Every parameter with its value: from ``pairs``, else from the file, else its default.

    Raises UsageError for a pair that is none, a file that is no mapping, and whatever `bind` does not allow.
    """
    return bind(workflow, given_parameters(workflow, pairs, file))


def given_parameters(workflow: Workflow, pairs: Sequence[str], file: Path | None) -> dict[str, Any]:
    """The parameters that are given a value, by ``pairs`` or else by the file, read by the workflow's schemas.

    Raises UsageError for a pair that is none and a file that is no mapping.
    """
    given = read_file(file) if file is not None else {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"`{pair}` gives no parameter a value", cure="write it as -p name=value")
        given[name] = read_value(workflow.parameters.get(name, {}), text)
    return given


def read_value(schema: Mapping[str, Any], text: str) -> Any:
    """What the text stands for by the schema's type: a ``string`` stays as typed, all else is read as JSON.

    Where the type leaves it open, the text is what JSON makes of it, and where JSON makes nothing of it a string. So
    it is where it is no JSON, for `bind` to say what it should have been.
    """
    types = schema.get("type")
    if types == "string":
        return text
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    if isinstance(types, list) and "string" in types and _type_of(value) not in types:
        return text
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "integer", float: "number"}
    return names.get(type(value), "null")


def read_file(path: Path) -> dict[str, Any]:
    """The mapping in a JSON or YAML file. Raises UsageError where there is none."""
    from wflow.loading.refusal import Found, Refused
    from wflow.loading.source import decode, read_bytes
    from wflow.loading.text import parse

    found: list[Found] = []
    try:
        tree = parse(decode(read_bytes(path)), path.name, found)
    except Refused as refused:
        found.append(refused.found)
        tree = None
    if found:
        first = found[0]
        raise UsageError(f"{path}:{first.line}:{first.column}: {first.diagnostic.message}", cure=first.diagnostic.cure)
    if not isinstance(tree, dict):
        raise UsageError(f"{path} holds no parameters", cure="write a mapping: `name: value`, a line each")
    return tree
