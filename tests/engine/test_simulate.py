"""`wflow.engine.simulate`, and with it the promise about crashes: 200 random workflows, each of them crashed."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any
from zlib import crc32

import pytest

from wflow.engine.commands import AskBreaker
from wflow.engine.decide import begin, decide
from wflow.engine.events import Event
from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.engine.stimuli import Began, Ended, Resumed, Started
from wflow.store.snapshot import dump, restore

Works = Callable[..., Simulation]

SEEDS = range(200)
TYPES = (
    *("python",) * 12,
    *("noop", "if", "switch", "container", "while", "wait", "subflow") * 2,
    *("foreach",) * 4,
    *("end", "cancel"),
)
SUBFLOW = {
    "name": "below",
    "nodes": {"first": {"type": "python"}, "second": {"type": "python"}},
    "edges": [{"source": "first", "target": "second"}],
    "outputs": {"v": "nodes.second.output.v"},
}


class Workflows:
    """Draws workflows, as definitions, that are valid by construction: every node type, join and trigger."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.left = 60

    def workflow(self) -> dict[str, Any]:
        drawn: dict[str, Any] = {"name": "drawn", "variables": {"count": 0}, "outputs": {"count": "variables.count"}}
        drawn["on_failure"] = self.random.choice(["continue", "continue", "stop"])
        return {**drawn, **self.graph(0)}

    def graph(self, depth: int, *, edges: bool = True) -> dict[str, Any]:
        size = self.random.randint(6, 12) if depth == 0 else min(self.random.randint(2, 4), max(1, self.left))
        self.left -= size
        names = [f"n{depth}{number}" for number in range(size)]
        nodes = {name: self.node(name, names, depth) for name in names}
        graph: dict[str, Any] = {"nodes": nodes}
        if edges:
            graph["edges"] = self.edges(names, nodes)
            self.joins(nodes, graph["edges"])
        for name in names:
            if nodes[name]["type"] not in ("noop", "if", "switch", "end", "cancel") and crc32(name.encode()) % 3 == 0:
                nodes[name]["breaker"] = {"name": "api", "minimum_calls": 10_000}  # real ones never open
            if nodes[name]["type"] in ("python", "container", "foreach") and self.random.random() < 0.15:
                nodes[name]["fallback"] = f"{name}_instead"
                nodes[f"{name}_instead"] = {"type": "python"}
            if nodes[name]["type"] in ("python", "container", "foreach") and self.random.random() < 0.3:
                nodes[name]["compensate"] = f"{name}_undo"
                nodes[f"{name}_undo"] = {"type": "python"}
        return graph

    def node(self, name: str, names: list[str], depth: int) -> dict[str, Any]:
        kind = self.random.choice(TYPES)
        if depth == 0 and name == names[0]:
            kind = "foreach"
        if depth > 3 or self.left <= 0:
            kind = self.random.choice(["python", "noop", "if"])
        node: dict[str, Any] = {"type": kind}
        settings = self.settings(kind, name, names)
        if kind in ("container", "foreach", "while"):
            node["graph"] = self.graph(depth + 1, edges=settings.get("mode", "graph") == "graph")
        if settings:
            node["settings"] = settings
        if kind in ("python", "foreach", "container", "subflow") and self.random.random() < 0.25:
            node["retry"] = {"max_attempts": self.random.randint(2, 3), "initial_delay": self.random.random()}
        return node

    def settings(self, kind: str, name: str, names: list[str]) -> dict[str, Any]:
        draw = self.random
        if kind == "if":
            return {"condition": draw.choice(["true", "false", "variables.count % 2 == 0", "input.v > 4"])}
        if kind == "switch":
            return {"value": "variables.count % 3", "cases": {"0": "zero", "1": None}}
        if kind == "foreach":
            drawn: dict[str, Any] = {"items": f"range({draw.randint(0, 3)})"}
            drawn.update(draw.choice([{}, {"collect": "item"}, {"tolerate": 1}, {"on_failure": "stop"}]))
            drawn.update(draw.choice([{}, {}, {"until": "completed >= 2"}, {"max_concurrent": 1}, {"key": "item"}]))
            return drawn
        if kind == "while":
            return {"condition": f"iteration_index < {draw.randint(0, 3)}", **draw.choice([{}, {"collect": "1"}])}
        if kind == "container":
            return {
                "mode": draw.choice(["graph", "graph", "parallel", "sequential"]),
                "on_failure": draw.choice(["stop", "continue"]),
            }
        if kind == "wait":
            return {"for": draw.choice([0, 5.0])}
        if kind == "end":
            return {"status": draw.choice(["completed", "completed", "failed", "cancelled"])}
        if kind == "cancel":
            return {"targets": [draw.choice([other for other in names if other != name] or [name])]}
        return {"file": draw.choice(["below.yaml", "below.yaml", "nowhere.yaml"])} if kind == "subflow" else {}

    def edges(self, names: list[str], nodes: dict[str, Any]) -> list[dict[str, Any]]:
        drawn = []
        for index, target in enumerate(names):
            sources = self.random.sample(names[:index], min(index, self.random.choice([0, 1, 1, 1, 1, 2, 3])))
            drawn += [self.edge(source, target, nodes[source]["type"]) for source in sources]
        return drawn

    def edge(self, source: str, target: str, kind: str) -> dict[str, Any]:
        draw = self.random
        edge: dict[str, Any] = {"source": source, "target": target}
        trigger = draw.choice(["complete"] * 9 + ["fail", "fail", "always", "cancel", "next", "next"])
        if trigger == "next" and kind not in ("foreach", "while"):
            trigger = "complete"
        if trigger != "complete":
            edge["trigger"] = trigger
        elif kind == "if":
            edge["port"] = draw.choice(["true", "false"])
        elif kind == "switch":
            edge["port"] = draw.choice(["zero", "1", "default"])
        if trigger == "fail" and draw.random() < 0.3:
            edge["handles"] = False
        if draw.random() < 0.15:
            edge["condition"] = draw.choice(["true", "true", "false", "variables.count >= 1", "input.nowhere"])
        if draw.random() < 0.05:
            edge["enabled"] = False
        if draw.random() < 0.1:
            edge["capacity"] = 1
        if draw.random() < 0.2:
            edge["priority"] = draw.randint(-1, 1)
        return edge

    def joins(self, nodes: dict[str, Any], edges: list[dict[str, Any]]) -> None:
        for name, node in nodes.items():
            inbound = sum(1 for edge in edges if edge["target"] == name)
            join = self.random.choice(["all", "all", "all", "any", "each", 2])
            if inbound and join != "all" and (join != 2 or inbound >= 2):
                node["join"] = join
                if join != "each" and self.random.random() < 0.4:
                    node["cancel_rest"] = True


