"""What users test their own nodes with."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from wflow.errors import DefinitionError, UsageError
from wflow.progress import RunStarted
from wflow.testing import FakeClock, run_node, run_workflow


def test_a_fake_clock_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(now=100.0)
    assert (clock.now(), clock.monotonic()) == (100.0, 0.0)
    clock.advance(1.5)
    clock.sleep(0.5)
    assert (clock.now(), clock.monotonic()) == (102.0, 2.0)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_a_python_node_gets_what_it_is_given_and_gives_its_outcome() -> None:
    outcome = run_node(
        {"type": "python", "script": "output['n'] = input['n'] * params['by']; variables.add('runs', 1)"},
        input={"n": 21},
        params={"by": 2},
        variables={"runs": 0},
    )
    assert (outcome.status, outcome.output, outcome.operations) == ("completed", {"n": 42}, (("add", "runs", 1),))


def test_a_shell_node_has_its_expressions_evaluated() -> None:
    outcome = run_node(
        {"type": "shell", "command": ["echo", "${{ input.n + 1 }}"], "env": {"X": "${{ input.n }}"}}, input={"n": 1}
    )
    assert outcome.output["stdout"] == "2\n"


def test_a_failure_is_an_outcome() -> None:
    outcome = run_node({"type": "python", "script": "raise KeyError('x')"})
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert outcome.failure.type == "KeyError"


def test_files_are_looked_for_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "step.py").write_text("output['here'] = True\n")
    assert run_node({"type": "python", "file": "step.py"}, folder=tmp_path).output == {"here": True}


@pytest.mark.parametrize("node", [{"type": "nop"}, {"type": "python"}, {"type": "python", "script": "x", "retyr": {}}])
def test_a_node_that_is_not_valid_is_refused(node: dict[str, object]) -> None:
    with pytest.raises(DefinitionError) as caught:
        run_node(node)
    assert caught.value.problems


def test_a_node_that_the_engine_decides_has_no_runtime() -> None:
    with pytest.raises(UsageError):
        run_node({"type": "noop"})


FLOW = """\
name: x
parameters: {n: {type: integer, default: 1}}
nodes:
  a: {type: if, condition: params.n > 1}
  b: {type: python, script: "output['n'] = params['n']"}
edges: [a.true -> b]
outputs: {n: nodes.b.output.n}
"""


def test_a_workflow_runs_from_its_text_and_can_be_asked_about() -> None:
    result = run_workflow(FLOW, {"n": 2})
    assert (result.status, result.outputs, result.error, result.exit_code) == ("completed", {"n": 2}, None, 0)
    assert result.node("b").output == {"n": 2}
    assert result.node("a").activations[0].input == {"n": 2}
    assert isinstance(result.events[0], RunStarted)
    assert run_workflow(FLOW).node("b").status == "skipped"
    with pytest.raises(KeyError):
        result.node("nosuch")


def test_a_workflow_runs_from_its_file_with_the_time_of_a_fake_clock(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW)
    clock = FakeClock(now=1000.0)
    assert {event.at for event in run_workflow(file, clock=clock).events} == {1000.0}
    assert run_workflow(str(file)).status == "completed"


def test_what_cannot_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError):
        run_workflow("name: x\nnodes: {a: {type: nop}}\n")
    with pytest.raises(UsageError):
        run_workflow(tmp_path / "nowhere.yaml")
    with pytest.raises(UsageError):
        run_workflow(FLOW, {"m": 1})


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run_workflow(FLOW, {"n": 2})
    assert list(tmp_path.iterdir())
    run_node({"type": "shell", "script": "true"})
    del result
    gc.collect()
    assert list(tmp_path.iterdir()) == []
