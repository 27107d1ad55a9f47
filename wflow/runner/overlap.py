"""``overlap``: what a start does while other runs of the same workflow file are under way.

Which are, their locks say, those of resumed runs included. Starts look one at a time, and the next may look when the
one before it has recorded its run, or has given up: so of starts at one moment each sees what the others have done.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from wflow.engine.events import Event
from wflow.engine.stimuli import Began
from wflow.errors import AlreadyRunning, RunNotFound, StoreError
from wflow.loading.loaded import Loaded
from wflow.model import Edge, Graph, Node, Workflow
from wflow.progress import View
from wflow.runner.result import RunResult
from wflow.runner.run import Options, start_run
from wflow.runner.stored import loader
from wflow.store.codec import decode
from wflow.store.interface import Store
from wflow.store.turns import Turns

__all__ = ["start_in_turn"]

#: Seconds between two looks at the runs that a start waits for.
_LOOK_EVERY = 0.1


def start_in_turn(
    file: Path,
    loaded: Loaded,
    parameters: dict[str, Any],
    store: Store,
    options: Options,
    *,
    home: Path,
    tell: Callable[[str], object] = lambda sentence: None,
) -> RunResult:
    """`start_run`, once the workflow's ``overlap`` lets it: at once (``allow``), after the runs and starts before it
    (``queue``), or after those were cancelled (``replace``). ``home`` is the store's folder; ``tell`` gets a sentence
    when there is something to wait for.

    Raises AlreadyRunning for a start that ``skip`` leaves out, after recording it as a cancelled run that says why; and
    what `start_run` raises.
    """
    workflow = loaded.workflow
    if workflow is None or workflow.overlap == "allow":
        return start_run(file, loaded, parameters, store, options)
    path = os.path.realpath(file)
    turns = Turns(home, path)
    with ExitStack() as entered:
        if workflow.overlap == "skip":
            entered.enter_context(turns.door())
            busy = _under_way(store, path)
            if busy or turns.somebody_waits():
                raise _skipped(file, loaded, parameters, store, options, busy)
        else:
            arrived = options.clock.monotonic()
            _wait(workflow, path, turns, store, options, entered, tell)
            options = replace(options, waited=options.clock.monotonic() - arrived)
        options = replace(options, watchers=(_Entered(entered), *options.watchers))
        return start_run(file, loaded, parameters, store, options)


class _Entered:
    """Lets the next start look as soon as this one's run is recorded."""

    def __init__(self, door: ExitStack) -> None:
        self._door = door

    def start(self, view: View) -> None:
        """The run is recorded."""
        self._door.close()

    def event(self, event: Event, view: View) -> None:
        """Nothing to do."""

    def tick(self, view: View, now: float) -> None:
        """Nothing to do."""

    def finish(self, view: View) -> None:
        """Nothing to do."""


def _wait(
    workflow: Workflow,
    path: str,
    turns: Turns,
    store: Store,
    options: Options,
    entered: ExitStack,
    tell: Callable[[str], object],
) -> None:
    """Return, in the door (which ``entered`` closes), when it is this start's turn."""
    with turns.door():
        ticket = turns.take_ticket()
    told = False
    cancelled: set[str] = set()
    sleep = options.clock.sleep
    try:
        while True:
            if ticket.is_first():
                entered.enter_context(turns.door())
                busy = _under_way(store, path)
                if not busy:
                    return
                entered.close()
            else:
                busy = []
            if not told:
                told = True
                tell(f"{workflow.name} waits for {_named(busy)} (overlap: {workflow.overlap})")
            if workflow.overlap == "replace":
                _cancel(store, [run_id for run_id in busy if run_id not in cancelled])
                cancelled.update(busy)
            sleep(_LOOK_EVERY)
            while any(store.is_alive(run_id) for run_id in busy):
                sleep(_LOOK_EVERY)
    finally:
        ticket.leave()


def _under_way(store: Store, path: str) -> list[str]:
    """The runs of that file which a process owns, oldest first."""
    return [run_id for run_id in store.run_ids() if store.is_alive(run_id) and _file_of(store, run_id) == path]


def _file_of(store: Store, run_id: str) -> str | None:
    """The file that the run is of, without links; None where that cannot be told any more."""
    try:
        run = store.open(run_id)
        first = next(run.records(), None)
        began = decode(first.data, loader(run), 1) if first is not None else None
    except (RunNotFound, StoreError):
        return None
    return os.path.realpath(str(began.options.get("file", ""))) if isinstance(began, Began) else None


def _cancel(store: Store, run_ids: list[str]) -> None:
    for run_id in run_ids:
        with suppress(RunNotFound):
            store.open(run_id).post({"what": "cancel"})


def _named(busy: list[str]) -> str:
    if not busy:
        return "the starts before it"
    return f"run {busy[0]}" if len(busy) == 1 else f"{len(busy)} runs"


def _skipped(
    file: Path, loaded: Loaded, parameters: dict[str, Any], store: Store, options: Options, busy: list[str]
) -> AlreadyRunning:
    """Record the start as a run, and say why it was left out."""
    assert loaded.workflow is not None
    reason = f"skipped, since {_named(busy)} of it {'are' if len(busy) > 1 else 'is'} under way (overlap: skip)"
    if not busy:
        reason = "skipped, since another start of it waits for its turn (overlap: skip)"
    recorded = replace(loaded, workflow=_only_saying(loaded.workflow, reason), files={})
    result = start_run(file, recorded, parameters, store, replace(options, watchers=(), only=None, workers=1))
    return AlreadyRunning(
        f"{loaded.workflow.name} was {reason}; this start is recorded as run {result.run_id}",
        owner=busy[0] if busy else None,
        cure="wait for it to end, or set `overlap: queue` for starts to wait",
    )


def _only_saying(workflow: Workflow, reason: str) -> Workflow:
    """The workflow with none of its nodes, but one that fails with the reason and ends the run as cancelled."""
    why = Node(id="overlap", type="end", settings={"status": "failed", "message": reason})
    skipped = Node(id="skipped", type="container", graph=Graph(nodes=(why,)))
    end = Node(id="cancelled", type="end", settings={"status": "cancelled"})
    edge = Edge(source="skipped", target="cancelled", trigger="fail", handles=False)
    graph = Graph(nodes=(skipped, end), edges=(edge,))
    return replace(workflow, graph=graph, outputs={"skipped": json.dumps(reason)}, timeout=None, pools={}, secrets=())
