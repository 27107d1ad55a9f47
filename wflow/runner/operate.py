"""What an operator asks of single nodes of a run, checked against how the run stands before it is asked."""

from __future__ import annotations

from typing import Any

from wflow.engine.locate import way_to
from wflow.engine.state import NodeState, State
from wflow.errors import UsageError
from wflow.graph.plan import EACH, GraphPlan, NodePlan
from wflow.model.kinds import KINDS, ports_of
from wflow.model.nearest import did_you_mean
from wflow.progress import without_keys
from wflow.runner.inspect import Reading

__all__ = ["check_retry", "check_set"]


def check_retry(reading: Reading, address: str) -> None:
    """Raise UsageError where the node at this address cannot be tried again."""
    state = _state_of(reading)
    node = _there(state, address)
    plan = node.plan if node is not None else _defined(reading, state, address)
    if plan.aside:
        raise UsageError(f"`{address}` stands in for another node, and runs when that one needs it")
    status = _status_of(reading, address, node)
    if status not in ("failed", "cancelled"):
        raise UsageError(
            f"`{address}` is {status}: only what failed or was cancelled is tried again",
            cure=f"`wflow resume {reading.id} --from {address}` runs a node again whatever became of it",
        )


def check_set(reading: Reading, address: str, output: Any) -> None:
    """Raise UsageError where the node at this address cannot be given this output."""
    state = _state_of(reading)
    node = _there(state, address)
    plan = node.plan if node is not None else _defined(reading, state, address)
    if not isinstance(output, dict):
        raise UsageError("a node's output is a JSON object", cure="""write --output '{"key": "value"}'""")
    if plan.type in KINDS and ports_of(plan.type, plan.node.settings):
        raise UsageError(
            f"`{address}` is a node with several ports, and an output chooses none of them",
            cure="set the node before it, whose output it decides by",
        )
    if plan.type in ("end", "cancel"):
        raise UsageError(f"`{address}` has no output: it is a node of type {plan.type}")
    if plan.join == EACH:
        raise UsageError(f"`{address}` runs once for each message, and one output would not do for all of them")
    if plan.aside:
        raise UsageError(f"`{address}` stands in for another node: set that one's output")
    status = _status_of(reading, address, node)
    if status == "completed":
        raise UsageError(f"`{address}` has completed, and that does not change")


def _state_of(reading: Reading) -> State:
    if reading.damage is not None:
        raise reading.damage
    state = reading.state
    if state.status == "completed":
        raise UsageError(f"run {reading.id} has completed, and that does not change")
    return state


def _there(state: State, address: str) -> NodeState | None:
    """The node, where the scope that it is in is open or kept."""
    way = way_to(state, address)
    if not way:
        return None
    scope, node = way[-1]
    return node if scope.prefix + node.plan.id == address else None


def _status_of(reading: Reading, address: str, node: NodeState | None) -> str:
    view = reading.view
    row = view.rows.get(address) if view is not None else None
    if node is not None:
        return "running" if node.status == "active" else node.status
    return row.status if row is not None else "pending"


def _defined(reading: Reading, state: State, address: str) -> NodePlan:
    """The node as the definition has it. Raises UsageError, with the nearest address, where it has none."""
    way = way_to(state, address)
    graph: GraphPlan | None = state.plan.root
    rest = without_keys(address)
    if way:  # a subflow's graph is known once it is open
        scope, node = way[-1]
        graph = node.plan.body
        rest = without_keys(address.removeprefix(scope.prefix)).partition("/")[2]
    plan: NodePlan | None = None
    for name in rest.split("/"):
        index = graph.index_of.get(name) if graph is not None else None
        if graph is None or index is None:
            raise _unknown(reading, address)
        plan = graph.nodes[index]
        graph = plan.body
    if plan is None or ("[" not in address and _in_loop(state, address)):
        raise _unknown(reading, address)
    return plan


def _in_loop(state: State, address: str) -> bool:
    graph: GraphPlan | None = state.plan.root
    *owners, _ = address.split("/")
    for name in owners:
        if graph is None or name not in graph.index_of:
            return False
        plan = graph.nodes[graph.index_of[name]]
        if plan.type in ("foreach", "while"):
            return True
        graph = plan.body
    return False


def _unknown(reading: Reading, address: str) -> UsageError:
    known = [name for name, row in reading.view.rows.items() if row.key is None] if reading.view is not None else []
    inside = next((name for name in known if "[" in name and without_keys(name) == address), None)
    if inside is not None:
        cure = f"it runs once for each iteration: name one, such as `{inside}`"
    else:
        cure = did_you_mean(address, known) or f"`wflow status {reading.id}` lists its nodes"
    return UsageError(f"run {reading.id} has no node `{address}`", cure=cure)
