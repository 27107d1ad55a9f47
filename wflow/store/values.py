"""Large values: a file each in ``runs/<id>/values/``, named by the SHA-256 of what is in it."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from wflow.errors import JournalDamaged, StoreUnavailable
from wflow.store.durable import sync_folder, write_whole

__all__ = ["digest_of", "lost_value", "put_value", "value"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(payload: bytes) -> str:
    """The hash that a value goes by: SHA-256, 64 hex digits."""
    return sha256(payload).hexdigest()


def put_value(folder: Path, payload: bytes) -> str:
    """Keep a value in ``folder``, durable on return, and give its hash. One that is there already is left as it is.

    From any thread, for equal values too. Raises StoreUnavailable when the disk is full or gone.
    """
    digest = digest_of(payload)
    path = folder / digest
    try:
        try:
            there = path.read_bytes() == payload
        except FileNotFoundError:
            there = False
        if there:
            sync_folder(folder)  # another thread may have put it there and not have come to this yet
        else:
            write_whole(path, payload)
    except OSError as error:
        raise StoreUnavailable(
            f"a value cannot be kept in `{folder}`: {error.strerror}", cure="make room on the disk, then resume the run"
        ) from error
    return digest


def value(folder: Path, digest: str, run_id: str) -> bytes:
    """The value with this hash. Raises JournalDamaged when it is missing or something else."""
    if _DIGEST.fullmatch(digest) is None:
        raise lost_value(run_id, digest[:80], "is no hash")
    try:
        payload = (folder / digest).read_bytes()
    except FileNotFoundError:
        raise lost_value(run_id, digest, "is missing") from None
    except OSError as error:
        raise StoreUnavailable(f"`{folder / digest}` cannot be read: {error.strerror}") from error
    if digest_of(payload) != digest:
        raise lost_value(run_id, digest, "was changed")
    return payload


def lost_value(run_id: str, digest: str, what: str) -> JournalDamaged:
    """The error for a value that is not there as it was kept; ``what`` says so in two or three words."""
    return JournalDamaged(
        f"a large output of run `{run_id}` {what} (`values/{digest}`)",
        position=0,
        lost=f"the value {digest}",
        cure="run the node that made it again, or the workflow anew",
    )
