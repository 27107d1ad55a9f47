"""How long a process owns a run, and what becomes of the requests it could not record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wflow.store.interface import RunStore

__all__ = ["owned"]


@contextmanager
def owned(run: RunStore) -> Iterator[RunStore]:
    """Give the run up at the end of the block. Where that raises, the requests it was handed wait for the next owner,
    who can tell by their ids those that were recorded.
    """
    try:
        yield run
    except BaseException:
        run.give_back()
        raise
    finally:
        run.close()
