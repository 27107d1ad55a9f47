"""wflow called from Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import AlreadyRunning, DefinitionError, RunNotFound, UsageError
from wflow.progress import Event, RunFinished, RunStarted
from wflow.runner.library import load, resume, run, validate

FLOW = """\
name: x
parameters: {n: {type: integer}}
nodes:
  a: {type: python, script: "output['n'] = params['n'] + 1"}
outputs: {n: nodes.a.output.n}
"""
REPAIRABLE = """\
name: x
nodes:
  a: {type: shell, script: 'test -e repaired'}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW)
    return path


def test_a_run_gives_its_result_and_tells_its_events(file: Path, home: Path) -> None:
    events: list[Event] = []
    result = run(file, {"n": 1}, home=home, run_id="r", on_event=events.append)
    assert (result.run_id, result.status, result.outputs, result.error) == ("r", "completed", {"n": 2}, None)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)


def test_a_failed_run_is_a_result_and_can_be_resumed(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(REPAIRABLE)
    result = run(str(file), home=str(home))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.address == "a"
    (tmp_path / "repaired").touch()
    events: list[Event] = []
    assert resume("last", home=home, on_event=events.append).status == "completed"
    assert events
    assert resume(result.run_id, home=home).status == "completed"


def test_home_is_that_of_the_environment_where_none_is_given(
    file: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WFLOW_HOME", str(home))
    run(file, {"n": 1}, run_id="r")
    assert (home / "runs" / "r" / "journal").exists()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda file, home: run(file, home=home), UsageError),
        (lambda file, home: run(file, {"n": "1"}, home=home), UsageError),
        (lambda file, home: run(file, {"m": 1}, home=home), UsageError),
        (lambda file, home: run(file.with_name("nowhere.yaml"), home=home), UsageError),
        (lambda file, home: resume("nosuch", home=home), RunNotFound),
        (lambda file, home: load(file.with_name("nowhere.yaml")), UsageError),
    ],
)
def test_a_wrong_call_is_refused(
    call: Callable[[Path, Path], object], error: type[Exception], file: Path, home: Path
) -> None:
    with pytest.raises(error):
        call(file, home)


def test_an_invalid_file_is_refused_with_its_problems(file: Path, home: Path) -> None:
    file.write_text("name: x\nnodes: {a: {type: nop}}\n")
    with pytest.raises(DefinitionError) as caught:
        run(file, home=home)
    assert [problem.code for problem in caught.value.problems] == [problem.code for problem in validate(file)]
    assert load(file).workflow is None


def test_an_id_is_used_once(file: Path, home: Path) -> None:
    run(file, {"n": 1}, home=home, run_id="r")
    with pytest.raises(AlreadyRunning):
        run(file, {"n": 1}, home=home, run_id="r")


def test_what_a_callers_function_raises_ends_the_call_and_leaves_the_run_to_resume(file: Path, home: Path) -> None:
    def fail(event: Event) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(file, {"n": 1}, home=home, run_id="r", on_event=fail)
    assert resume("r", home=home).status == "completed"


def test_a_valid_file_has_no_problems(file: Path) -> None:
    assert validate(file) == ()
    loaded = load(file)
    assert loaded.workflow is not None
    assert loaded.workflow.name == "x"
