"""The conditions of connections: the few forms that the ExecutionEngine's router understands, made ours.

It compares texts without regard to case, takes a key that is not there for false whatever is asked, and anything that
it does not understand for false as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wflow.importing.csharp_value import quoted

__all__ = ["router_condition"]

_COMPARED = re.compile(r"output\.(\w+)\s*(==|!=|>=|<=|>|<)\s*['\"]?([^'\"]+)['\"]?", re.IGNORECASE | re.ASCII)
_TRUTH = re.compile(r"output\.(\w+)", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def router_condition(text: str, keys: Mapping[str, str]) -> str | None:
    """The condition as an expression over the source's output; None where it is none of the router's own forms."""
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    match = _TRUTH.fullmatch(text)
    if match is not None:
        return f'output{_key(match[1], keys)} | default(false) | str | lower != "false"'
    match = _COMPARED.fullmatch(text)
    if match is None:
        return None
    key, sign, wanted = _key(match[1], keys), match[2], match[3].strip()
    if match[1] in keys:
        wanted = {"truebranch": "true", "falsebranch": "false"}.get(wanted.lower(), wanted)
    there = f"{quoted(keys.get(match[1], match[1]))} in output"
    if sign in ("==", "!="):
        compared = f'output{key} | default("") | str | lower {sign} {quoted(wanted.lower())}'
        return compared if sign == "==" else f"{there} and {compared}"
    if not _NUMBER.fullmatch(wanted):
        return None
    return f"{there} and output{key} | float {sign} {wanted.removeprefix('+')}"


def _key(name: str, keys: Mapping[str, str]) -> str:
    name = keys.get(name, name)
    return f".{name}" if not name[0].isdigit() else f"[{quoted(name)}]"
