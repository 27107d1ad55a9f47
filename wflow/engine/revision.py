"""A run that was revised begins anew: its state from there on, before its past is told to it (`engine.recall`)."""

from __future__ import annotations

from wflow.engine.decide import Decision, begin
from wflow.engine.memory import Memory
from wflow.engine.state import Activation, State
from wflow.engine.stimuli import Began, Revised

__all__ = ["begin_again"]


def begin_again(
    run_id: str,
    began_at: float,
    resumes: int,
    revised: Revised,
    activations: dict[str, Activation] | None = None,
) -> tuple[Began, State, Decision]:
    """What stands in place of the run's first record, the state that begins with it, and what followed at once.

    The run is the same one: ``began_at`` is when it began, ``resumes`` how often it was taken up since.
    """
    began = Began(began_at, run_id, revised.definition, revised.parameters, revised.files, revised.env, revised.options)
    state, decision = begin(began, activations=activations, memory=Memory(revised.floors, revised.again, revised.begun))
    state.resumes = resumes
    state.redefined = {
        "definition": revised.definition,
        "parameters": revised.parameters,
        "files": revised.files,
        "env": revised.env,
    }
    return began, state, decision
