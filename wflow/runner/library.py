"""wflow called from Python: what ``wflow.load``, ``validate``, ``run`` and ``resume`` are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wflow.errors import DefinitionError
from wflow.loading import Loaded
from wflow.loading.parameters import bind
from wflow.model import Problem
from wflow.progress import Event, View
from wflow.runner.definitions import read, read_cached
from wflow.runner.result import RunResult
from wflow.runner.run import Options, Watcher, resume_run, start_run
from wflow.store.disk import DiskStore
from wflow.store.home import home_folder

__all__ = ["load", "resume", "run", "validate"]


class _Telling:
    """Hands every event to a caller's function."""

    def __init__(self, on_event: Callable[[Event], object]) -> None:
        self._on_event = on_event

    def start(self, view: View) -> None:
        """Nothing to tell yet."""

    def event(self, event: Event, view: View) -> None:
        """Hand it on."""
        self._on_event(event)

    def tick(self, view: View, now: float) -> None:
        """Nothing to tell."""

    def finish(self, view: View) -> None:
        """Nothing to tell."""


def load(path: str | os.PathLike[str], *, allow_outside: bool = False) -> Loaded:
    """The workflow in a file, with every problem of it: ``workflow`` is None when one of them is an error.

    With ``allow_outside`` subflow files may lie outside the project. Raises UsageError when there is no such file.
    """
    return read(Path(path), allow_outside=allow_outside)


def validate(path: str | os.PathLike[str], *, allow_outside: bool = False) -> tuple[Problem, ...]:
    """Every problem of the file, by line; the file is valid when none has the severity ``error``.

    Raises UsageError when there is no such file.
    """
    return load(path, allow_outside=allow_outside).problems


def run(
    path: str | os.PathLike[str],
    parameters: Mapping[str, Any] | None = None,
    *,
    on_event: Callable[[Event], object] | None = None,
    run_id: str | None = None,
    workers: int | None = None,
    home: str | os.PathLike[str] | None = None,
    allow_outside: bool = False,
) -> RunResult:
    """Run a workflow file to its end, or until it is paused, in this thread and worker threads of its own.

    ``parameters`` are JSON values by name. ``on_event`` gets every event, in order, in this thread; what it raises ends
    the call and leaves the run to `resume`. ``home`` is where runs are kept (default: ``$WFLOW_HOME``, as for the
    command). Called from the main thread, INT, TERM and HUP do meanwhile what they do to the command.

    A run that failed is a result like any other. Raises UsageError for a missing file or a wrong parameter,
    DefinitionError with its problems for a file that is not valid, AlreadyRunning for an id that is taken, StoreError.
    """
    file = Path(path)
    with _store(home) as store:
        loaded = read_cached(file, store, allow_outside=allow_outside)
        if loaded.workflow is None:
            raise DefinitionError(f"{file} is not valid", problems=loaded.problems)
        values = bind(loaded.workflow, parameters or {})
        options = Options(run_id=run_id, workers=workers, watchers=_watchers(on_event), allow_outside=allow_outside)
        return start_run(file, loaded, values, store, options)


def resume(
    run_id: str,
    *,
    on_event: Callable[[Event], object] | None = None,
    workers: int | None = None,
    accept_loss: bool = False,
    home: str | os.PathLike[str] | None = None,
    from_: str | Sequence[str] = (),
    updated: str | os.PathLike[str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> RunResult:
    """Continue a run: its id, a part of it that no other has, or ``last``. One that completed stays as it is.

    ``from_`` are addresses of nodes that run again, with all after them, whatever became of the run; with ``updated``
    it goes on by another file, with ``parameters`` some have another value. What has finished stays.

    Raises RunNotFound, AlreadyRunning while a process owns it, JournalDamaged (not for a loss with ``accept_loss``),
    and UsageError when a file that it needs has changed, for an address that is none, and where a result would no
    longer be what it was by the updated file; DefinitionError when that is not valid. For the rest see `run`.
    """
    from wflow.runner.redefine import Revision

    revision = Revision(
        again=(from_,) if isinstance(from_, str) else tuple(from_),
        updated=Path(updated) if updated is not None else None,
        parameters=(lambda workflow: parameters) if parameters else None,
    )
    with _store(home) as store:
        options = Options(workers=workers, watchers=_watchers(on_event))
        return resume_run(store.find(run_id), store, options, accept_loss=accept_loss, revision=revision)


def _watchers(on_event: Callable[[Event], object] | None) -> tuple[Watcher, ...]:
    return (_Telling(on_event),) if on_event is not None else ()


@contextmanager
def _store(home: str | os.PathLike[str] | None) -> Iterator[DiskStore]:
    store = DiskStore(Path(home) if home is not None else home_folder(os.environ))
    try:
        yield store
    finally:
        store.close()
