"""The environment of a script: the engine's own, the node's ``env``, and the ``WFLOW_`` names."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wflow.runtimes.leftovers import fitting, marker_of
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Work

__all__ = [
    "LARGEST",
    "Environment",
    "as_text",
    "attempt_entries",
    "build_environment",
    "environment_name",
    "inherited_entries",
]

#: Bytes that a value in the environment may have with its name; what is larger is in the JSON file only.
LARGEST = 32_768

# Names that an engine sets: a script of a nested run must not see those of the outer one.
_OURS = re.compile(
    rb"WFLOW_(?:INPUT(?:_.*)?|VAR_.*|PARAM_.*|VARS|PARAMS|OUTPUT|VARIABLES|PROGRESS|WORK|RUN_ID|ACTIVATION|ATTEMPT|NODE"
    rb"|IDEMPOTENCY_KEY)",
    re.DOTALL,
)
_OTHER = re.compile(r"[^A-Z0-9]")


class Environment(NamedTuple):
    """What a process gets. ``left_out`` are the prefixes (``WFLOW_PARAM_`` …) of which a value is missing because it is
    too large or holds a NUL; ``warnings`` are sentences for the user.
    """

    entries: dict[bytes, bytes]
    left_out: frozenset[str]
    warnings: tuple[str, ...]


def environment_name(key: str) -> str:
    """The key as part of an environment name: upper case, anything but ASCII letters and digits as ``_``."""
    return _OTHER.sub("_", key.upper())


def as_text(value: Any) -> str:
    """A JSON value as text: a string as it is, everything else as JSON."""
    return value if type(value) is str else json.dumps(value, ensure_ascii=False)


def build_environment(work: Work, argv: Sequence[str], files: Mapping[str, str]) -> Environment:
    """The environment of the attempt's process; ``files`` are further names with their values (``WFLOW_OUTPUT`` …).

    It fits, with ``argv``, what the system takes: the largest values are left out, with a warning, until it does.
    Raises NotStarted for a name or a value in the node's ``env`` that no environment can hold.
    """
    entries = inherited_entries() | attempt_entries(work)
    for key, value in files.items():
        entries[key.encode()] = os.fsencode(value)
    warnings: list[str] = []
    left_out: set[str] = set()
    values: dict[bytes, str] = {}
    for prefix, what, mapping in (
        ("WFLOW_INPUT_", "input", work.input),
        ("WFLOW_VAR_", "variables", work.variables),
        ("WFLOW_PARAM_", "params", work.params),
    ):
        if mapping:
            _add(prefix, what, mapping, entries, values, left_out, warnings)
    _fit(entries, argv, values, left_out, warnings)
    return Environment(entries, frozenset(left_out), tuple(warnings))


def inherited_entries() -> dict[bytes, bytes]:
    """The engine's own environment, without what a run that this one is nested in has put there."""
    return {name: value for name, value in os.environb.items() if name[:6] != b"WFLOW_" or not _OURS.fullmatch(name)}


def attempt_entries(work: Work) -> dict[bytes, bytes]:
    """The node's ``env``, and the names that tell a script and all that it starts which attempt they belong to.

    Raises NotStarted for a name or a value that no environment can hold.
    """
    entries = {_env_name(key): _env_value(key, value) for key, value in work.env.items()}
    for marker in marker_of(work.run.id, work.activation):
        name, _, text = marker.partition(b"=")
        entries[name] = text
    entries[b"WFLOW_ATTEMPT"] = b"%d" % work.attempt
    entries[b"WFLOW_NODE"] = fitting(work.address)
    entries[b"WFLOW_IDEMPOTENCY_KEY"] = fitting(work.idempotency_key)
    return entries


def _env_name(key: str) -> bytes:
    name = _bytes(key)
    if not name or b"=" in name:
        raise NotStarted(f"`{key}` in the node's `env` cannot be the name of an environment variable")
    return name


def _env_value(key: str, value: Any) -> bytes:
    text = _bytes(as_text(value))
    if text is None:
        raise NotStarted(f"`{key}` in the node's `env` holds a character that no environment variable can hold")
    return text


def _bytes(text: str) -> bytes | None:
    """The text in UTF-8; None where it holds what an environment cannot."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None
    return None if b"\0" in data else data


def _add(
    prefix: str,
    what: str,
    mapping: Mapping[str, Any],
    entries: dict[bytes, bytes],
    values: dict[bytes, str],
    left_out: set[str],
    warnings: list[str],
) -> None:
    keys: dict[str, str] = {}
    for key, value in mapping.items():
        name = prefix + environment_name(key)
        first = keys.setdefault(name, key)
        if first is not key:
            warnings.append(f"`{first}` and `{key}` in `{what}` both become ${name}; the first has it")
            continue
        text = as_text(value)
        data = _bytes(text) if len(text) <= LARGEST else None
        if data is None or len(name) + len(data) > LARGEST:
            left_out.add(prefix)
            continue
        entry = name.encode()
        entries[entry] = data
        values[entry] = f"`{key}` in `{what}`"


def _fit(
    entries: dict[bytes, bytes],
    argv: Sequence[str],
    values: Mapping[bytes, str],
    left_out: set[str],
    warnings: list[str],
) -> None:
    # Each string ends with a NUL and has a pointer to it; the rest is what the kernel puts beside them.
    room = _room() - 16_384 - sum(len(os.fsencode(argument)) + 9 for argument in argv)
    room -= sum(len(name) + len(value) + 10 for name, value in entries.items())
    if room >= 0:
        return
    for name in sorted(values, key=lambda name: len(entries[name]), reverse=True):
        room += len(name) + len(entries.pop(name)) + 10
        left_out.add(name[: name.index(b"_", 6) + 1].decode())
        warnings.append(f"{values[name]} is not in ${name.decode()}: the environment has no room for it, its file does")
        if room >= 0:
            return


def _room() -> int:
    """Bytes that arguments and environment may have together: a quarter of the stack, at most 6 MiB (execve(2))."""
    try:
        most = os.sysconf("SC_ARG_MAX")
    except (ValueError, OSError):
        most = -1
    return min(most, 6 << 20) if most > 0 else 131_072
