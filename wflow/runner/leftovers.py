"""What a dead engine has left of its scripts: processes that go on, and folders that were theirs alone."""

from __future__ import annotations

import os
from pathlib import Path

from wflow.engine.state import Activation, State
from wflow.store.interface import Store

__all__ = ["clear_leftovers", "remove_run"]


def clear_leftovers(state: State, folder: Path) -> None:
    """Kill what scripts of this run, which this process owns and nobody runs, have left running, and remove the folders
    that were their own; returns when they are gone. ``state`` is how the run was left: where no script was in flight
    nothing is looked for.
    """
    if any(_is_script(activation) for activation in state.activations.values()):
        from wflow.runtimes.leftovers import end_leftovers
        from wflow.runtimes.scratch import remove_scratch

        end_leftovers(os.path.realpath(folder))
        remove_scratch(f"{folder}/work")


def remove_run(store: Store, run_id: str) -> None:
    """Remove a run with all that was kept of it, and end what scripts of it have left running. Raises RunNotFound, and
    AlreadyRunning when a process owns it.
    """
    from wflow.runtimes.leftovers import end_leftovers

    folder = os.path.realpath(store.open(run_id).folder)
    store.remove(run_id)
    end_leftovers(folder)


def _is_script(activation: Activation) -> bool:
    """Whether a worker had it, and not as a script in a thread, which is gone with the engine."""
    plan = activation.node.plan
    in_thread = plan.type == "python" and plan.node.settings.get("isolation") != "process"
    return bool(activation.lease) and plan.work and not in_thread
