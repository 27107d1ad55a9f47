"""What an expression or a script sees: inputs merged from messages, and the names around a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wflow.engine.events import Fault
from wflow.engine.state import Activation, Message, NodeState, Scope, State
from wflow.engine.values import opened
from wflow.errors import ExpressionError

if TYPE_CHECKING:
    from wflow.engine.compensate import Undo
    from wflow.expr import Expression

#: Numbers of a range that may become a list: what a result of 1 MB can hold.
MOST_WRITTEN_OUT = 524_288

__all__ = ["ScopeNames", "error_of", "evaluate", "input_parts", "inputs_of", "merged_input"]


def merged_input(activation: Activation) -> dict[str, Any]:
    """The input that the node's join makes of its messages: a mapping of its own, with the loop names under it."""
    if activation.input is not None:
        return dict(activation.input)
    scope = activation.scope
    merged: dict[str, Any] = dict(scope.names)
    messages = activation.messages
    if not messages or (scope.graph.mode == "sequential" and messages[0].trigger == "order"):
        merged.update(opened(scope.entry_input))
    for message in messages if len(messages) < 2 else sorted(messages, key=_edge):
        merged.update(opened(message.payload))
    return merged


def input_parts(activation: Activation) -> tuple[Any, ...]:
    """What `merged_input` merges, in that order, without opening what is stored."""
    if activation.input is not None:
        return (activation.input,)
    scope = activation.scope
    messages = sorted(activation.messages, key=_edge)
    enters = not messages or (scope.graph.mode == "sequential" and messages[0].trigger == "order")
    entered = (scope.entry_input,) if enters else ()
    return (scope.names, *entered, *(message.payload for message in messages))


def error_of(fault: Fault | None) -> dict[str, Any] | None:
    """The error as expressions see it, or null."""
    if fault is None:
        return None
    return {"type": fault.type, "message": fault.message, "node": fault.address, "traceback": fault.traceback}


def inputs_of(activation: Activation) -> dict[str, dict[str, Any]]:
    """The same messages apart, by the id of their source."""
    apart: dict[str, dict[str, Any]] = {}
    for message in sorted(activation.messages, key=_edge):
        apart.setdefault(message.source, {}).update(opened(message.payload))
    return apart


def _edge(message: Message) -> int:
    return message.edge


class ScopeNames(Mapping[str, Any]):
    """The names that an expression sees in a scope; each is made when it is asked for.

    ``activation`` gives ``input`` and ``inputs``; ``extra`` holds names of one place only (``output``, ``error``, ...).
    ``expression`` says which nodes' outputs are needed, so that one reference does not gather ten thousand.
    """

    __slots__ = ("_activation", "_expression", "_extra", "_scope", "_state")

    def __init__(
        self,
        state: State,
        scope: Scope,
        activation: Activation | None = None,
        extra: Mapping[str, Any] | None = None,
        expression: Expression | None = None,
    ) -> None:
        self._state = state
        self._scope = scope
        self._activation = activation
        self._extra = extra or {}
        self._expression = expression

    def __getitem__(self, name: str) -> Any:
        if name in self._extra:
            return opened(self._extra[name])
        scope = self._scope
        if name == "input":
            return merged_input(self._activation) if self._activation is not None else opened(scope.entry_input)
        if name == "inputs":
            return inputs_of(self._activation) if self._activation is not None else {}
        if name == "variables":
            return scope.world.variables
        if name == "params":
            return scope.world.params
        if name == "nodes":
            return self._nodes()
        if name == "run":
            return {
                "id": self._state.run_id,
                "workflow": scope.world.plan.workflow.name,
                "started_at": self._state.began_at,
                "attempt": self._activation.attempt if self._activation is not None else 0,
            }
        if name in ("output", "error") and self._activation is not None and self._activation.undoes is not None:
            return self._undone(name, self._activation.undoes)
        return scope.names[name]

    def _undone(self, name: str, undo: Undo) -> Any:
        """What an activation that compensates may look at: what the one it undoes gave, and why the run is undone."""
        if name == "output":
            return opened(undo.output)
        fault = self._state.undoing[1] if self._state.undoing is not None else None
        return None if fault is None else error_of(fault)

    def _nodes(self) -> dict[str, Any]:
        graph = self._scope.graph
        wanted: list[str] | None = None
        if self._expression is not None:
            references = [ref for ref in self._expression.references if ref.root == "nodes"]
            if all(ref.keys for ref in references):
                wanted = [str(ref.keys[0]) for ref in references]
        states = self._scope.nodes
        names = graph.index_of if wanted is None else [name for name in wanted if name in graph.index_of]
        return {name: _told(states[graph.index_of[name]]) for name in names}

    def __iter__(self) -> Iterator[str]:
        yield from self._extra
        yield from ("input", "inputs", "variables", "params", "nodes", "run")
        yield from self._scope.names
        if self._activation is not None and self._activation.undoes is not None:
            yield from ("output", "error")

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _told(node: NodeState) -> dict[str, Any]:
    return {"output": opened(node.output), "status": node.status if node.status != "active" else "running"}


def evaluate(
    state: State,
    expression: Expression,
    scope: Scope,
    activation: Activation | None = None,
    extra: Mapping[str, Any] | None = None,
    *,
    lazy: bool = False,
) -> Any:
    """The expression's value in that place, a JSON value. Raises ExpressionError.

    With ``lazy`` a ``range(...)`` stays one, for whoever walks through it; else it is written out as a list.
    """
    names = ScopeNames(state, scope, activation, extra, expression)
    value = expression.evaluate(names, now=state.now, env=state.env)
    if type(value) is range and not lazy:
        if len(value) > MOST_WRITTEN_OUT:
            raise ExpressionError(expression.source, f"a range of {len(value)} numbers is too long to be written out")
        return list(value)
    return value
