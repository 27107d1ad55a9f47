"""Which nodes of a run are to run again, by their addresses, and what comes after them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wflow.errors import UsageError
from wflow.graph.after import after
from wflow.graph.plan import GraphPlan, NodePlan, Plan
from wflow.ids import iteration_prefix, owners_of
from wflow.model.nearest import did_you_mean, listed
from wflow.progress.address import steps

__all__ = ["Again", "Definitions", "Step", "after_address", "checked_address"]

_LOOPS = frozenset({"foreach", "while"})


class Step(NamedTuple):
    """One step on the way to an address: the ``address`` of a node, its ``plan``, the ``graph`` that it is in, and the
    ``key`` of the iteration in which the way goes on, if it does.
    """

    address: str
    plan: NodePlan
    graph: GraphPlan
    key: str | None


@dataclass(frozen=True, slots=True)
class Definitions:
    """A run's workflow, and those of its subflows: ``file_at`` gives the file that a subflow node asked for, by its
    address, ``plan_of`` the workflow in a file.
    """

    plan: Plan
    file_at: Mapping[str, str]
    plan_of: Callable[[str], Plan | None]

    def way(self, address: str) -> list[Step]:
        """The steps to the address, from the root, as far as there are nodes of these names."""
        found: list[Step] = []
        graph: GraphPlan | None = self.plan.root
        prefix = ""
        for name, key in steps(address):
            index = graph.index_of.get(name) if graph is not None else None
            if graph is None or index is None:
                break
            plan = graph.nodes[index]
            here = prefix + name
            found.append(Step(here, plan, graph, key))
            graph = plan.body or self._of_file(here)
            prefix = here + "/" if key is None else iteration_prefix(here, key)
        return found

    def node(self, address: str) -> NodePlan | None:
        """The node at the address, None where there is none."""
        way = self.way(address)
        return way[-1].plan if way and way[-1].address == address else None

    def _of_file(self, address: str) -> GraphPlan | None:
        file = self.file_at.get(address)
        plan = self.plan_of(file) if file is not None else None
        return plan.root if plan is not None else None


class Again:
    """Addresses of what runs again: nodes, with all that is in them, and iterations."""

    def __init__(self, addresses: Iterable[str] = ()) -> None:
        self.addresses = set(addresses)

    def covers(self, address: str) -> bool:
        """Whether the address is one of them, or lies inside of one."""
        addresses = self.addresses
        return bool(addresses) and (address in addresses or any(outer in addresses for outer in owners_of(address)))

    def owners(self) -> set[str]:
        """The nodes that own them, up to the root: those are open as long as something in them is to be done."""
        return {outer for address in self.addresses for outer in owners_of(address)}


def after_address(
    address: str, before: Definitions, now: Definitions, seen: Collection[str], *, but_each: bool = False
) -> list[str]:
    """The addresses after this one: in its graph, and after each node that it lies in, up to the root.

    Other iterations of a ``foreach`` are left alone; those of a ``while`` follow one another. ``seen`` are the
    addresses that the run has had; ``but_each`` is as in `wflow.graph.after.after`.
    """
    ways = [way for way in (now.way(address), before.way(address)) if way]
    found: list[str] = []
    longest = max(ways, key=len, default=[])
    for depth, step in reversed(list(enumerate(longest))):
        name = step.plan.id
        graphs = [way[depth].graph for way in ways if len(way) > depth]
        prefix = step.address[: len(step.address) - len(name)]
        if step.key is not None and step.plan.type == "while":
            found += _later(step.address, step.key, seen)
        found += [prefix + later for later in after(graphs, name, but_each=but_each)]
    return found


def _later(loop: str, key: str, seen: Collection[str]) -> list[str]:
    """The iterations of a ``while`` after this one, as far as there were any."""
    start = f"{loop}["
    keys = {address[len(start) :].partition("]")[0] for address in seen if address.startswith(start)}
    later = sorted(int(one) for one in keys if one.isdecimal() and key.isdecimal() and int(one) > int(key))
    return [f"{loop}[{index}]" for index in later]


def checked_address(address: str, run_id: str, now: Definitions, seen: Collection[str]) -> str:
    """The address as the run writes it. Raises UsageError where the run can have nothing of that name."""
    wanted = address.rstrip("/")
    way = now.way(wanted)
    if not way or len(way) < len(steps(wanted)):
        known = [*seen, *(plan.id for plan in now.plan.root.nodes)]
        cure = did_you_mean(wanted, dict.fromkeys(known)) or f"`wflow status {run_id}` lists its nodes"
        raise UsageError(f"run {run_id} has no node `{wanted}`", cure=cure)
    for step, last in zip(way, [*[False] * (len(way) - 1), True], strict=True):
        if step.key is None and step.plan.type in _LOOPS and not last:
            example = next((one for one in seen if one.startswith(f"{step.address}[")), f"{step.address}[0]")
            message = f"`{step.address}` runs what is in it once for each iteration"
            raise UsageError(message, cure=f"name the iteration, as in `{example}`")
        if step.key is not None:
            _check_iteration(step, seen)
    last_step = way[-1]
    return last_step.address if last_step.key is None else iteration_prefix(last_step.address, last_step.key)[:-1]


def _check_iteration(step: Step, seen: Collection[str]) -> None:
    if step.plan.type not in _LOOPS:
        raise UsageError(f"`{step.address}` is no loop and has no iteration `{step.key}`")
    start = f"{step.address}["
    keys = dict.fromkeys(address[len(start) :].partition("]")[0] for address in seen if address.startswith(start))
    if step.key not in keys:
        near = did_you_mean(str(step.key), keys)
        cure = near or (f"it has had {listed(list(keys))}" if keys else "it has had none yet")
        raise UsageError(f"`{step.address}` has had no iteration `{step.key}`", cure=cure)
