"""The seam between the runner and what keeps a run: the files and the disk cache, or their twin in memory.

A run's side of it is `RunStore`, made of four small ones: `Journal`, `Snapshots`, `Values`, `Control`. The side
of all runs is `Store`, made of `Index` and `Plans` and the making, finding and removing of runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Control", "Index", "Journal", "Plans", "Record", "RunStore", "Shared", "Snapshots", "Store", "Values"]


class Record(NamedTuple):
    """A journal record: its ``number`` (from 1, without gaps), and what it says."""

    number: int
    data: dict[str, Any]


class Journal(ABC):
    """What happened in a run, in order: its only truth."""

    @abstractmethod
    def append(self, body: str) -> int:
        """Append one record at once, unsynced, and give its number.

        ``body`` is a JSON object on one line, with at least one key and without its number, version and checksum (as
        text: ``{"event": …}``); they are put in under a lock, so that records of several threads never mix.

        Raises RuntimeError when the caller does not own the run, ValueError when ``body`` is no such text,
        StoreUnavailable when the disk is full or gone; nothing half-written then counts, and the number is not spent.
        """

    @abstractmethod
    def sync(self) -> None:
        """Return once everything appended before the call would survive a power cut; at once when it would already.

        Raises StoreUnavailable when the disk refuses; after that the journal takes no record any more, since nobody
        can tell what of it is on the disk.
        """

    @abstractmethod
    def records(self, after: int = 0) -> Iterator[Record]:
        """The records in order whose number is above ``after``; the number and checksum of every line are verified,
        those up to ``after`` as well (what this object has verified once is passed over the second time, so that
        ``records(last number seen)`` follows a growing journal at little cost). A torn last line is left out, and so is
        what is appended while this reads.

        Raises JournalDamaged at the first record that does not fit, and at the end when fewer are there than the
        snapshot or the index know of; StoreError when a later wflow wrote it.
        """


class Snapshots(ABC):
    """The folded state at some record, so that a resume need not fold everything."""

    @abstractmethod
    def save_snapshot(self, number: int, payload: bytes) -> None:
        """Keep the folded state as it was after record ``number``; the one before is dropped.

        Syncs the journal first, so that a snapshot never knows of a record that a power cut takes away. A cache that
        cannot be written to is a warning, no error.
        """

    @abstractmethod
    def snapshot(self) -> tuple[int, bytes] | None:
        """The last snapshot, or None; one that is damaged or of another version is passed over, with a warning."""


class Values(ABC):
    """Outputs too large for a journal record, by the hash of what they are."""

    @abstractmethod
    def put_value(self, payload: bytes) -> str:
        """Keep a large value beside the journal and give its hash (SHA-256, 64 hex digits).

        Safe to call from any thread; durable on return. Raises StoreUnavailable when the disk is full or gone.
        """

    @abstractmethod
    def value(self, digest: str) -> bytes:
        """A value that `put_value` kept. Raises JournalDamaged (position 0) when it is missing or is not what its
        hash says.
        """


class Control(ABC):
    """What other commands ask of the run's owner: a letter box."""

    @abstractmethod
    def post(self, request: Mapping[str, Any]) -> str:
        """Leave a request (a JSON object) for the owner, whether there is one now or not, and give its id.

        Durable on return. Raises StoreUnavailable when it cannot be written, UsageError when it is larger than
        an owner would read.
        """

    @abstractmethod
    def requests(self) -> list[dict[str, Any]]:
        """The requests that this object has not handed out yet, oldest first, each with its ``id`` put in.

        A request stays in the box until the *next* call, or `RunStore.close`: record what it says before either, and
        an owner that dies in between leaves it to the one after. (Who records the id too can tell a request that
        comes a second time for that reason.) Cheap enough to call in every turn of a loop: 3 µs when there is
        nothing. What is no request is set aside with a warning. For the owner only: RuntimeError otherwise.
        """

    @abstractmethod
    def give_back(self) -> None:
        """Leave in the box, for the next owner, the requests that `requests` gave last: they could not be recorded."""


