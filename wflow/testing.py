"""What users of the library test their own nodes and workflows with: no store of theirs is touched.

outcome = run_node({"type": "python", "script": "output['n'] = input['n'] * 2"}, input={"n": 21})
assert outcome.output == {"n": 42}

result = run_workflow(Path("deploy.yaml"), parameters={"dry": True})
assert result.status == "completed" and result.node("deploy/check").status == "skipped"
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wflow.clock import Clock, SystemClock
from wflow.engine.events import Event, Fault
from wflow.errors import DefinitionError
from wflow.expr import render
from wflow.loading import load_text
from wflow.loading.parameters import bind
from wflow.model import Node
from wflow.progress import View
from wflow.runner.definitions import check, read
from wflow.runner.inspect import NodeReport, inspect_node
from wflow.runner.result import RunResult
from wflow.runner.run import Options, start_run
from wflow.runtimes.registry import runtime_for
from wflow.runtimes.work import Outcome, RunFacts, Stop, Work
from wflow.store.disk import DiskStore
from wflow.store.home import home_folder

__all__ = ["FakeClock", "FinishedRun", "run_node", "run_workflow"]


class FakeClock:
    """A clock that stands still until it is told to go on. ``now`` is seconds since the epoch."""

    def __init__(self, now: float = 1_767_225_600.0) -> None:
        self._now = now
        self._passed = 0.0

    def now(self) -> float:
        """`wflow.clock.Clock.now`."""
        return self._now

    def monotonic(self) -> float:
        """`wflow.clock.Clock.monotonic`."""
        return self._passed

    def sleep(self, seconds: float) -> None:
        """`wflow.clock.Clock.sleep`: lets the time pass at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass. Raises ValueError for less than none."""
        if seconds < 0:
            raise ValueError("time does not go back; make a clock that shows the earlier time")
        self._now += seconds
        self._passed += seconds


def run_node(
    node: Mapping[str, Any],
    *,
    input: Mapping[str, Any] | None = None,
    inputs: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    folder: Path | None = None,
) -> Outcome:
    """One attempt of a node, as a workflow file writes it (``{"type": "shell", "script": "true"}``), and how it ended.

    ``variables`` are those that are declared, with their values; what the node writes to them is in the outcome's
    ``operations``. ``folder`` is where the workflow file would be (default: the current folder). Nothing is kept. What
    the engine does around an attempt (retries, timeout, joins) is not done. Raises DefinitionError with its problems
    when the node is not valid, UsageError when nothing executes its type.
    """
    base = (folder or Path()).absolute()
    definition = {
        "name": "test",
        "parameters": {name: {} for name in params or {}},
        "variables": dict(variables or {}),
        "nodes": {"node": dict(node)},
    }
    loaded = load_text(json.dumps(definition).encode(), name="test.json", base=base, check=check)
    if loaded.workflow is None:
        raise DefinitionError("the node is not valid", problems=loaded.problems)
    config = loaded.workflow.graph.nodes[0]
    runtime = runtime_for(config.type)
    scratch = Path(tempfile.mkdtemp(prefix="wflow-test-"))
    try:
        return runtime.run(_work(config, base, scratch, input or {}, inputs or {}, variables or {}, params or {}))
    finally:
        runtime.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _work(
    config: Node,
    base: Path,
    scratch: Path,
    input: Mapping[str, Any],
    inputs: Mapping[str, Mapping[str, Any]],
    variables: Mapping[str, Any],
    params: Mapping[str, Any],
) -> Work:
    now = SystemClock.now()
    names = {
        "input": dict(input),
        "inputs": inputs,
        "variables": variables,
        "params": params,
        "nodes": {},
        "run": {"id": "test", "workflow": "test", "started_at": now, "attempt": 1},
    }
    settings = {
        name: value if name == "script" else render(value, names, now=now, env={})
        for name, value in config.settings.items()
    }
    env = render(dict(config.env), names, now=now, env={})
    return Work(
        run=RunFacts("test", "test", base, scratch, cache=home_folder(os.environ)),
        activation="node#1",
        address="node",
        attempt=1,
        type=config.type,
        settings=settings,
        input=input,
        inputs=inputs,
        variables=variables,
        params=params,
        env={name: value if isinstance(value, str) else json.dumps(value) for name, value in env.items()},
        idempotency_key="test/node#1",
        log=str(scratch / "logs" / "node#1.1"),
        scratch=str(scratch / "work"),
        stop=Stop(),
        progress=lambda percent, message: None,
    )


class FinishedRun:
    """A run that has come to rest in a home of its own, which goes when this does.

    ``status``, ``outputs``, ``error`` and ``exit_code`` are those of the run, ``events`` all that happened, in order.
    """

    def __init__(self, home: Path, result: RunResult, events: list[Event]) -> None:
        self.id = result.run_id
        self.status = result.status
        self.outputs: dict[str, Any] = result.outputs
        self.error: Fault | None = result.error
        self.exit_code = result.exit_code()
        self.events = events
        self._home = home
        self._gone = weakref.finalize(self, shutil.rmtree, home, ignore_errors=True)

    def node(self, address: str) -> NodeReport:
        """Everything about one node (``load[0]/insert``). Raises KeyError where the run has no such address."""
        store = DiskStore(self._home)
        try:
            report = inspect_node(store.open(self.id), address)
        finally:
            store.close()
        if not report.type:
            raise KeyError(address)
        return report


class _Noting:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def start(self, view: View) -> None:
        pass

    def event(self, event: Event, view: View) -> None:
        self.events.append(event)

    def tick(self, view: View, now: float) -> None:
        pass

    def finish(self, view: View) -> None:
        pass


def run_workflow(
    source: Path | str,
    parameters: Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    clock: Clock | None = None,
) -> FinishedRun:
    """Run a workflow in a home of its own: a file's path, or the text of one (then its folder is a temporary one).

    Raises DefinitionError with its problems when it is not valid, UsageError for a missing file or a wrong parameter.
    """
    home = Path(tempfile.mkdtemp(prefix="wflow-test-"))
    try:
        file = Path(source) if isinstance(source, Path) or "\n" not in source else _written(home, source)
        loaded = read(file)
        if loaded.workflow is None:
            raise DefinitionError(f"{file.name} is not valid", problems=loaded.problems)
        noting = _Noting()
        options = Options(workers=workers, watchers=(noting,), clock=clock or SystemClock())
        store = DiskStore(home)
        try:
            result = start_run(file, loaded, bind(loaded.workflow, parameters or {}), store, options)
        finally:
            store.close()
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise
    return FinishedRun(home, result, noting.events)


def _written(home: Path, text: str) -> Path:
    folder = home / "project"
    folder.mkdir()
    file = folder / "workflow.yaml"
    file.write_text(text, encoding="utf-8")
    return file
