"""A workflow file to its workflow and its problems. What it takes to read one is imported when one is read."""

from __future__ import annotations

from pathlib import Path

from wflow.loading.loaded import Check, Loaded
from wflow.loading.refusal import Refused
from wflow.loading.source import digest_bytes, read_bytes

__all__ = ["digest_of", "load", "load_patch", "load_text"]


def load(path: Path, *, check: Check, allow_outside: bool = False, root: Path | None = None) -> Loaded:
    """The workflow in ``path`` with every problem of the file. ``check`` is `wflow.graph.checks.check`.

    With ``allow_outside`` subflow files may lie outside the project, whose folder is ``root`` (default: the one that
    ``path`` lies in). Raises UsageError when there is no such file.
    """
    from wflow.loading.session import Session

    return Session(check, path, allow_outside=allow_outside, root=root).result(path, str(path))


def load_text(text: bytes, *, name: str, base: Path, check: Check, allow_outside: bool = False) -> Loaded:
    """The workflow in ``text``, as if it were the file ``name`` in the folder ``base``."""
    from wflow.loading.session import Session

    path = base / Path(name).name
    return Session(check, path, allow_outside=allow_outside).result(path, name, text)


def load_patch(path: Path, *, folder: Path, patch: Check, check: Check, allow_outside: bool) -> Loaded:
    """The patch in ``path``, as a workflow of nothing but what it adds, with every problem of it.

    ``patch`` judges it, ``check`` the subflow files that it names; script and subflow files are looked for from
    ``folder``. Raises UsageError when there is no such file.
    """
    from wflow.loading.session import Session

    try:
        data = read_bytes(path)
    except Refused:
        data = None
    # Under a name of its own in that folder: a subflow's file there may have the patch's.
    place = path if data is None else folder / f"{path.name} (patch)"
    session = Session(check, place, allow_outside=allow_outside, patch=patch)
    return session.result(place, str(path), data)


def digest_of(path: Path) -> str:
    """The sha256 of the file's bytes, in hexadecimal; of what is no regular file, that of nothing.

    Raises UsageError when it cannot be read.
    """
    try:
        return digest_bytes(read_bytes(path))
    except Refused:
        return digest_bytes(b"")
