"""Runs to read: made by the real runner, on a home of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.simulate import Simulation
from wflow.engine.stimuli import Began, Stimulus
from wflow.model.definition import to_definition
from wflow.runner.definitions import read
from wflow.runner.library import run
from wflow.store.codec import encode
from wflow.store.disk import DiskStore
from wflow.store.memory import MemoryStore

Left = Callable[..., MemoryStore]


@pytest.fixture
def store(home: Path) -> Iterator[DiskStore]:
    """The store of this test's home."""
    opened = DiskStore(home)
    yield opened
    opened.close()


@pytest.fixture
def ran(home: Path, tmp_path: Path) -> Callable[[str], None]:
    """``ran("name: x\\n…")``: run the workflow of that text as run ``r``, or as another id."""

    def go(text: str, run_id: str = "r") -> None:
        file = tmp_path / f"{run_id}.yaml"
        file.write_text(text, encoding="utf-8")
        run(file, run_id=run_id, home=home)

    return go


@pytest.fixture
def left(tmp_path: Path) -> Left:
    """``left("nodes: …", steps=1, then=[Paused(1001.0)])``: a store in memory with a run ``r`` that began at 1000.0,
    in which so many things happened and what could start was started, and whose process is gone since.
    """

    def make(
        text: str, *, steps: int = 0, then: list[Stimulus] | None = None, cwd: Path = tmp_path, **work: Any
    ) -> MemoryStore:
        file = tmp_path / "flow.yaml"
        file.write_text(f"name: flow\n{text}", encoding="utf-8")
        loaded = read(file)
        assert loaded.workflow is not None, loaded.problems
        simulation = Simulation(to_definition(loaded.workflow), **work)
        simulation.run(steps)
        if not simulation.state.finished:
            simulation.hand_out()
        for stimulus in then or []:
            simulation.feed(stimulus)
        began, *rest = simulation.stimuli
        assert isinstance(began, Began)
        chosen = {"file": str(file), "cwd": str(cwd), "checkpoint": {"policy": "node", "nodes": 1, "every": 1.0}}
        store = MemoryStore(tmp_path / "memory")
        (tmp_path / "memory").mkdir()
        run = store.create("r")
        for one in [began._replace(run="r", options={**began.options, **chosen}), *rest]:
            run.append(encode(one))
        run.close()
        return store

    return make