class RunStore(Journal, Snapshots, Values, Control):
    """What one run has on disk. Made by `Store.create` and `Store.open`; ``id`` and ``folder`` are the run's own,
    ``owned`` says whether this object owns it.

    `append` and `put_value` may be called from any thread; everything else from one.
    """

    id: str
    folder: Path
    owned: bool

    @abstractmethod
    def close(self) -> None:
        """Give the run up: its lock is free, its files are closed. Syncs nothing. A second call does nothing."""


class Index(ABC):
    """A line about each run, for listings: a cache, complete only for runs that ended or paused."""

    @abstractmethod
    def put_summary(self, run_id: str, summary: Mapping[str, Any]) -> None:
        """Keep what a listing shows of a run (a JSON object), in place of what was kept of it before.

        Its ``records``, where it has that key, is how many records the run's journal has, all synced: a journal that
        has fewer later is damaged. A cache that cannot be written to is a warning, no error.
        """

    @abstractmethod
    def summary(self, run_id: str) -> dict[str, Any] | None:
        """What `put_summary` kept of one run, or None."""

    @abstractmethod
    def summaries(self) -> Mapping[str, dict[str, Any]]:
        """What the index holds of each run (run id -> summary), in the order of the ids."""


class Plans(ABC):
    """Plans of workflow files by content hash: a cache."""

    @abstractmethod
    def plan(self, key: str) -> bytes | None:
        """A plan that `put_plan` kept under this content hash, unchanged, or None."""

    @abstractmethod
    def put_plan(self, key: str, payload: bytes) -> None:
        """Keep a plan under its content hash. A cache that cannot be written to is a warning, no error."""


class Shared(ABC):
    """JSON values under text keys that all runs share: breakers, last triggers, idempotency keys. One thread only."""

    @abstractmethod
    def get(self, key: str) -> Any:
        """The value under ``key``; None where there is none."""

    @abstractmethod
    def put(self, key: str, value: Any) -> None:
        """Keep a JSON value under ``key``; durable on return, or when the transaction around it is."""

    @abstractmethod
    def drop(self, key: str) -> None:
        """Keep nothing under ``key``."""

    @abstractmethod
    def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with ``prefix``, in order."""

    @abstractmethod
    def transact(self) -> AbstractContextManager[None]:
        """What is read and written inside happens at once, for all processes, or, when it raises, not at all."""


class Store(Index, Plans):
    """Where runs are kept. Used from one thread."""

    @abstractmethod
    def create(self, run_id: str) -> RunStore:
        """Make a run's folder and own it.

        A folder whose journal has no whole record (its owner died at once) is no run yet and is taken over. Raises
        AlreadyRunning when there is a run of that id, UsageError when it cannot be an id, StoreUnavailable when the
        folder cannot be written.
        """

    @abstractmethod
    def open(self, run_id: str, *, own: bool = False, accept_loss: bool = False) -> RunStore:
        """An existing run, to read, or with ``own`` to go on with. Raises RunNotFound when there is none.

        ``own`` takes the lock (AlreadyRunning when it is held), cuts off a torn last line and verifies the whole
        journal (JournalDamaged). With ``accept_loss`` too, the journal is cut off before its first damaged record
        instead, with a warning that says what was lost, and a snapshot that knows more is dropped; what was cut off is
        kept beside it. A first record that is damaged leaves nothing to go on with: JournalDamaged even so.
        """

    @abstractmethod
    def run_ids(self) -> list[str]:
        """The id of every run that has recorded something, oldest first."""

    @abstractmethod
    def find(self, part: str) -> str:
        """The id of the run that ``part`` means: a whole id, ``last`` for the newest, or a part of one id only.

        Raises RunNotFound, which names the ids it could be, or those like it.
        """

    @abstractmethod
    def is_alive(self, run_id: str) -> bool:
        """Whether a process owns the run now: the lock is asked, no stored word. False when there is no such run."""

    @abstractmethod
    def shared(self) -> Shared:
        """What runs share. The same object each time; `close` closes it."""

    @abstractmethod
    def remove(self, run_id: str) -> None:
        """Remove a run with all that was kept of it. Raises RunNotFound, and AlreadyRunning when a process owns it."""

    @abstractmethod
    def close(self) -> None:
        """Close what is open, runs included, without waiting for anything. A second call does nothing."""
