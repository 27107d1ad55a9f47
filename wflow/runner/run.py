"""Starting a run, and taking one up again: everything is put together here and the loop let go."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wflow.clock import Clock, SystemClock
from wflow.engine.commands import AskTimer, LoadSubflow
from wflow.engine.decide import Decision, begin, decide
from wflow.engine.events import Event
from wflow.engine.state import State
from wflow.engine.stimuli import Answered, Began, Loaded, Resumed
from wflow.errors import AlreadyRunning, DefinitionError, UsageError
from wflow.graph.part import part_of
from wflow.graph.plan import Plan
from wflow.ids import new_run_id
from wflow.loading.loaded import Loaded as LoadedFile
from wflow.model import Checkpoint, Workflow
from wflow.model.definition import to_definition
from wflow.progress import View, summary
from wflow.runner.attempt import Attempts
from wflow.runner.environment import environment_of
from wflow.runner.loop import RunLoop
from wflow.runner.result import RunResult, result_of
from wflow.runner.signals import Signals
from wflow.runner.stored import loader
from wflow.runner.workers import Recorder, Workers
from wflow.runtimes.masking import masker_for
from wflow.runtimes.registry import HOST, PREPARED
from wflow.runtimes.work import RunFacts
from wflow.store.codec import encode, encode_began, to_text
from wflow.store.home import home_folder
from wflow.store.interface import RunStore, Store

if TYPE_CHECKING:
    from wflow.runner.replay import Replay

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

    ``waited`` is how many seconds the start had to wait for other runs: see `wflow.runner.timers`.
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
    run_store = _create(store, options, clock.now())
    try:
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
    finally:
        run_store.close()


def resume_run(run_id: str, store: Store, options: Options, *, accept_loss: bool = False) -> RunResult:
    """Take a run up again: one that was interrupted or paused goes on, one that failed or was cancelled runs again
    what did not complete, one that completed stays as it is.

    Raises AlreadyRunning while a process owns it, JournalDamaged, and UsageError when a file that it needs has changed.
    """
    from wflow.runner.replay import replay

    run_store = store.open(run_id, own=True, accept_loss=accept_loss)
    try:
        kept: dict[str, Any] = {}

        def on_began(began: Began, state: State) -> None:
            kept["began"], kept["workflow"] = began, state.plan.workflow
            kept["view"] = View(state.plan.workflow)

        def on_restore(data: dict[str, Any]) -> None:
            kept["view"] = View.restore(kept["workflow"], data)

        def on_events(events: list[Event]) -> None:
            apply = kept["view"].apply
            for event in events:
                apply(event)

        found = replay(run_store, on_began, on_events, on_restore)
        began: Began = kept["began"]
        if found.state.status == "completed":
            return result_of(found.state)
        from wflow.runner.subflows import changed_files

        changed = changed_files(began)
        if changed:
            raise UsageError(
                f"{', '.join(changed)} changed since run {run_store.id} started",
                cure="put the file back as it was, or start a new run",
            )
        session = _Session(store, run_store, found.state, began, kept["view"], options, found.seen)
        return session.take_up(found)
    finally:
        run_store.close()


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
        self._parameters = began.parameters
        self._subflows: Callable[[LoadSubflow], Loaded] | None = None
        self._timers: Callable[[AskTimer], Answered] | None = None
        chosen = state.options
        self._cwd = Path(chosen["cwd"])
        if not self._cwd.is_dir():
            raise UsageError(f"the run's working directory {self._cwd} is not there any more")
        workflow = state.plan.workflow
        secret_values = {name: options.environ[name] for name in workflow.secrets if options.environ.get(name)}
        state.env = {**state.env, **secret_values}
        self._recorder = Recorder(run_store, loader(run_store), masker_for(workflow.secrets) if secret_values else None)
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
            seen_requests=seen,
        )

    def _facts(self, chosen: Mapping[str, Any]) -> RunFacts:
        workflow = self._state.plan.workflow
        return RunFacts(
            id=self._run_store.id,
            workflow=workflow.name,
            home=Path(chosen["file"]).parent,
            folder=self._run_store.folder,
            secrets=workflow.secrets,
            stop_grace=workflow.stop_grace,
            cwd=self._cwd,
            cache=home_folder(self._environ),
        )

    def take_up(self, found: Replay) -> RunResult:
        """Record the resume and go on."""
        crashed = found.state.status == "running"
        options = {"left_at": found.last_at, "pid": os.getpid()}
        resumed = Resumed(self._clock.now(), crashed, options)
        number = self._run_store.append(encode(resumed))
        self._run_store.sync()
        self._end_leftovers()
        return self.run(decide(self._state, resumed), number)

    def run(self, first: Decision, number: int) -> RunResult:
        """Let the loop go until the run is at rest, and tell the index and the watchers."""
        for watcher in self._watchers:
            watcher.start(self._view)
        # Scripts in threads find their files beside the workflow's: the working directory is the process's.
        with contextlib.chdir(self._cwd), Signals(self._loop) as signals:
            try:
                self._attempts.expect()
                self._loop.run(first, number)
                result = result_of(self._state, 0 if self._state.finished else signals.number)
                told = summary(
                    self._view,
                    file=self._state.options["file"],
                    parameters=self._parameters,
                    variables=self._state.worlds[0].variables,
                )
                self._store.put_summary(self._run_store.id, {**told, "records": self._loop.number})
            finally:
                for watcher in self._watchers:
                    watcher.finish(self._view)
                self._workers.close()
                self._attempts.close()
        return result

    def _end_leftovers(self) -> None:
        """Kill what the activations that were in flight left running, before any of them starts again."""
        from wflow.runtimes.process import end_leftovers

        if any(activation.node.plan.type in PREPARED for activation in self._state.activations.values()):
            end_leftovers(self._run_store.id, HOST)
        for activation in list(self._state.activations.values()):
            plan = activation.node.plan
            in_thread = plan.type == "python" and plan.node.settings.get("isolation") != "process"
            if activation.lease and plan.work and not in_thread:
                end_leftovers(self._run_store.id, activation.id)

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