class Orderless(Workflows):
    """Draws workflows whose outcome does not depend on the order of ends; instead they have limits of every kind."""

    def workflow(self) -> dict[str, Any]:
        return {**super().workflow(), "on_failure": "continue", "pools": {"one": 1, "two": 2}}

    def node(self, name: str, names: list[str], depth: int) -> dict[str, Any]:
        node = super().node(name, names, depth)
        if node["type"] in ("end", "cancel"):
            node = {"type": "python"}
        draw = self.random
        if "graph" not in node and node["type"] != "subflow":
            node.update(draw.choice([{}, {}, {"pool": "one"}, {"pool": "two"}]))
        node.update(draw.choice([{}, {}, {"max_concurrent": 1}, {"rate": {"count": 2.0, "per": 1.0}}]))
        node["priority"] = draw.choice([0, 0, 10, -10])
        return node

    def settings(self, kind: str, name: str, names: list[str]) -> dict[str, Any]:
        settings = super().settings(kind, name, names)
        for key in ("until", "tolerate"):
            settings.pop(key, None)
        fixed = {"on_failure": "continue", "value": "1", "condition": "input.v > 4" if kind == "if" else None}
        if kind == "while":
            fixed["condition"] = "iteration_index < 2"
        return settings | {key: value for key, value in fixed.items() if key in settings}

    def edge(self, source: str, target: str, kind: str) -> dict[str, Any]:
        edge = super().edge(source, target, kind)
        if edge.get("trigger") in ("cancel", "next"):
            del edge["trigger"]
            edge |= {"port": {"if": "true", "switch": "1"}[kind]} if kind in ("if", "switch") else {}
        if "condition" in edge:
            edge["condition"] = self.random.choice(["true", "false", "input.nowhere"])
        return edge

    def joins(self, nodes: dict[str, Any], edges: list[dict[str, Any]]) -> None:
        """All of them wait for all."""


def does(activation: Activation, given: dict[str, Any]) -> Did:
    """What an attempt does follows from what it is and what it got, so that a second time is like the first."""
    drawn = crc32(f"{activation.id}/{activation.attempt}".encode())
    if drawn % 8 == 0:
        return Did("failed", failure=("ValueError" if drawn % 2 else "OSError", "drawn"))
    seen = crc32(json.dumps(given, sort_keys=True).encode()) % 1000
    return Did(output={"v": drawn % 10, "seen": seen}, operations=(("add", "count", 1),))


def refuses(command: AskBreaker) -> str | None:
    """A breaker that refuses some, the same ones each time they ask."""
    return "open" if crc32(f"?{command.activation}".encode()) % 7 == 0 else None


def drawn(seed: int) -> Simulation:
    """A simulation in which there is always a worker free, and which attempt ends next depends on nothing but its id
    (what was asked to stop does first): so a crash, which starts again what was running, does not change the order.
    """

    def turn(number: int) -> tuple[int, int]:
        activation = simulation.running[number]
        return (0, activation.seq) if activation.stopping else (1, crc32(activation.id.encode()))

    simulation = Simulation(
        Workflows(seed).workflow(),
        work=does,
        workers=10_000,
        choose=lambda count: min(range(count), key=turn),
        subflows={"below.yaml": SUBFLOW}.__getitem__,
        breakers=refuses,
    )
    return simulation


