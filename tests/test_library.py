"""``import wflow`` costs nothing, and gives all that is promised."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import wflow

ROOT = Path(__file__).resolve().parents[1]


def test_importing_wflow_imports_nothing_else_of_it() -> None:
    program = "import sys, wflow; print(sorted(n for n in sys.modules if n.startswith('wflow')), wflow.__version__)"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == f"['wflow'] {wflow.__version__}\n"


@pytest.mark.parametrize("name", wflow.__all__)
def test_every_public_name_is_there_and_told_by_dir(name: str) -> None:
    assert getattr(wflow, name) is not None
    assert name in dir(wflow)


def test_any_other_name_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rnu'"):
        _ = wflow.rnu


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert wflow.__version__ == project["version"]


def test_a_workflow_runs_by_the_public_names_alone(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text("name: x\nnodes: {a: {type: noop}}\n")
    assert wflow.validate(file) == ()
    assert isinstance(wflow.load(file).workflow, wflow.Workflow)
    events: list[wflow.Event] = []
    result = wflow.run(file, home=tmp_path / "home", on_event=events.append)
    assert isinstance(result, wflow.RunResult)
    assert wflow.resume(result.run_id, home=tmp_path / "home") == result
    assert len(events) >= 4
