"""Where runs are kept, as a command opens it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wflow.store.disk import DiskStore

__all__ = ["opened_store"]


@contextmanager
def opened_store(*, read_only: bool = False) -> Iterator[DiskStore]:
    """The store in ``$WFLOW_HOME``, closed afterwards. With ``read_only`` no file of it is touched."""
    from wflow.store.disk import DiskStore
    from wflow.store.home import home_folder

    store = DiskStore(home_folder(os.environ), read_only=read_only)
    try:
        yield store
    finally:
        store.close()
