"""One attempt at one activation: what its runtime is given, and what comes back as a stimulus."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wflow.engine.control import switch_text
from wflow.engine.names import ScopeNames, inputs_of, merged_input
from wflow.engine.state import Activation, State, World
from wflow.engine.stimuli import Ended
from wflow.errors import ExpressionError, WflowError
from wflow.graph.plan import NodePlan
from wflow.model.kinds import KINDS
from wflow.model.walk import all_nodes
from wflow.runtimes.registry import PREPARED, runtime_for
from wflow.runtimes.work import Failure, Outcome, Place, RunFacts, Runtime, Stop, Work

if TYPE_CHECKING:
    from wflow.runner.places import Places

__all__ = ["Attempts"]

#: Settings that are source text of a language of their own: never read as a template.
_SOURCES = frozenset({"script"})


class Attempts:
    """Runs attempts of one run's activations. One object for the run; `run` is called from many threads.

    ``facts`` is what every node may know of the run, ``progress(activation id, percent, message)`` is told what
    scripts report.
    """

    def __init__(self, state: State, facts: RunFacts, progress: Callable[[str, float, str], None]) -> None:
        self._state = state
        self._facts = facts
        self.progress = progress
        self.run_id = facts.id
        self.logs = f"{facts.folder}/logs/"
        self.scratch = f"{facts.folder}/work/"
        self._works: dict[str, Work] = {}
        self._runtimes: dict[str, Runtime] = {}
        self._making = threading.Lock()
        self._expected = 0
        self._places: dict[str, Places] = {}
        self._templated: dict[NodePlan, bool] = {}
        self._world_facts: dict[int, RunFacts] = {0: facts}

    def expect(self) -> None:
        """Tell the runtimes that want to know of the nodes that the run has, and of those of subflows loaded since."""
        worlds = self._state.worlds
        if len(worlds) == self._expected:
            return
        for world in worlds[self._expected :]:
            graph = world.plan.workflow.graph
            if world.file not in self._places and any(node.type in PREPARED for node in all_nodes(graph)):
                from wflow.runner.expected import expectations

                for one in expectations(world.plan.root, self._places_of(world)):
                    self._runtime(one.type).expect(self._facts_of(world), one.nodes, one.width)
        self._expected = len(worlds)

    def run(self, activation: Activation, attempt: int, stop: Stop, now: Callable[[], float]) -> Ended:
        """Execute one attempt and give its end. Never raises: what goes wrong is a failed attempt."""
        began = now()
        if stop.asked:
            return Ended(began, activation.id, attempt, "cancelled", {}, (), None, began)
        try:
            plan = activation.node.plan
            runtime = self._runtimes.get(plan.type)
            if runtime is None:
                runtime = self._runtime(plan.type)
            work = self._works[activation.id] = self._work(activation, plan, attempt, stop)
            outcome = runtime.run(work)
        except ExpressionError as error:
            outcome = Outcome("failed", failure=Failure("ExpressionError", error.message))
        except WflowError as error:
            outcome = Outcome("failed", failure=Failure(type(error).__name__, error.message))
        except BaseException as error:  # noqa: BLE001 - an attempt ends in exactly one event, whatever is raised
            import traceback

            text = "".join(traceback.format_exception(error))
            outcome = Outcome("failed", failure=Failure(type(error).__name__, str(error), text))
        self._works.pop(activation.id, None)
        for warning in outcome.warnings:
            sys.stderr.write(f"wflow: warning: {activation.address}: {warning}\n")
        failure = tuple(outcome.failure) if outcome.failure is not None else None
        return Ended(
            now(),
            activation.id,
            attempt,
            outcome.status,
            outcome.output,
            outcome.operations,
            failure,  # type: ignore[arg-type]
            began,
        )

    def _runtime(self, node_type: str) -> Runtime:
        """The one runtime of this type: several workers may need it first at once, and each that is made is closed."""
        with self._making:
            runtime = self._runtimes.get(node_type)
            if runtime is None:
                runtime = self._runtimes[node_type] = runtime_for(node_type)
            return runtime

    def abandon(self, activation: Activation) -> None:
        """Make a stopped attempt end that did not end by itself."""
        runtime = self._runtimes.get(activation.node.plan.type)
        work = self._works.pop(activation.id, None)
        if runtime is not None and work is not None:
            runtime.abandon(work)

    def place(self, activation: Activation, key: str) -> Place | None:
        """Where the text of a setting of the activation's node stands in its file."""
        return self._places_of(activation.scope.world).of(activation.node.plan.node, key)

    def _places_of(self, world: World) -> Places:
        with self._making:
            places = self._places.get(world.file)
            if places is None:
                from wflow.runner.places import Places

                places = self._places[world.file] = Places(Path(world.file), world.plan.workflow)
        return places

    def close(self) -> None:
        """Close every runtime that was used."""
        for runtime in self._runtimes.values():
            runtime.close()

    def _work(self, activation: Activation, plan: NodePlan, attempt: int, stop: Stop) -> Work:
        config = plan.node
        templated = self._templated.get(plan)
        if templated is None:
            templated = self._templated[plan] = _is_templated(plan)
        settings: Mapping[str, Any] = config.settings
        env: Mapping[str, Any] = config.env
        key = config.idempotency_key
        if templated:
            from wflow.expr import render

            state = self._state
            names = ScopeNames(state, activation.scope, activation)
            settings = {
                name: value if name in _SOURCES else render(value, names, now=state.now, env=state.env)
                for name, value in settings.items()
            }
            env = render(dict(env), names, now=state.now, env=state.env)
            key = switch_text(render(key, names, now=state.now, env=state.env)) if key else None
        world = activation.scope.world
        return _ActivationWork(
            self,
            activation,
            attempt,
            self._facts_of(world),
            settings,
            {name: switch_text(value) for name, value in env.items()} if env else _NO_ENV,
            key,
            stop,
        )

    def _facts_of(self, world: World) -> RunFacts:
        """What the nodes of a subflow may know: its own name and the folder of its own file."""
        facts = self._world_facts.get(world.number)
        if facts is None:
            workflow = world.plan.workflow
            facts = self._facts._replace(workflow=workflow.name, home=Path(world.file).parent)
            self._world_facts[world.number] = facts
        return facts


