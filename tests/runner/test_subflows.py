"""`wflow.runner.subflows`: the files that a run needs besides its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wflow.engine.commands import LoadSubflow
from wflow.engine.decide import begin
from wflow.engine.stimuli import Began, Loaded
from wflow.model import Graph, Node, Workflow
from wflow.model.definition import to_definition
from wflow.runner.subflows import SubflowLoader, changed_files, project_root
from wflow.store.disk import DiskStore
from wflow.testing import FakeClock

BELOW = "name: below\nparameters: {x: {type: integer, default: 3}}\nnodes: {a: {type: noop}}\n"


def began(file: Path, files: dict[str, str] | None = None) -> Began:
    definition = to_definition(Workflow(name="w", graph=Graph(nodes=(Node(id="a", type="noop"),))))
    return Began(1.0, "r", definition, {}, files or {}, {}, {"file": str(file), "max_concurrency": 1})


@pytest.fixture
def ask(tmp_path: Path, store: DiskStore) -> Callable[..., Loaded]:
    """``ask("below.yaml", {"x": 1})``: what the loader answers for a file beside the workflow's own."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").touch()
    main = root / "main.yaml"
    state, _ = begin(began(main))

    def answer(file: str, parameters: dict[str, Any] | None = None, *, allow_outside: bool = False) -> Loaded:
        load = SubflowLoader(state, store, FakeClock(5.0), allow_outside=allow_outside)
        return load(LoadSubflow("sub#1", file, str(main), parameters or {}))

    return answer


def test_a_file_is_read_beside_the_one_that_asks_and_its_parameters_bound(
    ask: Callable[..., Loaded], tmp_path: Path
) -> None:
    (tmp_path / "project" / "below.yaml").write_text(BELOW)
    answer = ask("below.yaml")
    assert (answer.at, answer.activation, answer.problem, answer.parameters) == (5.0, "sub#1", "", {"x": 3})
    assert answer.file == str(tmp_path / "project" / "below.yaml")
    assert answer.definition is not None
    assert answer.definition["name"] == "below"


@pytest.mark.parametrize(
    ("file", "parameters", "problem"),
    [
        ("nowhere.yaml", {}, "nowhere.yaml"),
        ("below.yaml", {"x": "text"}, "parameter `x`"),
        ("below.yaml", {"y": 1}, "no parameter `y`"),
        ("bad.yaml", {}, "bad.yaml: "),
        ("../outside.yaml", {}, "lies outside the project"),
    ],
)
def test_a_problem_is_an_answer_too(
    ask: Callable[..., Loaded], tmp_path: Path, file: str, parameters: dict[str, Any], problem: str
) -> None:
    (tmp_path / "project" / "below.yaml").write_text(BELOW)
    (tmp_path / "project" / "bad.yaml").write_text("name: bad\nnodes: {}\n")
    (tmp_path / "outside.yaml").write_text(BELOW)
    answer = ask(file, parameters)
    assert answer.definition is None
    assert problem in answer.problem


def test_a_file_outside_the_project_may_be_permitted(ask: Callable[..., Loaded], tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(BELOW)
    assert ask("../outside.yaml", allow_outside=True).problem == ""


def test_a_project_reaches_up_to_its_mark(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    file = tmp_path / "a" / "b" / "w.yaml"
    (tmp_path / "a" / ".git").mkdir()
    assert project_root(file) == (tmp_path / "a").resolve()


def test_files_that_changed_or_went_are_named(tmp_path: Path) -> None:
    (tmp_path / "same.py").write_text("1")
    (tmp_path / "other.py").write_text("2")
    digest = hashlib.sha256(b"1").hexdigest()
    start = began(tmp_path / "w.yaml", {"same.py": digest, "other.py": digest, "gone.py": digest})
    assert changed_files(begin(start)[0]) == ["other.py", "gone.py"]
