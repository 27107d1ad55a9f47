"""The store on disk: ``$WFLOW_HOME/runs/`` with a folder for each run, and ``$WFLOW_HOME/cache``."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wflow.errors import AlreadyRunning, RunNotFound, StoreUnavailable
from wflow.ids import RUN_ID
from wflow.store.cache import RebuildableCache
from wflow.store.interface import RunStore, Store
from wflow.store.lock import RunLock, is_held
from wflow.store.lookup import LAST, checked_id, choose, oldest_first
from wflow.store.run_folder import JOURNAL, LOCK, RunFolder, make_run_folder
from wflow.store.summaries import RunCache

if TYPE_CHECKING:
    from wflow.store.shared import SharedState

__all__ = ["DiskStore"]


def _to_stderr(message: str) -> None:
    sys.stderr.write(f"wflow: warning: {message}\n")


class DiskStore(Store):
    """Runs in the folder ``home`` (see `wflow.store.home.home_folder`), which is made when the first run is.

    ``warn`` is called with one sentence for each thing that went wrong and cost nothing but time, or that the user
    accepted: a cache set aside, a loss accepted, a file that is no request. A store that is ``read_only`` leaves every
    file as it is, those of the cache too: RuntimeError for what would not.
    """

    def __init__(self, home: Path, *, warn: Callable[[str], None] = _to_stderr, read_only: bool = False) -> None:
        self.home = home
        self._runs = home / "runs"
        self._warn = warn
        self._read_only = read_only
        self._blobs = RebuildableCache(home / "cache", warn, read_only=read_only)
        self._cache = RunCache(self._blobs)
        self._open: list[RunFolder] = []
        self._shared: SharedState | None = None
        self._swept = False

    def create(self, run_id: str) -> RunStore:
        """`Store.create`."""
        self._hold_to_looking()
        folder = self._runs / checked_id(run_id)
        run = RunFolder(folder, self._cache, self._warn, _lock_made(folder))
        with _closed_if_it_fails(run):
            if not run.begin():
                raise AlreadyRunning(
                    f"there is a run `{run_id}` already", cure=f"choose another id, or `wflow resume {run_id}`"
                )
            self._cache.forget(run_id)  # of a run of that id whose folder was deleted by hand
        self._open.append(run)
        return run

    def open(self, run_id: str, *, own: bool = False, accept_loss: bool = False) -> RunStore:
        """`Store.open`."""
        folder = self._folder(run_id)
        if not own:
            return RunFolder(folder, self._cache, self._warn)
        self._hold_to_looking()
        try:
            lock = RunLock(folder / LOCK, run_id)
        except FileNotFoundError:
            raise _not_found(run_id) from None
        run = RunFolder(folder, self._cache, self._warn, lock)
        with _closed_if_it_fails(run):
            make_run_folder(folder)
            run.go_on(accept_loss=accept_loss)
        self._open.append(run)
        return run

    def run_ids(self) -> list[str]:
        """`Store.run_ids`. Raises StoreUnavailable when the folder cannot be read."""
        try:
            with os.scandir(self._runs) as entries:
                runs = [entry for entry in entries if _is_run(entry)]
                made = [(entry.name, entry.stat(follow_symlinks=False).st_mtime) for entry in runs]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreUnavailable(f"`{self._runs}` cannot be read: {error.strerror}") from error
        return oldest_first(made)

    def find(self, part: str) -> str:
        """`Store.find`. A whole id is found without a look at the other runs, of which there may be very many."""
        if RUN_ID.fullmatch(part) is not None and part != LAST:
            folder = self._runs / part
            if not folder.is_symlink() and _is_begun(folder):
                return part
        return choose(part, self.run_ids())

    def is_alive(self, run_id: str) -> bool:
        """`Store.is_alive`."""
        return RUN_ID.fullmatch(run_id) is not None and is_held(self._runs / run_id / LOCK)

    def shared(self) -> SharedState:
        """`Store.shared`."""
        self._hold_to_looking()
        if self._shared is None:
            from wflow.store.shared import SharedState

            self._shared = SharedState(self.home)
        return self._shared

    def remove(self, run_id: str) -> None:
        """`Store.remove`."""
        self._hold_to_looking()
        folder = self._folder(run_id)
        try:
            lock = RunLock(folder / LOCK, run_id)
        except AlreadyRunning as error:
            raise AlreadyRunning(error.message, owner=error.owner, cure="cancel it first") from None
        except FileNotFoundError:
            raise _not_found(run_id) from None
        try:
            # Out of sight at once: a run of which only a part is removed would look damaged.
            hidden = self._runs / f".removed-{run_id}-{os.urandom(4).hex()}"
            folder.rename(hidden)
        except OSError as error:
            raise StoreUnavailable(f"`{folder}` cannot be removed: {error.strerror}") from error
        finally:
            lock.release()
        self._cache.forget(run_id)
        shutil.rmtree(hidden, ignore_errors=True)
        if not self._swept:  # once: of ten thousand that go, each would look through all the others
            self._swept = True
            for left in self._runs.glob(".removed-*"):  # those that were interrupted
                shutil.rmtree(left, ignore_errors=True)

    def put_summary(self, run_id: str, summary: Mapping[str, Any]) -> None:
        """`Index.put_summary`."""
        self._cache.put_summary(run_id, summary)

    def summary(self, run_id: str) -> dict[str, Any] | None:
        """`Index.summary`."""
        return self._cache.summary(run_id)

    def summaries(self) -> Mapping[str, dict[str, Any]]:
        """`Index.summaries`."""
        return self._cache.summaries()

    def plan(self, key: str) -> bytes | None:
        """`Plans.plan`."""
        return self._cache.plan(key)

    def put_plan(self, key: str, payload: bytes) -> None:
        """`Plans.put_plan`."""
        self._cache.put_plan(key, payload)

    def close(self) -> None:
        """`Store.close`."""
        while self._open:
            self._open.pop().close()
        if self._shared is not None:
            self._shared.close()
        self._blobs.close()

    def _hold_to_looking(self) -> None:
        if self._read_only:
            raise RuntimeError("this store is for looking only")

    def _folder(self, run_id: str) -> Path:
        folder = self._runs / run_id
        if RUN_ID.fullmatch(run_id) is None or not folder.is_dir():
            raise _not_found(run_id)
        return folder


def _lock_made(folder: Path) -> RunLock:
    """Make a run's folder and lock it, though another process may be removing one of that id."""
    while True:
        make_run_folder(folder)
        try:
            return RunLock(folder / LOCK, folder.name)
        except FileNotFoundError:
            continue


def _not_found(run_id: str) -> RunNotFound:
    return RunNotFound(f"there is no run `{run_id[:120]}`", cure="`wflow status` lists the runs")


def _is_run(entry: os.DirEntry[str]) -> bool:
    named = RUN_ID.fullmatch(entry.name) is not None
    return named and entry.is_dir(follow_symlinks=False) and _is_begun(Path(entry.path))


def _is_begun(folder: Path) -> bool:
    """Whether a folder's journal has something in it: an owner that died before its first record left no run."""
    try:
        return (folder / JOURNAL).stat().st_size > 0
    except OSError:
        return False


@contextlib.contextmanager
def _closed_if_it_fails(run: RunFolder) -> Iterator[None]:
    try:
        yield
    except BaseException:
        run.close()
        raise
