"""`wflow.runner.attempt`: what a runtime is given, and what becomes of what it gives back."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.simulate import Simulation
from wflow.engine.stimuli import Ended
from wflow.model import Edge, Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.runner.attempt import Attempts
from wflow.runtimes.python import PythonRuntime
from wflow.runtimes.work import RunFacts, Stop

Attempt = Callable[..., Ended]


def python(name: str, script: str, **keys: Any) -> Node:
    return Node(id=name, type="python", settings={"script": script}, **keys)


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Attempt]:
    """Run one attempt of a node ``a``, whose workflow has variable ``v`` and parameter ``p``."""
    opened: list[Attempts] = []

    def run(
        node: Node, *, stop: Stop | None = None, told: list[Any] | None = None, before: Node | None = None
    ) -> Ended:
        nodes = (node,) if before is None else (before, node)
        edges = () if before is None else (Edge(source=before.id, target=node.id),)
        workflow = Workflow(name="w", variables={"v": 3}, graph=Graph(nodes=nodes, edges=edges))
        run = Simulation(to_definition(workflow), {"p": 4})
        facts = RunFacts("r", "w", tmp_path, tmp_path / "run")
        attempts = Attempts(run.state, facts, lambda *what: told.append(what) if told is not None else None)
        opened.append(attempts)
        times = iter([10.0, 11.0])
        run.hand_out()
        return attempts.run(run.running[0], 1, stop or Stop(), lambda: next(times))

    yield run
    for one in opened:
        one.close()


def test_an_attempt_that_completes_ends_with_its_output_its_writes_and_its_times(attempt: Attempt) -> None:
    ended = attempt(python("a", "output['x'] = params['p'] + 1\nvariables.add('v', 2)"))
    assert ended == Ended(11.0, "a#1", 1, "completed", {"x": 5}, (("add", "v", 2),), None, 10.0)


def test_an_attempt_that_raises_has_failed_with_type_message_and_traceback(attempt: Attempt) -> None:
    ended = attempt(python("a", "raise ValueError('broken')"))
    assert (ended.status, ended.output, ended.operations) == ("failed", {}, ())
    assert ended.failure is not None
    assert ended.failure[:2] == ("ValueError", "broken")
    assert "raise ValueError" in ended.failure[2]


def test_an_attempt_that_was_stopped_before_it_began_never_begins(attempt: Attempt, tmp_path: Path) -> None:
    stop = Stop()
    stop.ask("cancel")
    ended = attempt(python("a", f"open({str(tmp_path / 'touched')!r}, 'w')"), stop=stop)
    assert ended.status == "cancelled"
    assert not (tmp_path / "touched").exists()


def test_templates_in_settings_and_environment_are_evaluated_for_each_attempt(attempt: Attempt) -> None:
    node = Node(
        id="a",
        type="shell",
        env={"WHO": "${{ variables.v }}", "LIST": "${{ [1, 2] }}"},
        settings={"command": ["sh", "-c", 'echo "$WHO $LIST $1 $2"', "x", "${{ params.p }}", "$${{ raw }}"]},
    )
    ended = attempt(node)
    assert ended.output["stdout"].strip() == "3 [1,2] 4 ${{ raw }}"


def test_a_template_that_cannot_be_told_fails_the_attempt(attempt: Attempt) -> None:
    node = Node(id="a", type="shell", settings={"command": ["true", "${{ input.nowhere }}"]})
    ended = attempt(node)
    assert ended.failure is not None
    assert ended.failure[0] == "ExpressionError"
    assert "input.nowhere" in ended.failure[1]


def test_a_script_is_never_read_as_a_template(attempt: Attempt) -> None:
    assert attempt(python("a", "output['x'] = '${{ variables.v }}'")).output == {"x": "${{ variables.v }}"}


def test_a_node_sees_its_input_whole_and_apart_by_source(attempt: Attempt) -> None:
    before = Node(id="b", type="noop")
    ended = attempt(python("a", "output.update(x=input['p'], y=inputs['b']['p'])"), before=before)
    assert ended.output == {"x": 4, "y": 4}


def test_progress_is_told_with_the_activation_it_is_of(attempt: Attempt) -> None:
    told: list[Any] = []
    attempt(python("a", "progress(50, 'half')"), told=told)
    assert told == [("a#1", 50, "half")]


@pytest.mark.parametrize(("given", "key"), [(None, "r/a#1"), ("order-${{ params.p }}", "order-4")])
def test_the_idempotency_key_is_the_nodes_own_or_that_of_the_activation(
    attempt: Attempt, given: str | None, key: str
) -> None:
    node = Node(
        id="a",
        type="shell",
        idempotency_key=given,
        settings={"script": 'printf %s "$WFLOW_IDEMPOTENCY_KEY"'},
    )
    assert attempt(node).output["stdout"] == key


def test_a_type_that_nothing_executes_is_a_failed_attempt(attempt: Attempt) -> None:
    ended = attempt(Node(id="a", type="no_such_type"))
    assert ended.status == "failed"
    assert ended.failure is not None
    assert "no_such_type" in ended.failure[1]


def test_workers_that_need_a_runtime_first_at_once_get_the_same_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[PythonRuntime] = []

    def slowly(node_type: str) -> PythonRuntime:
        time.sleep(0.05)  # so that the other worker comes while this one makes it
        made.append(PythonRuntime())
        return made[-1]

    monkeypatch.setattr("wflow.runner.attempt.runtime_for", slowly)
    workflow = Workflow(name="w", graph=Graph(nodes=(python("a", "pass"), python("b", "pass"))))
    run = Simulation(to_definition(workflow))
    attempts = Attempts(run.state, RunFacts("r", "w", tmp_path, tmp_path / "run"), lambda *what: None)
    run.hand_out()
    before = sys.stdout
    threads = [
        threading.Thread(target=attempts.run, args=(activation, 1, Stop(), time.time)) for activation in run.running
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    attempts.close()
    assert len(made) == 1
    assert sys.stdout is before
