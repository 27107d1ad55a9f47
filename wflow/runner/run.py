"""Starting a run, and taking one up again: everything is put together here and the loop let go."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wflow.clock import Clock, SystemClock
from wflow.engine.commands import AskBreaker, AskTimer, LoadSubflow, TellBreaker
from wflow.engine.decide import Decision, begin, decide
from wflow.engine.events import Event
from wflow.engine.state import State
from wflow.engine.stimuli import Answered, Began, Loaded, Permitted, Requested, Resumed, Revised
from wflow.errors import AlreadyRunning, DefinitionError, UsageError
from wflow.graph.part import part_of
from wflow.graph.plan import Plan
from wflow.ids import new_run_id
from wflow.loading.loaded import Loaded as LoadedFile
from wflow.model import Checkpoint, Workflow
from wflow.model.definition import to_definition
from wflow.progress import View
from wflow.runner.attempt import Attempts
from wflow.runner.environment import environment_of, let_in_secrets
from wflow.runner.leftovers import clear_leftovers
from wflow.runner.loop import RunLoop
from wflow.runner.owned import owned
from wflow.runner.result import RunResult, result_of, tell_index
from wflow.runner.signals import Signals
from wflow.runner.stored import loader
from wflow.runner.workers import Recorder, Workers
from wflow.runtimes.work import RunFacts
from wflow.store.codec import encode, encode_began, to_text
from wflow.store.home import home_folder
from wflow.store.interface import RunStore, Store

if TYPE_CHECKING:
    from wflow.runner.redefine import Revision
    from wflow.runner.replay import Replay
    from wflow.runner.revising import RevisionPlan
    from wflow.runner.unattended import Unattended

__all__ = ["Options", "Watcher", "default_workers", "resume_run", "start_run"]


class Watcher(Protocol):
    """Who is told of a run as it goes: a display, or a library's caller."""

    def start(self, view: View) -> None:
        """The run is about to go on; ``view`` is what there is already."""

    def event(self, event: Event, view: View) -> None:
        """An event, already in the view."""

    def tick(self, view: View, now: float) -> None:
        """A few times a second."""

    def finish(self, view: View) -> None:
        """The run is at rest."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Options:
    """What the caller of a run may choose. ``workers`` None: CPUs + 4, or the definition's ``max_concurrency``.

    ``waited`` is how many seconds the start had to wait for other runs: see `wflow.runner.timers`. ``again`` restricts
    the resume of a run that failed or was cancelled to these addresses, ``letters`` to these dead letters. ``noted``
    gets the signals that come (`wflow.runner.signals`).
    """

    run_id: str | None = None
    workers: int | None = None
    checkpoint: Checkpoint | None = None
    cwd: Path | None = None
    only: frozenset[str] | None = None
    watchers: tuple[Watcher, ...] = ()
    clock: Clock = field(default_factory=SystemClock)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    allow_outside: bool = False
    waited: float = 0.0
    again: tuple[str, ...] = ()
    letters: tuple[int, ...] = ()
    noted: list[int] | None = None


def default_workers() -> int:
    """Threads of a run that says nothing else: CPUs + 4."""
    return (os.cpu_count() or 1) + 4


def start_run(file: Path, loaded: LoadedFile, parameters: dict[str, Any], store: Store, options: Options) -> RunResult:
    """Run a valid definition to its end, or until it is paused.

    ``parameters`` are complete and checked. Raises UsageError, AlreadyRunning, StoreError; a run that fails is a
    result and raises nothing.
    """
    workflow = loaded.workflow
    if workflow is None:
        raise DefinitionError(f"{file} is not valid", problems=loaded.problems)
    if options.only is not None:
        workflow = part_of(workflow, options.only)
    clock = options.clock
    definition = to_definition(workflow)
    text = to_text(definition)
    plan = Plan(workflow)
    view = View(workflow)
    with owned(_create(store, options, clock.now())) as run_store:
        began = Began(
            clock.now(),
            run_store.id,
            definition,
            parameters,
            dict(loaded.files),
            environment_of(definition, text, options.environ),
            _chosen(file, workflow, options),
        )
        number = run_store.append(encode_began(began, text))
        state, first = begin(began, plan)
        session = _Session(store, run_store, state, began, view, options, set())
        return session.run(first, number)


def resume_run(
    run_id: str,
    store: Store,
    options: Options,
    *,
    accept_loss: bool = False,
    requests: Sequence[Mapping[str, Any]] = (),
    check: Callable[[str], None] | None = None,
    revision: Revision | None = None,
    on_plan: Callable[[RevisionPlan], None] = lambda plan: None,
) -> RunResult:
    """Take a run up again: one that was interrupted or paused goes on, one that failed or was cancelled runs again
    what did not complete, one that completed stays as it is. With a ``revision`` it goes on as that asks, whatever it
    came to; ``on_plan`` is told of the plan before anything counts.

    Before anything of it starts it hears what waits in its letter box, then ``requests`` (see
    `wflow.runner.requests`): a cancel, or a pause of a run that was interrupted, keeps it from starting at all.
    ``check`` is called with its status before anything is recorded: ``interrupted``, ``paused``, or how it ended. Of
    one that was compensated, what was undone runs again too.

    Raises what ``check`` raises, AlreadyRunning while a process owns it, JournalDamaged, and UsageError when a file
    that it needs has changed; for a revision see `wflow.runner.revising.prepare`.
    """
    from wflow.runner.unattended import Unattended

    with owned(store.open(run_id, own=True, accept_loss=accept_loss)) as run_store:
        left = Unattended(run_store, options.environ)
        if check is not None:
            check(left.status)
        asked = revision is not None and revision.is_asked
        if left.status == "completed" and not asked:
            return result_of(left.state)
        if not asked:
            from wflow.runner.subflows import refuse_changed_files

            refuse_changed_files(left.state)
        if left.state.finished and left.state.undone and (options.again or options.letters):
            raise UsageError(
                f"run {run_id} was compensated: what was undone runs again with all that follows, not one node alone",
                cure=f"`wflow resume {run_id}` runs it again",
            )
        session = _Session(store, run_store, left.state, left.began, left.view, options, left.found.seen)
        left.hear([*run_store.requests(), *requests], options.clock.now())
        if left.at_rest:
            left.settle(store, options.watchers)
            return result_of(left.state)
        if asked or (left.state.finished and left.state.undone):
            left = _revised(run_store, left, revision, options, on_plan)
            session = _Session(store, run_store, left.state, left.began, left.view, options, left.found.seen)
        return session.take_up(left.found, left.events)


def _revised(
    run_store: RunStore,
    left: Unattended,
    revision: Revision | None,
    options: Options,
    on_plan: Callable[[RevisionPlan], None],
) -> Unattended:
    """The run as it is once it was revised."""
    from wflow.runner import revising
    from wflow.runner.redefine import Revision
    from wflow.runner.unattended import Unattended

    plan = revising.prepare(run_store, revision or Revision(), options.environ, options.clock.now())
    on_plan(plan)
    clear_leftovers(left.state, run_store.folder)
    revising.record(run_store, plan)
    return Unattended(run_store, options.environ)


def _create(store: Store, options: Options, now: float) -> RunStore:
    if options.run_id is not None:
        return store.create(options.run_id)
    for _ in range(20):
        try:
            return store.create(new_run_id(now, int.from_bytes(os.urandom(3))))
        except AlreadyRunning:
            continue
    return store.create(new_run_id(now, int.from_bytes(os.urandom(3))))


def _chosen(file: Path, workflow: Workflow, options: Options) -> dict[str, Any]:
    """The options as the journal keeps them."""
    allowed = workflow.max_concurrency
    workers = options.workers or allowed or default_workers()
    checkpoint = options.checkpoint or workflow.checkpoint
    chosen: dict[str, Any] = {
        "file": str(file.absolute()),
        "cwd": str((options.cwd or file.absolute().parent).absolute()),
        "workers": min(workers, allowed) if allowed else workers,
        "max_concurrency": allowed or workers,
        "checkpoint": {"policy": checkpoint.policy, "nodes": checkpoint.nodes, "every": checkpoint.every},
        "pid": os.getpid(),
        "breakers": True,
        "gated": True,
    }
    if options.only is not None:
        chosen["only"] = sorted(options.only)
    if options.allow_outside:
        chosen["allow_outside"] = True
    return chosen


class _Session:
    """One process's part in a run: workers, recorder and loop around a state."""

    def __init__(
        self,
        store: Store,
        run_store: RunStore,
        state: State,
        began: Began,
        view: View,
        options: Options,
        seen: set[str],
    ) -> None:
        self._store = store
        self._run_store = run_store
        self._state = state
        self._view = view
        self._watchers = options.watchers
        self._seen = seen
        self._clock = options.clock
        self._environ = options.environ
        self._waited = options.waited
        self._again, self._letters = options.again, options.letters
        self._noted = options.noted
        self._parameters = began.parameters
        self._subflows: Callable[[LoadSubflow], Loaded] | None = None
        self._timers: Callable[[AskTimer], Answered] | None = None
        self._breakers: Callable[[list[AskBreaker], list[TellBreaker]], list[Permitted]] | None = None
        chosen = state.options
        self._cwd = Path(chosen["cwd"])
        if not self._cwd.is_dir():
            raise UsageError(f"the run's working directory {self._cwd} is not there any more")
        workflow = state.plan.workflow
        self._recorder = Recorder(run_store, loader(run_store), let_in_secrets(state, options.environ))
        self._attempts = Attempts(state, self._facts(chosen), self._progressed)
        size = min(options.workers or chosen["workers"], workflow.max_concurrency or sys.maxsize)
        self._workers = Workers(size, self._attempts, self._recorder, options.clock)
        self._loop = RunLoop(
            state=state,
            store=run_store,
            recorder=self._recorder,
            workers=self._workers,
            clock=options.clock,
            checkpoint=options.checkpoint or Checkpoint(**chosen["checkpoint"]),
            tell=self._tell,
            tick=self._tick,
            snapshot=self._snapshot,
            answer=self._answer,
            consult=self._consult,
            amend=self._amend,
            seen_requests=seen,
        )

    def _facts(self, chosen: Mapping[str, Any]) -> RunFacts:
        workflow = self._state.plan.workflow
        return RunFacts(
            id=self._run_store.id,
            workflow=workflow.name,
            home=Path(chosen["file"]).parent,
            # Without links: however the home is spelled, processes are known by it again.
            folder=Path(os.path.realpath(self._run_store.folder)),
            secrets=workflow.secrets,
            stop_grace=workflow.stop_grace,
            cwd=self._cwd,
            cache=home_folder(self._environ),
        )

    def take_up(self, found: Replay, heard: list[Event]) -> RunResult:
        """Record the resume and go on. ``heard`` is what followed from the requests that it comes after. A revision may
        have left nothing to be done.
        """
        if found.state.status == "completed":
            return self.run(Decision([], []), found.number)
        # One that was paused when its owner had died left its work open too.
        crashed = found.state.status == "running" or found.state.running > 0
        options: dict[str, Any] = {"left_at": found.last_at, "pid": os.getpid(), "breakers": True, "gated": True}
        if self._again:
            options["again"] = list(self._again)
        if self._letters:
            options["letters"] = list(self._letters)
        resumed = Resumed(self._clock.now(), crashed, options)
        number = self._run_store.append(encode(resumed))
        self._run_store.sync()
        clear_leftovers(self._state, self._run_store.folder)
        commands, events = decide(self._state, resumed)
        if isinstance(found.last, Revised):
            self._snapshot(number)  # what was told of the past need not be read again
        return self.run(Decision(commands, heard + events), number)

    def run(self, first: Decision, number: int) -> RunResult:
        """Let the loop go until the run is at rest, and tell the index and the watchers."""
        for watcher in self._watchers:
            watcher.start(self._view)
        # Scripts in threads find their files beside the workflow's: the working directory is the process's.
        with contextlib.chdir(self._cwd), Signals(self._loop, self._noted) as signals:
            try:
                self._attempts.expect()
                self._loop.run(first, number)
                result = result_of(self._state, 0 if self._state.finished else signals.number)
                tell_index(self._store, self._view, self._state, self._parameters, self._loop.number)
            finally:
                for watcher in self._watchers:
                    watcher.finish(self._view)
                self._workers.close()
                self._attempts.close()
        return result

    def _answer(self, command: LoadSubflow | AskTimer) -> Loaded | Answered:
        """What the engine asks to be looked up. What it takes to do so is imported when it is first asked for."""
        if isinstance(command, AskTimer):
            if self._timers is None:
                from wflow.runner.timers import Timers

                self._timers = Timers(
                    self._store.shared(), self._run_store.id, self._clock, waited=self._waited, environ=self._environ
                )
            return self._timers(command)
        if self._subflows is None:
            from wflow.runner.subflows import SubflowLoader

            allow_outside = bool(self._state.options.get("allow_outside"))
            self._subflows = SubflowLoader(self._state, self._store, self._clock, allow_outside=allow_outside)
        return self._subflows(command)

    def _consult(self, asks: list[AskBreaker], tells: list[TellBreaker]) -> list[Permitted]:
        """What breakers say; they are imported when the first is asked."""
        if self._breakers is None:
            from wflow.runner.breakers import Breakers

            self._breakers = Breakers(self._store.shared(), self._run_store.id, self._clock)
        return self._breakers(asks, tells)

    def _amend(self, arguments: dict[str, Any]) -> Requested:
        from wflow.runner.amend import taken_up

        return taken_up(self._state, arguments, self._environ, self._clock.now())

    def _tell(self, events: list[Event]) -> None:
        self._attempts.expect()
        view = self._view
        apply = view.apply
        if not self._watchers:
            for event in events:
                apply(event)
            return
        for event in events:
            apply(event)
            for watcher in self._watchers:
                watcher.event(event, view)

    def _tick(self, now: float) -> None:
        for watcher in self._watchers:
            watcher.tick(self._view, now)

    def _progressed(self, ident: str, percent: float, message: str) -> None:
        self._workers.progress(ident, percent, message)

    def _snapshot(self, number: int) -> None:
        from wflow.store.snapshot import dump

        extra = {"view": self._view.dump(), "seen": sorted(self._seen), "at": self._state.now}
        self._run_store.save_snapshot(number, dump(self._state, extra))
