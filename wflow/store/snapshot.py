"""A run's state as a snapshot's bytes and back. A cache: the journal says the same, only slower.

The format is JSON with a table of values: an output that ten thousand messages share is written once, and is one
object again when read. Nodes that nothing has happened to are left out. What follows from the rest (who holds which
place, who waits for one) is worked out anew. ``VERSION`` changes with the format; another version is not read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from wflow.engine import limits
from wflow.engine.compensate import Undo
from wflow.engine.edges import read_switch
from wflow.engine.events import Fault
from wflow.engine.letters import Spent
from wflow.engine.state import Activation, Ending, Loop, Message, NodeState, Scope, State, World
from wflow.engine.steps import STEPS
from wflow.engine.stimuli import Began
from wflow.engine.values import Stored
from wflow.graph.plan import GraphPlan, Plan
from wflow.model.definition import from_definition, to_definition
from wflow.store.codec import to_text
from wflow.store.letters import dump_letters, restore_letters
from wflow.store.memories import dump_memory, restore_memory
from wflow.store.undos import dump_undos, restore_undos, undo_nodes, undoing_scope

__all__ = ["VERSION", "dump", "restore"]

VERSION = 5

_PLAIN = (
    "now",
    "began_at",
    "numbers",
    "seq",
    "deadlines",
    "signals",
    "permits",
    "retries_left",
    "tolerated",
    "undone",
    "undo_cancelled",
    "undoing",
    "overrides",
    "letter_count",
    "letters_spent",
    "resumes",
    "paused",
    "stopped",
    "status",
    "timed_out",
    "outputs",
    "error",
)
_LOOP_PLAIN = ("next", "completed", "failed", "cancelled", "enough", "told", "total")
_ACT_PLAIN = (
    "number",
    "seq",
    "cleanup",
    "status",
    "attempt",
    "crashes",
    "lease",
    "started_at",
    "stopping",
    "until",
    "queued",
)


def dump(state: State, extra: dict[str, Any]) -> bytes:
    """The state, and ``extra`` beside it (a JSON object), as bytes."""
    writer = _Writer(undoing_scope(state))
    assert state.root is not None
    data = {
        "version": VERSION,
        "extra": extra,
        "state": {name: getattr(state, name) for name in _PLAIN},
        "options": state.options,
        "definitions": {file: to_definition(plan.workflow) for file, plan in state.definitions.items()},
        "worlds": [[w.file, w.depth, writer.value(w.params), writer.value(w.variables)] for w in state.worlds],
        "queued": [[*key, count] for key, count in state.queued.items()],
        "waits": list(state.waits),
        "switches": [{**named._asdict(), "enabled": enabled} for named, enabled in state.switches.items()],
        "redefined": state.redefined,
        "root": writer.scope(state.root),
        "memory": dump_memory(state.memory, writer.value),
        "undos": dump_undos(state.undos, writer.value),
        "letters": dump_letters(state.letters, writer.value),
        "chosen": None if state.chosen is None else sorted(state.chosen),
        "chosen_acts": sorted(state.chosen_acts),
        "undo_acts": [
            [node.plan.index, writer.activation(act)] for node in undo_nodes(state) for act in node.acts.values()
        ],
    }
    data["values"] = writer.table
    return to_text(data).encode()


class _Writer:
    """Turns scopes, nodes and activations into JSON, and keeps the table of values they share."""

    def __init__(self, undoing: Scope | None) -> None:
        self.table: list[Any] = []
        self._undoing = undoing
        self._places: dict[int, int] = {}
        self._alive: list[Any] = []

    def value(self, value: Any) -> Any:
        """A small value as itself in a list, any other as its place in the table."""
        if value is None or isinstance(value, bool | int | float | str):
            return [value]
        place = self._places.get(id(value))
        if place is None:
            place = self._places[id(value)] = len(self.table)
            self._alive.append(value)
            self.table.append(_written(value))
        return place

    def scope(self, scope: Scope) -> dict[str, Any]:
        return {
            "world": scope.world.number,
            "prefix": scope.prefix,
            "input": self.value(scope.entry_input),
            "names": self.value(scope.names),
            "started": scope.started_at,
            "on_failure": scope.on_failure,
            "index": scope.index,
            "recount": scope.recount,
            "status": scope.status,
            "cancelled": scope.cancelled,
            "grace": scope.grace,
            "unfinished": scope.unfinished,
            "failure": scope.failure,
            "ending": scope.ending,
            "switched": list(scope.switched.items()),
            "nodes": [
                self.node(node, without_acts=scope is self._undoing and node.plan.aside)
                for node in scope.nodes
                if _touched(node)
            ],
        }

    def node(self, node: NodeState, *, without_acts: bool) -> list[Any]:
        return [
            node.plan.index,
            node.status,
            node.open,
            node.broken,
            node.came,
            node.number,
            self.value(node.output),
            node.fault,
            node.handled,
            node.stopped,
            [self.message(message) for message in node.inbox.values()],
            [] if without_acts else [self.activation(act) for act in node.acts.values()],
            [self.activation(act) for act in node.left],
        ]

    def message(self, message: Message) -> list[Any]:
        return [message.edge, message.source, message.trigger, self.value(message.payload), message.cleanup]

    def activation(self, act: Activation) -> dict[str, Any]:
        return {
            "id": act.id,
            "plain": [getattr(act, name) for name in _ACT_PLAIN],
            "fault": act.fault,
            "messages": [self.message(message) for message in act.messages],
            "input": None if act.input is None else self.value(act.input),
            "stands_for": act.stands_for.id if act.stands_for is not None else None,
            "scopes": [self.scope(scope) for scope in act.scopes],
            "loop": self.loop(act.loop) if act.loop is not None else None,
        }

    def loop(self, loop: Loop) -> dict[str, Any]:
        return {
            "plain": [getattr(loop, name) for name in _LOOP_PLAIN],
            "items": self.value(loop.items),
            "results": None if loop.results is None else self.value(loop.results),
            "last": self.value(loop.last),
            "fault": loop.fault,
            "keys": None if loop.keys is None else sorted(loop.keys),
            "unfinished": [self.scope(scope) for scope in loop.unfinished.values()],
            "ended": [self.scope(scope) for scope in loop.ended.values()],
            "again": [self.scope(scope) for scope in loop.again.values()],
        }


def _written(value: Any) -> Any:
    if type(value) is Stored:
        return {"stored": [value.digest, value.size]}
    if isinstance(value, range):
        return {"range": [value.start, value.stop, value.step]}
    return {"json": value}


def _touched(node: NodeState) -> bool:
    return (
        node.status != "pending"
        or node.came > 0
        or node.number > 0
        or node.broken
        or node.open != len(node.plan.inbound)
        or bool(node.left)
    )


def restore(began: Began, payload: bytes, load: Callable[[str], dict[str, Any]]) -> tuple[State, dict[str, Any]] | None:
    """The state and the ``extra`` that `dump` was given, or None for a snapshot of another version."""
    data = json.loads(payload)
    if data.get("version") != VERSION:
        return None
    redefined = data["redefined"] or {"definition": began.definition, "files": began.files, "env": {}}
    state = State(began.run, Plan(from_definition(redefined["definition"])))
    state.redefined = data["redefined"]
    state.env, state.files, state.options = {**began.env, **redefined["env"]}, redefined["files"], data["options"]
    for name, value in data["state"].items():
        setattr(state, name, value)
    state.error = _fault(data["state"]["error"])
    state.deadlines = [tuple(entry) for entry in data["state"]["deadlines"]]
    state.definitions = {file: Plan(from_definition(one)) for file, one in data["definitions"].items()}
    reader = _Reader(state, data["values"], load)
    for number, (file, depth, params, variables) in enumerate(data["worlds"]):
        plan = state.plan if number == 0 else state.definitions[file]
        world = World(number, plan, reader.value(params), file=file, depth=depth)
        world.variables = reader.value(variables)
        state.worlds.append(world)
    state.root = reader.scope(data["root"], state.plan.root, None)
    state.memory = restore_memory(data["memory"], reader.value)
    state.undos = restore_undos(data["undos"], state, reader.value)
    state.letters = restore_letters(data["letters"], reader.value)
    spent = data["state"]["letters_spent"]
    state.letters_spent = None if spent is None else Spent(*spent)
    state.chosen = None if data["chosen"] is None else set(data["chosen"])
    state.chosen_acts = set(data["chosen_acts"])
    if state.undoing is not None:
        status, fault = state.undoing
        state.undoing = (status, _fault(fault))
        reader.undo_acts(data["undo_acts"], state.undos[-1])
    reader.finish()
    state.queued = {(prefix, edge): count for prefix, edge, count in data["queued"]}
    state.switches = dict(map(read_switch, data["switches"]))
    state.waits = {ident: state.activations[ident] for ident in data["waits"] if ident in state.activations}
    return state, data["extra"]


def _fault(data: Any) -> Fault | None:
    return Fault(*data) if data is not None else None


class _Reader:
    """The way back: builds scopes, nodes and activations into ``state``."""

    def __init__(self, state: State, table: list[Any], load: Callable[[str], dict[str, Any]]) -> None:
        self._state = state
        self._values = [self._read(entry, load) for entry in table]
        self._standing: list[tuple[Activation, str]] = []

    @staticmethod
    def _read(entry: dict[str, Any], load: Callable[[str], dict[str, Any]]) -> Any:
        if "stored" in entry:
            digest, size = entry["stored"]
            return Stored(digest, size, load)
        if "range" in entry:
            return range(*entry["range"])
        return entry["json"]

    def value(self, place: Any) -> Any:
        return place[0] if isinstance(place, list) else self._values[place]

    def scope(self, data: dict[str, Any], graph: GraphPlan, owner: Activation | None) -> Scope:
        scope = Scope(
            graph,
            self._state.worlds[data["world"]],
            data["prefix"],
            owner=owner,
            entry_input=self.value(data["input"]),
            names=self.value(data["names"]),
            started_at=data["started"],
            on_failure=data["on_failure"],
            index=data["index"],
            recount=data["recount"],
        )
        scope.status = data["status"]
        scope.cancelled = data["cancelled"]
        scope.grace = data["grace"]
        scope.unfinished = data["unfinished"]
        scope.failure = _fault(data["failure"])
        scope.ending = Ending(*data["ending"]) if data["ending"] is not None else None
        scope.switched = dict(data["switched"])
        for entry in data["nodes"]:
            self._node(scope, entry)
        return scope

    def _node(self, scope: Scope, entry: list[Any]) -> None:
        index, status, still_open, broken, came, number, output, fault, handled, stopped, inbox, acts, left = entry
        node = scope.nodes[index]
        node.status, node.open, node.broken, node.came, node.number = status, still_open, broken, came, number
        node.output, node.fault, node.handled, node.stopped = self.value(output), _fault(fault), handled, stopped
        node.inbox = {message[0]: self._message(message) for message in inbox}
        for data in acts:
            act = self._activation(data, scope, node)
            node.acts[act.id] = act
            self._state.activations[act.id] = act
        node.left = [self._activation(data, scope, node) for data in left]

    def undo_acts(self, entries: list[Any], undo: Undo) -> None:
        """What was under way to undo a completed activation; its scope may be no other's."""
        for index, data in entries:
            node = undo.scope.nodes[index]
            act = self._activation(data, undo.scope, node)
            node.acts[act.id] = act
            node.status = "active"
            self._state.activations[act.id] = act
            if act.node.plan.id == undo.node:
                act.undoes = undo

    def _message(self, data: list[Any]) -> Message:
        edge, source, trigger, payload, cleanup = data
        return Message(edge, source, trigger, self.value(payload), cleanup)

    def _activation(self, data: dict[str, Any], scope: Scope, node: NodeState) -> Activation:
        act = Activation(data["id"], scope.prefix + node.plan.id, scope, node, 0, 0)
        for name, value in zip(_ACT_PLAIN, data["plain"], strict=True):
            setattr(act, name, value)
        act.fault = _fault(data["fault"])
        act.messages = [self._message(message) for message in data["messages"]]
        act.input = None if data["input"] is None else self.value(data["input"])
        if data["stands_for"] is not None:
            self._standing.append((act, data["stands_for"]))
        for one in data["scopes"]:
            act.scopes.append(self.scope(one, self._body(act, one), act))
        if data["loop"] is not None:
            act.loop = self._loop(data["loop"], act)
        return act

    def _body(self, act: Activation, data: dict[str, Any]) -> GraphPlan:
        body = act.node.plan.body
        return body if body is not None else self._state.worlds[data["world"]].plan.root

    def _loop(self, data: dict[str, Any], act: Activation) -> Loop:
        loop = Loop(self.value(data["items"]), 0)
        for name, value in zip(_LOOP_PLAIN, data["plain"], strict=True):
            setattr(loop, name, value)
        loop.results = None if data["results"] is None else self.value(data["results"])
        loop.last = self.value(data["last"])
        loop.fault = _fault(data["fault"])
        loop.keys = None if data["keys"] is None else set(data["keys"])
        for name in ("unfinished", "ended", "again"):
            scopes = [self.scope(one, self._body(act, one), act) for one in data[name]]
            setattr(loop, name, {scope.index: scope for scope in scopes})
        return loop

    def finish(self) -> None:
        """Tie what refers to each other, and work out who holds a place and who is ready."""
        state = self._state
        for act, ident in self._standing:
            act.stands_for = state.activations.get(ident)
        to_come = {ident for _, _, kind, ident, _ in state.deadlines if kind == "pump"}
        for act in sorted(state.activations.values(), key=lambda one: one.seq):
            if act.status == "ready":
                limits.enqueue_again(state, act)
            elif act.status in ("running", "open", "waiting"):
                limits.hold_again(state, act)
                if act.loop is not None and act.id not in to_come:
                    state.push(STEPS["pump"], state, act)
        state.running = sum(1 for act in state.activations.values() if act.status == "running")