def outcome(simulation: Simulation) -> tuple[str, dict[str, str], dict[str, Any]]:
    state = simulation.state
    assert state.finished, f"{state.status}: {sorted(state.activations)} are unfinished and nothing can happen"
    return state.status, simulation.statuses(), {"outputs": state.outputs, "variables": state.worlds[0].variables}


def told_again(simulation: Simulation) -> list[Event]:
    """The events that reading the journal again gives."""
    first, *rest = simulation.stimuli
    assert isinstance(first, Began)
    state, decision = begin(first)
    return [*decision.events, *(event for stimulus in rest for event in decide(state, stimulus).events)]


def steps_of(simulation: Simulation) -> int:
    """How many steps `Simulation.run` took, at least 1: hand-outs belong to the step that follows them."""
    return max(1, sum(1 for stimulus in simulation.stimuli if not isinstance(stimulus, Began | Started)))


def started_again(simulation: Simulation) -> set[str]:
    """The activations that were handed out although their completion was in the journal by then."""
    ended: set[str] = set()
    found: set[str] = set()
    for stimulus in simulation.stimuli:
        if isinstance(stimulus, Started):
            found |= ended & set(stimulus.activations)
        elif isinstance(stimulus, Ended) and stimulus.status == "completed":
            ended.add(stimulus.activation)
    return found


@pytest.mark.parametrize("block", range(10))
def test_a_crash_at_any_step_changes_neither_statuses_nor_outputs(block: int) -> None:
    for seed in SEEDS[block::10]:
        whole = drawn(seed)
        whole.run()
        expected = outcome(whole)
        crashed = drawn(seed)
        crashed.run(Random(seed).randrange(steps_of(whole)))
        if crashed.state.finished:
            continue
        crashed.crash()
        crashed.run()
        assert outcome(crashed) == expected, f"seed {seed}"
        assert not started_again(crashed), f"seed {seed}"


@pytest.mark.parametrize("block", range(10))
def test_a_resume_from_a_snapshot_is_a_resume_from_the_whole_journal(block: int) -> None:
    for seed in SEEDS[block::10]:
        whole = drawn(seed)
        whole.run()
        expected = outcome(whole)
        random = Random(seed)
        crashed = drawn(seed)
        crashed.run(random.randrange(steps_of(whole)))
        payload, position = dump(crashed.state, {}), len(crashed.stimuli)
        crashed.run(random.randrange(10))
        if crashed.state.finished:
            continue
        crash_behind(crashed, payload, position)
        crashed.run()
        assert outcome(crashed) == expected, f"seed {seed}"
        assert not started_again(crashed), f"seed {seed}"


@pytest.mark.parametrize("block", range(4))
def test_limits_lose_nobody_whatever_crashes_and_in_whatever_order_attempts_end(block: int) -> None:
    def run(crashes: int) -> tuple[str, dict[str, str], dict[str, Any]]:
        random = Random(seed)
        simulation = Simulation(
            Orderless(seed).workflow(),
            work=does,
            workers=random.randint(1, 5),
            choose=random.randrange,
            subflows={"below.yaml": SUBFLOW}.__getitem__,
            breakers=refuses,
        )
        for _ in range(crashes):
            simulation.run(random.randrange(12))
            if not simulation.state.finished:
                simulation.hand_out()
                simulation.crash()
        simulation.run()
        assert not started_again(simulation), f"seed {seed}"
        assert not simulation.state.held, f"seed {seed}"
        assert not simulation.state.permits, f"seed {seed}"
        assert told_again(simulation) == simulation.events, f"seed {seed}"
        return outcome(simulation)

    for seed in range(1000 + block, 1080, 4):
        assert run(2) == run(0), f"seed {seed}"


def test_a_simulation_tells_what_became_of_each_address(simulate: Works) -> None:
    text = "nodes: {a: {type: python, script: pass}, b: {type: python, script: pass}}\nedges: [a -> b]"
    run = simulate(text, a={"x": 1})
    run.run(1)
    assert (run.statuses(), run.order(), run.output("a")) == ({"a": "completed"}, ["a"], {"x": 1})
    run.hand_out()
    assert run.statuses()["b"] == "running"
    with pytest.raises(KeyError):
        run.output("b")


def crash_behind(simulation: Simulation, payload: bytes, position: int) -> None:
    """Crash, and take the run up from a snapshot and what the journal has behind it."""
    began = simulation.stimuli[0]
    assert isinstance(began, Began)
    restored = restore(began, payload, lambda digest: {})
    assert restored is not None
    simulation.state = restored[0]
    for stimulus in simulation.stimuli[position:]:
        decide(simulation.state, stimulus)
    simulation.running = []
    simulation.feed(Resumed(simulation.state.now, crashed=True, options={}))
