"""The plan cache: an unchanged, valid file costs a hash and a JSON parse, and no library is imported for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Any

from wflow.errors import UsageError
from wflow.loading.collector import without_collector
from wflow.loading.load import load
from wflow.loading.loaded import Check, Loaded
from wflow.loading.refusal import Refused
from wflow.loading.source import digest_bytes, is_json, read_bytes
from wflow.model.definition import from_definition, to_definition
from wflow.model.diagnostics import Problem

__all__ = ["PLAN_FORMAT", "cached"]

#: Raised whenever the definition's JSON, or what counts as valid, changes: older entries are then not found.
PLAN_FORMAT = 2


def cached(
    path: FilePath,
    get: Callable[[str], bytes | None],
    put: Callable[[str, bytes], None],
    *,
    check: Check,
    allow_outside: bool = False,
    root: FilePath | None = None,
) -> Loaded:
    """What `wflow.loading.load.load` gives for ``path``, from the cache that ``get`` and ``put`` reach when it can be.

    Valid files are cached under the hash of their bytes, with the hash of every file they name, which are looked at
    again each time; an entry that does not fit is as good as none. Raises UsageError when there is no such file.
    """
    try:
        digest = digest_bytes(read_bytes(path))
    except Refused:
        return load(path, check=check, allow_outside=allow_outside, root=root)
    # Which files may be named depends on where in the project this one lies.
    permitted = "outside-" if allow_outside else "" if root is None else f"in-{os.path.relpath(path.parent, root)}-"
    key = f"plan-{PLAN_FORMAT}-{permitted}{'json-' if is_json(path.name) else ''}{digest}"
    payload = get(key)
    if payload is not None:
        loaded = _read(path, payload, digest)
        if loaded is not None:
            return loaded
    loaded = load(path, check=check, allow_outside=allow_outside, root=root)
    if loaded.workflow is not None and loaded.digest == digest:
        put(key, _write(path, loaded))
    return loaded


def _write(path: FilePath, loaded: Loaded) -> bytes:
    assert loaded.workflow is not None
    warnings = [{**asdict(problem), "file": os.path.relpath(problem.file, path.parent)} for problem in loaded.problems]
    body = {"definition": to_definition(loaded.workflow), "files": loaded.files, "warnings": warnings}
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _read(path: FilePath, payload: bytes, digest: str) -> Loaded | None:
    """The entry, or None when it is damaged or one of its files is not what it was."""
    try:
        body: dict[str, Any] = json.loads(payload)
        files: dict[str, str] = body["files"]
        for name, known in files.items():
            if digest_bytes(read_bytes(path.parent / name)) != known:
                return None
        problems = tuple(_warning(path, written) for written in body["warnings"])
        with without_collector():
            workflow = from_definition(body["definition"])
    except (ValueError, KeyError, TypeError, AttributeError, UsageError, Refused):
        return None
    return Loaded(workflow=workflow, problems=problems, digest=digest, files=files)


def _warning(path: FilePath, written: dict[str, Any]) -> Problem:
    # A name as `load` gives it: beside the file that was asked for, without `..` in it where that can be.
    file = str(path) if written["file"] == path.name else os.path.normpath(path.parent / written["file"])
    return Problem(**{**written, "file": file})
