"""A file's bytes: read within bounds, hashed, made text."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path as FilePath

from wflow.errors import UsageError
from wflow.loading.refusal import MAX_BYTES, Refused

__all__ = ["decode", "digest_bytes", "is_json", "read_bytes"]


def read_bytes(path: FilePath) -> bytes:
    """The bytes of a workflow file. Raises UsageError where it cannot be opened, Refused where it is no file that a
    workflow could be in: a folder, a device, more than 64 MiB.
    """
    try:
        # Without O_NONBLOCK a named pipe would hold the command until somebody writes to it.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UsageError(f"no such file: {path}", cure="check the path; it is read from the current folder") from None
    except ValueError:
        raise UsageError(f"no file can have the name {str(path)!r}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
    try:
        facts = os.fstat(number)
        if stat.S_ISDIR(facts.st_mode):
            raise Refused("not-a-file", "this is a folder", cure="name a workflow file in it")
        if not stat.S_ISREG(facts.st_mode):
            raise Refused("not-a-file", "this is no regular file")
        if facts.st_size > MAX_BYTES:
            raise _too_large()
        # The file may be growing: what is read is bounded too.
        with os.fdopen(number, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(number)
    if len(data) > MAX_BYTES:
        raise _too_large()
    return data


def _too_large() -> Refused:
    return Refused("too-large", f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB")


def digest_bytes(data: bytes) -> str:
    """The sha256 of ``data`` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(data: bytes) -> str:
    """The text in ``data``: UTF-8, a byte order mark taken off. Raises Refused for anything else."""
    if len(data) > MAX_BYTES:
        raise _too_large()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("not-utf8", "the file is UTF-16", cure="save it as UTF-8")
    nul = data.find(b"\0")
    if nul >= 0:
        line, column = _place(data, nul)
        raise Refused("binary", "the file is binary: it has a NUL byte", line, column)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(data, error.start)
        raise Refused("not-utf8", "the file is not UTF-8", line, column, cure="save it as UTF-8") from None


def _place(data: bytes, index: int) -> tuple[int, int]:
    start = data.rfind(b"\n", 0, index) + 1
    column = len(data[start:index].decode("utf-8", "replace")) + 1
    return data.count(b"\n", 0, index) + 1, column


def is_json(name: str) -> bool:
    """Whether a file of that name is read as JSON; all others are YAML."""
    return name.lower().endswith(".json")
