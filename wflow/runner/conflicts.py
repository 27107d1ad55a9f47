"""Results that a revised definition does not go with: which those are, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wflow.engine.locate import way_to
from wflow.engine.state import Activation, NodeState, Scope, State
from wflow.errors import UsageError
from wflow.graph.plan import EACH
from wflow.ids import owners_of
from wflow.model.nearest import listed
from wflow.progress import without_keys
from wflow.runner.again import Again
from wflow.runner.history import History
from wflow.runner.items import Final
from wflow.runner.redefine import Difference, Redefinition

__all__ = ["Changed", "Items", "changed_results", "refusal"]

#: Nodes that a refusal names; the rest is a count.
_SHOWN = 10

#: Iterations of a loop that are named one by one as what to run again; of more it is the loop.
_NAMED = 3


class Changed(NamedTuple):
    """Results of nodes that differ. ``refused`` would not be the input that they were, each with what differs;
    ``stay`` are items that are done, of loops that are not: by the address of the node without keys, how many.
    """

    refused: dict[str, str]
    stay: dict[str, int]


def changed_results(
    history: History, what: Redefinition, differences: Sequence[Difference], again: Again, items: Items
) -> Changed:
    """The results that there are of nodes that differ, but for those that run ``again``.

    A loop that goes on takes its changed body for the items that are not done: those that are stay done.
    """
    changed = {id(one.change.before): one.change for one in differences if one.change.how == "changed"}
    faces = what.other_faces()
    found = Changed({}, {})
    if not changed and not faces:
        return found
    callers: dict[str, str] = {}
    for address, final in history.finals.items():
        change = changed.get(id(final.plan))
        why = list(change.why) if change is not None else []
        face = faces.get(history.files.get(address, ""))
        if change is not None and final.plan.type == "subflow":
            callers[address] = listed(why, quote="")
        if (not why and face is None) or not final.finished or again.covers(address):
            continue
        if items.is_done_with(address):
            place = without_keys(address)
            found.stay[place] = found.stay.get(place, 0) + 1
        else:
            found.refused[address] = listed([*why, *([] if face is None else [face])], quote="")
    found.refused.update(_called_otherwise(history, callers, again))
    return found


def _called_otherwise(history: History, callers: Mapping[str, str], again: Again) -> dict[str, str]:
    """Subflow nodes that differ and have not finished, while something in them has."""
    found: dict[str, str] = {}
    for address, final in history.finals.items() if callers else ():
        caller = next((owner for owner in owners_of(address) if owner in callers), None)
        if caller is not None and final.finished and not again.covers(address):
            found.setdefault(caller, callers[caller])
    return found


class Items:
    """Tells results of items that are done, of loops that are not, from those that something is still to follow."""

    def __init__(self, history: History, state: State, again: Again) -> None:
        self._finals = history.finals
        self._state = state
        self._open = again.owners()
        self._unfinished = {scope.prefix[:-1] for scope in _unfinished_iterations(state)}

    def is_done_with(self, address: str) -> bool:
        """Whether nothing but new items has to do with the node that the result at the address is of."""
        if self._finals[address].plan.join == EACH:
            way = way_to(self._state, address)
            if way and way[-1][0].prefix + way[-1][1].plan.id == address and way[-1][1].status != "completed":
                return True
        for owner in owners_of(address):
            if owner.endswith("]") and owner not in self._unfinished and owner not in self._open:
                loop = owner[: owner.rindex("[")]
                of_loop = self._finals.get(loop)
                if loop in self._open or (of_loop is not None and not of_loop.finished):
                    return True
        return False


def _unfinished_iterations(state: State) -> Iterator[Scope]:
    """The iterations that are open, or have ended in another way than completed, of loops that have not completed."""
    pending = [state.root] if state.root is not None else []
    while pending:
        for node in pending.pop().nodes:
            for activation in _activations(node):
                pending += activation.scopes
                loop = activation.loop
                if loop is not None:
                    for scopes in (loop.unfinished, loop.ended, loop.again):
                        pending += scopes.values()
                        yield from scopes.values()


def _activations(node: NodeState) -> list[Activation]:
    return [*node.acts.values(), *node.left]


def refusal(found: Mapping[str, str], finals: Mapping[str, Final], what: str) -> UsageError:
    """The error for results, by their addresses with a reason each, of which ``what`` is to be said; what cures it."""
    places: dict[str, list[str]] = {}
    for address in found:
        places.setdefault(without_keys(address), []).append(address)
    shown = []
    for place, addresses in list(places.items())[:_SHOWN]:
        where = addresses[0] if len(addresses) == 1 else f"{place} {len(addresses):,} times"
        shown.append(f"{where} ({found[addresses[0]]})")
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    names = list(dict.fromkeys(name for addresses in places.values() for name in _to_name(addresses, finals)))
    cure = " ".join(f"--from {name}" for name in names[:_SHOWN])
    several = len(found) > 1
    return UsageError(
        f"{'these have' if several else 'this has'} finished, and {what}: {', '.join(shown)}{more}",
        cure=f"`{cure}` runs {'them' if several else 'it'} again, with what comes after",
    )


def _to_name(addresses: list[str], finals: Mapping[str, Final]) -> list[str]:
    """What to run again of results of one node: each, or those that failed, or the loop that they are in."""
    if len(addresses) <= _NAMED:
        return addresses
    failed = [one for one in addresses if one in finals and finals[one].status != "completed"]
    if 0 < len(failed) <= _NAMED:
        return failed
    return [addresses[0].partition("[")[0]]
