"""What must hold of a run's state between two decisions, whatever has happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from wflow.engine.state import DONE, Scope, State

__all__ = ["broken_invariants"]


def broken_invariants(state: State) -> list[str]:
    """Every invariant that does not hold, as a sentence; empty when all is well. Walks the whole state: for tests."""
    problems: list[str] = []
    if state.agenda:
        problems.append(f"{len(state.agenda)} steps are left on the agenda")
    live = {ident: act.status for ident, act in state.activations.items()}
    for ident, status in live.items():
        if status in ("completed", "failed", "cancelled", "skipped"):
            problems.append(f"{ident} is {status} and still known as unfinished")
    running = sum(1 for status in live.values() if status == "running")
    if running != state.running:
        problems.append(f"{running} activations run, {state.running} are counted")
    held: Counter[Any] = Counter(key for act in state.activations.values() for key in act.places)
    if held != Counter(state.held):
        problems.append(f"places held {dict(held)} are not those counted {state.held}")
    queued = Counter((act.scope.prefix, act.messages[0].edge) for act in state.activations.values() if act.queued)
    if queued != Counter(state.queued):
        problems.append(f"messages queued {dict(queued)} are not those counted {state.queued}")
    problems += [f"{ident} has a permit of a breaker and is no more" for ident in state.permits if ident not in live]
    seen: set[str] = set()
    for scope in _open_scopes(state):
        problems += _scope_problems(scope, seen)
    if not state.finished and seen != set(live):
        problems.append(f"activations in scopes and in the state differ: {sorted(seen ^ set(live))}")
    if state.finished and live:
        problems.append(f"the run is {state.status} with {sorted(live)} unfinished")
    return problems


def _scope_problems(scope: Scope, seen: set[str]) -> Iterator[str]:
    name = scope.prefix or "the root"
    unfinished = sum(1 for node in scope.nodes if not node.plan.aside and node.status not in DONE)
    if unfinished != scope.unfinished:
        yield f"{name}: {unfinished} nodes are unfinished, {scope.unfinished} are counted"
    for node in scope.nodes:
        if node.status in DONE and node.acts and not node.plan.aside:
            yield f"{name}: {node.plan.id} is {node.status} and has activations {sorted(node.acts)}"
        if not 0 <= node.open <= len(node.plan.inbound):
            yield f"{name}: {node.plan.id} has {node.open} open edges of {len(node.plan.inbound)}"
        seen.update(node.acts)


def _open_scopes(state: State) -> Iterator[Scope]:
    pending = [state.root] if state.root is not None else []
    pending += [
        act.scope for act in state.activations.values() if act.undoes is not None and act.scope is not state.root
    ]
    while pending:
        scope = pending.pop()
        yield scope
        for node in scope.nodes:
            for act in node.acts.values():
                pending += [one for one in act.scopes if one.status == "open"]
                if act.loop is not None:
                    pending += list(act.loop.unfinished.values())
