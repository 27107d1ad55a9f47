"""A revision of a run carried out: its past read, the revision planned, and what was planned recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wflow.engine.decide import begin
from wflow.engine.state import Activation
from wflow.errors import AlreadyRunning, JournalDamaged, UsageError
from wflow.loading.loaded import Loaded
from wflow.runner.definitions import read
from wflow.runner.history import History
from wflow.runner.redefine import Redefinition, Revision, redefine
from wflow.runner.replay import Replay, first_record, keep_told
from wflow.runner.revise import Planned, plan_revision
from wflow.runner.subflows import project_root, refuse_changed_files
from wflow.store.codec import encode
from wflow.store.interface import RunStore, Store

__all__ = ["RevisionPlan", "look_ahead", "prepare", "read_past", "record"]


@dataclass(frozen=True, slots=True)
class RevisionPlan:
    """A revision that may be: ``found`` is the run as it was read, ``what`` the definition that it goes on with."""

    found: Replay
    what: Redefinition
    planned: Planned

    @property
    def summary(self) -> dict[str, Any]:
        """What is kept, changed, dropped, new, and what runs again: see `wflow.runner.revise`."""
        return {"version": 1, "run": self.found.state.run_id, **self.planned.revised.plan}


def prepare(
    run: RunStore, revision: Revision, environ: Mapping[str, str], now: float, *, accept_loss: bool = False
) -> RevisionPlan:
    """Plan the revision of a run, without any effect.

    Raises UsageError and DefinitionError where it may not be, JournalDamaged (with ``accept_loss`` what is sound is
    planned with, as a resume would).
    """
    history = History(inputs=revision.updated is not None)
    found = read_past(run, history, accept_loss=accept_loss)
    state = found.state
    allow_outside = bool(state.options.get("allow_outside"))
    root = project_root(revision.updated or Path(state.options["file"]))

    def read_file(path: Path) -> Loaded:
        return read(path, allow_outside=allow_outside, root=root)

    what = redefine(history, state, revision, read_file, environ)
    if not what.updated:
        refuse_changed_files(state)
    planned = plan_revision(history, what, revision.again, now)
    nothing_new = planned.outputs == state.outputs and not planned.revised.plan["new"]
    if planned.finished == state.status == "completed" and nothing_new:
        raise UsageError(
            f"run {state.run_id} has completed, and nothing in it would run again",
            cure="name what is to run again: --from NODE",
        )
    return RevisionPlan(found, what, planned)


def read_past(run: RunStore, history: History, *, accept_loss: bool = False) -> Replay:
    """The run as its journal has it, with its past in ``history``. Raises JournalDamaged, unless a loss is accepted:
    then what is sound is read.
    """
    began = first_record(run)
    state, first = begin(began, activations=history.seen)
    history.observe(began, first)
    found = Replay(state, 1, began.at, began, observe=history.observe)

    def anew() -> dict[str, Activation]:
        history.begin_again()
        return history.seen

    found.activations = anew
    try:
        found.advance(run, lambda events: None)
    except JournalDamaged:
        if not accept_loss:
            raise
    history.close(found.state)
    return found


def record(run: RunStore, plan: RevisionPlan) -> None:
    """Have the revision count: durable on return, and whole or not at all."""
    told = keep_told(run, plan.planned.told)
    run.append(encode(plan.planned.revised._replace(told=told)))
    run.sync()


def look_ahead(
    store: Store, run_id: str, revision: Revision, environ: Mapping[str, str], now: float, *, accept_loss: bool
) -> RevisionPlan:
    """What a resume of the run would do, without any effect. Raises what the resume would raise, as far as that is
    known by then.
    """
    if store.is_alive(run_id):
        raise AlreadyRunning(f"run `{run_id}` is running already", cure="pause it, or wait until it has ended")
    run = store.open(run_id)
    try:
        return prepare(run, revision, environ, now, accept_loss=accept_loss)
    finally:
        run.close()
