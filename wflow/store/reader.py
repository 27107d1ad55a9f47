"""The journal as anybody may read it, also while its owner writes: verified line by line, nothing kept in memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from wflow.errors import JournalDamaged, StoreError, StoreUnavailable
from wflow.store.interface import Record
from wflow.store.record import LATER_VERSION, fits, is_whole_inside, number_of, parse, what_is_wrong

__all__ = ["JournalReader"]

_BUFFER = 1 << 18
_MARK_EVERY = 1024
_ALL = 1 << 62


class JournalReader:
    """Reads one journal, as often as wanted: what it has verified it passes over the next time.

    ``known`` is asked once, before the first reading, how many records the file must have at least: read the other
    way round, a record appended in between would look lost. ``number`` and ``size`` are those of the last record
    verified so far, and of all up to it in bytes.
    """

    __slots__ = ("_known", "_marks", "_path", "_run_id", "number", "size")

    def __init__(self, path: Path, run_id: str, known: Callable[[], int]) -> None:
        self._path = path
        self._run_id = run_id
        self._known: Callable[[], int] | int = known
        self._marks = [(0, 0)]  # (number, size) at about every 1,024th record: where a reading may start
        self.number = 0
        self.size = 0

    def check(self) -> None:
        """Verify every line, as `records` does, without reading any as JSON."""
        for _ in self.records(_ALL):
            pass

    def records(self, after: int) -> Iterator[Record]:
        """`wflow.store.interface.Journal.records`."""
        if not isinstance(self._known, int):
            self._known = self._known()
        try:
            with self._path.open("rb", buffering=_BUFFER) as file:
                yield from self._read(file, after)
        except FileNotFoundError:
            self._forget()
        except OSError as error:
            raise StoreUnavailable(f"the journal `{self._path}` cannot be read: {error.strerror}") from error
        if self.number < self._known:
            raise self._damaged(
                self.number + 1, f"it ends after record {self.number}, but had {self._known}", self._known
            )

    def _read(self, file: BinaryIO, after: int) -> Iterator[Record]:
        end = file.seek(0, 2)
        if end < self.size:
            self._forget()
        number, size = self._start(after)
        file.seek(size)
        for line in file:
            number += 1
            if not fits(line, number):
                self._pass(number - 1, size)
                self._judge(file, line, number)
                return
            size += len(line)
            if number > after:
                self._pass(number, size)
                yield self._record(file, line, number)
            elif not number % _MARK_EVERY:
                self._pass(number, size)
            if size >= end:  # a writer faster than its reader must not hold it for ever
                break
        self._pass(number, size)

    def _pass(self, number: int, size: int) -> None:
        if number > self.number:
            self.number, self.size = number, size
            if number >= self._marks[-1][0] + _MARK_EVERY:
                self._marks.append((number, size))

    def _start(self, after: int) -> tuple[int, int]:
        if after >= self.number:
            return self.number, self.size
        return self._marks[bisect_right(self._marks, (after, _ALL)) - 1]

    def _forget(self) -> None:
        """The file is shorter than it was: begin anew, and expect all that was there."""
        assert isinstance(self._known, int)
        self._known = max(self._known, self.number)
        self.number, self.size = 0, 0
        del self._marks[1:]

    def _record(self, file: BinaryIO, line: bytes, number: int) -> Record:
        try:
            return Record(number, parse(line, number))
        except (ValueError, RecursionError):
            raise self._damaged(number, f"record {number} cannot be read as JSON", _last(file, line, number)) from None

    def _judge(self, file: BinaryIO, line: bytes, number: int) -> None:
        """Return when a line that does not fit is one that was being written, else raise."""
        if not line.endswith(b"\n"):
            if not is_whole_inside(line, number):
                return
            wrong = "does not end where its line ends"
        else:
            wrong = what_is_wrong(line, number)
        if wrong == LATER_VERSION:
            raise StoreError(
                f"the journal of run `{self._run_id}` was written by a later version of wflow",
                cure="use that version, or a later one, for this run",
            )
        raise self._damaged(number, f"record {number} {wrong}", _last(file, line, number))

    def _damaged(self, position: int, what: str, last: int) -> JournalDamaged:
        assert isinstance(self._known, int)
        last = max(last, self._known)
        lost = f"record {position}" if last <= position else f"records {position} to {last}"
        if position == 1:
            cure = f"nothing is left to go on with: run the workflow anew, and `wflow rm {self._run_id}`"
        else:
            cure = (
                f"`wflow resume {self._run_id} --accept-loss` goes on after record {position - 1} "
                "and keeps what it cuts off"
            )
        return JournalDamaged(
            f"the journal of run `{self._run_id}` is damaged: {what}; lost: {lost}",
            position=position,
            lost=lost,
            cure=cure,
        )


def _last(file: BinaryIO, line: bytes, position: int) -> int:
    """The highest number that a sound record still says from the damaged ``line`` on, to tell how much is lost."""
    return max(position, number_of(line) or 0, max((number_of(later) or 0 for later in file), default=0))