_NO_ENV: dict[str, str] = {}


class _ActivationWork(Work):
    """An activation's work. What most scripts never look at is made when it is looked at: together it costs more than
    all else about a short script.
    """

    __slots__ = ("_activation", "_attempts", "_input", "_inputs", "_key")

    def __init__(
        self,
        attempts: Attempts,
        activation: Activation,
        attempt: int,
        facts: RunFacts,
        settings: Mapping[str, Any],
        env: Mapping[str, str],
        key: str | None,
        stop: Stop,
    ) -> None:
        self._attempts = attempts
        self._activation = activation
        self._input: Mapping[str, Any] | None = None
        self._inputs: Mapping[str, Mapping[str, Any]] | None = None
        self._key = key
        self.run = facts
        self.activation = activation.id
        self.address = activation.address
        self.attempt = attempt
        self.type = activation.node.plan.type
        self.settings = settings
        self.env = env
        self.stop = stop
        world = activation.scope.world
        self.variables = world.variables
        self.params = world.params

    @property
    def input(self) -> Mapping[str, Any]:  # type: ignore[override]
        if self._input is None:
            self._input = merged_input(self._activation)
        return self._input

    @property
    def inputs(self) -> Mapping[str, Mapping[str, Any]]:  # type: ignore[override]
        if self._inputs is None:
            self._inputs = inputs_of(self._activation)
        return self._inputs

    @property
    def idempotency_key(self) -> str:  # type: ignore[override]
        return self._key or f"{self._attempts.run_id}/{self.activation}"

    @property
    def log(self) -> str:  # type: ignore[override]
        return f"{self._attempts.logs}{self.activation}.{self.attempt}"

    @property
    def scratch(self) -> str:  # type: ignore[override]
        return f"{self._attempts.scratch}{self._activation.seq}"

    def place(self, key: str) -> Place | None:
        """Where the text of this setting stands in the workflow file."""
        return self._attempts.place(self._activation, key)

    def progress(self, percent: float, message: str) -> None:
        """Tell how far the script is."""
        self._attempts.progress(self.activation, percent, message)


def _is_templated(plan: NodePlan) -> bool:
    config = plan.node
    if plan.type not in KINDS:
        return True
    texts = [value for name, value in config.settings.items() if name not in _SOURCES]
    return _holds_template([*texts, dict(config.env), config.idempotency_key])


def _holds_template(value: Any) -> bool:
    if isinstance(value, str):
        return "${{" in value
    if isinstance(value, Mapping):
        return any(_holds_template(inner) for inner in value.values())
    return isinstance(value, list | tuple) and any(_holds_template(inner) for inner in value)
