"""What the engine's tests share: a simulated run of a workflow written as YAML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from wflow.engine.simulate import Did, Simulation
from wflow.engine.state import Activation
from wflow.graph.checks import check
from wflow.loading import load_text
from wflow.model.definition import to_definition

Works = Callable[..., Simulation]


@pytest.fixture
def simulate(tmp_path: Path) -> Works:
    """Make a simulation: ``simulate(nodes and edges as YAML, load={"rows": 3}, check=Did("failed"), ...)``.

    What a node gives is named by its id (a mapping: its output; a `Did`; or a function of its activation and input);
    a node that is not named completes with no output. Keyword ``parameters``, ``workers``, ``choose``, ``timers`` and
    ``breakers`` go to `Simulation`; ids with a minus are given in ``by_id``; ``subflows`` maps file names to further
    definitions in YAML.
    """

    def make(
        text: str, *, by_id: dict[str, Any] | None = None, subflows: dict[str, str] | None = None, **given: Any
    ) -> Simulation:
        options: dict[str, Any] = {
            name: given.pop(name) for name in ("parameters", "workers", "choose", "timers", "breakers") if name in given
        }
        if subflows is not None:
            for name, below in subflows.items():
                (tmp_path / name).write_text(named(below), encoding="utf-8")
            options["subflows"] = {name: definition_of(below, tmp_path) for name, below in subflows.items()}.__getitem__
        told = {**given, **(by_id or {})}

        def work(activation: Activation, received: dict[str, Any]) -> Did:
            does = told.get(activation.node.plan.id, {})
            if callable(does):
                does = does(activation, received)
            return does if isinstance(does, Did) else Did(output=does or {})

        return Simulation(definition_of(text, tmp_path), work=work, **options)

    return make


def named(text: str) -> str:
    """The YAML with a `name`, where it says none."""
    text = dedent(text)
    return text if "name:" in text.split("nodes:")[0] else "name: simulated\n" + text


def definition_of(text: str, base: Path) -> dict[str, Any]:
    """The normalised definition of a workflow in YAML; `name` may be left out. AssertionError names its problems."""
    loaded = load_text(named(text).encode(), name="simulated.yaml", base=base, check=check)
    errors = [problem for problem in loaded.problems if problem.severity == "error"]
    assert loaded.workflow is not None and not errors, errors
    return to_definition(loaded.workflow)
