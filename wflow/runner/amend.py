"""Amending a run: a patch file checked against what the run is by now, and the request that its owner takes up."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from wflow.engine.amend import Refused, amended, first_part, late_edges, standing_against
from wflow.engine.state import State
from wflow.engine.stimuli import Requested
from wflow.errors import UsageError
from wflow.loading import Loaded
from wflow.loading.load import load_patch
from wflow.model import Diagnostic, Graph, Workflow
from wflow.model.definition import digest_of, to_definition
from wflow.model.plenty import MAX_PROBLEMS
from wflow.runner.definitions import check
from wflow.runner.environment import environment_of
from wflow.store.codec import to_text

__all__ = ["Patch", "check_again", "is_amended", "read_patch", "taken_up"]


class Patch(NamedTuple):
    """A patch for a run. ``loaded`` has the problems of its file; without an error among them ``graph`` is what it adds
    to the run, and ``request`` what its owner is asked.
    """

    loaded: Loaded
    graph: Graph
    request: dict[str, Any]


def read_patch(path: Path, state: State) -> Patch:
    """The patch in a file, checked as a whole with what the run has and how far it is.

    Raises UsageError when there is no such file, or when nothing can be added to the run any more.
    """
    from wflow.graph.patch import check_patch, patched

    why = standing_against(state)
    if why is not None:
        raise _refusal(state, why)
    workflow = state.plan.workflow

    def judge(patch: Workflow) -> list[Diagnostic]:
        return [*check_patch(workflow, patch), *_late(state, patch)]

    file = Path(str(state.options["file"]))
    loaded = load_patch(
        path,
        folder=file.parent,
        patch=judge,
        check=check,
        allow_outside=bool(state.options.get("allow_outside")),
    )
    if loaded.workflow is None:
        return Patch(loaded, Graph(), {})
    definition = to_definition(patched(workflow, loaded.workflow))
    base = digest_of(to_definition(workflow))
    request = {"what": "amend", "definition": definition, "base": base, "files": dict(loaded.files)}
    return Patch(loaded, loaded.workflow.graph, request)


def _late(state: State, patch: Workflow) -> list[Diagnostic]:
    from wflow.graph.patch import added

    assert state.root is not None
    return [
        Diagnostic(
            code="too-late",
            message=late.why,
            path=(*late.edge.path, late.key, *([late.edge.target] if late.key == "to" else [])),
            cure="lead the edge from and to nodes that are still to come",
        )
        for late in islice(late_edges(state.root, added(state.plan.workflow, patch).edges), MAX_PROBLEMS)
    ]


def _refusal(state: State, why: str) -> UsageError:
    """What is said of a run that takes no patch."""
    again = state.finished and state.status != "completed"
    cure = f"`wflow resume {state.run_id} --updated FILE` goes on with another definition" if again else None
    return UsageError(f"nothing can be added to run {state.run_id}: {why}", cure=cure)


def taken_up(state: State, arguments: Mapping[str, Any], environ: Mapping[str, str], now: float) -> Requested:
    """What the run's owner records of a request to add to the run: the request, with the values of environment names
    that the new expressions read, or, with a warning, that it is refused.
    """
    try:
        amended(state, arguments)
    except Refused as refused:
        with suppress(OSError, ValueError):  # whoever closed the stream does not want to be told
            sys.stderr.write(f"wflow: warning: a request to add to the run was refused: {refused}\n")
        told = {"request": "amend", "why": str(refused)}
        return Requested(now, "refused", told if "id" not in arguments else {**told, "id": arguments["id"]})
    definition = arguments["definition"]
    env = environment_of(definition, to_text(definition), environ)
    fresh = {name: value for name, value in env.items() if name not in state.env}
    return Requested(now, "amend", {**arguments, "env": fresh})


def check_again(state: State, request: Mapping[str, Any]) -> None:
    """Raises UsageError where the run, as it is by now, refuses the request."""
    if is_amended(state, request):
        return
    try:
        amended(state, request)
    except Refused as refused:
        raise _refusal(state, str(refused)) from None


def is_amended(state: State, request: Mapping[str, Any]) -> bool:
    """Whether the run has by now what the request wanted it to get."""
    wanted = request["definition"]
    return digest_of(first_part(to_definition(state.plan.workflow), wanted)) == digest_of(wanted)
