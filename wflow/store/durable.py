"""Files that are whole or not there, and that survive a power cut once they are."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["sync_folder", "write_all", "write_whole"]


def write_all(descriptor: int, payload: bytes) -> None:
    """Write all of ``payload``, however many calls the system makes of it. Raises OSError, with a part written."""
    rest = memoryview(payload)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_whole(path: Path, payload: bytes) -> None:
    """Put ``payload`` at ``path``, replacing what is there, so that nobody ever sees a part of it; durable on return.

    Its folder must exist; the unfinished file is in it too, its name beginning with a dot. Raises OSError, with nothing
    left behind and what was at ``path`` as it was.
    """
    unfinished = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, payload)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        unfinished.rename(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return once the names in ``folder`` would survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
