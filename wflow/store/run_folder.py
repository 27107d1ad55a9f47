"""One run on disk: ``runs/<id>/`` with its ``journal``, ``lock``, ``control/``, ``logs/`` and ``values/``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wflow.errors import JournalDamaged, StoreUnavailable
from wflow.store import values
from wflow.store.control import LetterBox
from wflow.store.durable import sync_folder
from wflow.store.home import private_folder
from wflow.store.interface import Record, RunStore
from wflow.store.journal import JournalFile
from wflow.store.lock import RunLock
from wflow.store.reader import JournalReader
from wflow.store.summaries import RunCache

__all__ = ["JOURNAL", "LOCK", "RunFolder", "make_run_folder"]

JOURNAL = "journal"
LOCK = "lock"
_PARTS = ("control", "logs", "values")


def make_run_folder(folder: Path) -> None:
    """Make a run's folder with all that belongs into it but the files. Raises StoreUnavailable."""
    for part in _PARTS:
        private_folder(folder / part)


class RunFolder(RunStore):
    """A run's folder to read, or, made with its lock, to write. ``cache`` is where its snapshot and summary are."""

    def __init__(self, folder: Path, cache: RunCache, warn: Callable[[str], None], lock: RunLock | None = None) -> None:
        self.id = folder.name
        self.folder = folder
        self.owned = lock is not None
        self._cache = cache
        self._warn = warn
        self._lock = lock
        self._letters = LetterBox(folder / "control", warn)
        self._reader = JournalReader(folder / JOURNAL, self.id, lambda: cache.known(self.id))
        self._journal: JournalFile | None = None

    def begin(self) -> bool:
        """Make the journal of a new run; False, with nothing changed, when a whole record is in it already."""
        reader = JournalReader(self.folder / JOURNAL, self.id, lambda: 0)
        for _ in reader.records(0):
            return False
        self._reader = reader
        self._open_journal()
        return True

    def go_on(self, *, accept_loss: bool) -> None:
        """Verify the whole journal and open it for appending. Raises JournalDamaged; with ``accept_loss`` only when
        nothing of it can be kept.
        """
        try:
            self._reader.check()
        except JournalDamaged as damage:
            if not accept_loss or self._reader.number == 0:
                raise
            self._cut_off(damage)
        self._open_journal()

    def append(self, body: str) -> int:
        """`Journal.append`."""
        journal = self._journal
        if journal is None:
            raise RuntimeError(f"only the owner of run {self.id} may append to its journal")
        return journal.append(body)

    def sync(self) -> None:
        """`Journal.sync`; nothing to do for who does not own the run."""
        if self._journal is not None:
            self._journal.sync()

    def records(self, after: int = 0) -> Iterator[Record]:
        """`Journal.records`."""
        return self._reader.records(after)

    def save_snapshot(self, number: int, payload: bytes) -> None:
        """`Snapshots.save_snapshot`."""
        self.sync()
        self._cache.save_snapshot(self.id, number, payload)

    def snapshot(self) -> tuple[int, bytes] | None:
        """`Snapshots.snapshot`."""
        return self._cache.snapshot(self.id)

    def put_value(self, payload: bytes) -> str:
        """`Values.put_value`."""
        return values.put_value(self.folder / "values", payload)

    def value(self, digest: str) -> bytes:
        """`Values.value`."""
        return values.value(self.folder / "values", digest, self.id)

    def post(self, request: Mapping[str, Any]) -> str:
        """`Control.post`."""
        return self._letters.post(request)

    def requests(self) -> list[dict[str, Any]]:
        """`Control.requests`."""
        if self._lock is None:
            raise RuntimeError(f"only the owner of run {self.id} may take its requests")
        return self._letters.requests()

    def give_back(self) -> None:
        """`Control.give_back`."""
        self._letters.give_back()

    def close(self) -> None:
        """`RunStore.close`."""
        lock, self._lock = self._lock, None
        journal, self._journal = self._journal, None
        if lock is None:
            return
        self.owned = False
        self._letters.clear_given()
        if journal is not None:
            journal.close()
        lock.release()

    def _open_journal(self) -> None:
        above = (self.folder, self.folder.parent, self.folder.parent.parent)
        self._journal = JournalFile(self.folder / JOURNAL, self._reader.number, self._reader.size, above)

    def _cut_off(self, damage: JournalDamaged) -> None:
        """Move what the journal has after its last sound record into a file beside it; drop a snapshot of such."""
        journal = self.folder / JOURNAL
        number, size = self._reader.number, self._reader.size
        kept = ""
        try:
            if journal.exists() and journal.stat().st_size > size:
                kept = f"; what was cut off is in `{_copy_of_rest(journal, size)}`"
                os.truncate(journal, size)
        except OSError as error:
            raise StoreUnavailable(f"the damaged end of `{journal}` cannot be cut off: {error.strerror}") from error
        self._cache.forget_beyond(self.id, number)
        self._reader = JournalReader(journal, self.id, lambda: 0)
        self._reader.check()
        self._warn(f"run `{self.id}` goes on after record {number}: {damage.lost} lost{kept}")


def _copy_of_rest(journal: Path, size: int) -> Path:
    counter = 1
    while (aside := journal.with_name(f"{journal.name}.damaged-{counter}")).exists():
        counter += 1
    with journal.open("rb") as source, aside.open("xb") as target:
        source.seek(size)
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    sync_folder(journal.parent)
    return aside
