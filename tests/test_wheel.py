"""The wheel that is built from the tree: what is in it, and that it runs away from the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the tree as it is, without network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return next(folder.glob("wflow-*.whl"))


def test_it_holds_every_module_the_schemas_the_host_s_sources_and_the_marker_of_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "wflow").rglob("*.py")}
    schemas = {f"wflow/schemas/{path.name}" for path in (ROOT / "schemas").glob("*.json")}
    assert schemas
    sources = {str(path.relative_to(ROOT)) for kind in ("cs", "ps1") for path in (ROOT / "wflow").rglob(f"*.{kind}")}
    assert {"wflow/runtimes/host.cs", "wflow/runtimes/powershell.ps1"} <= sources
    assert modules | schemas | sources | {"wflow/py.typed"} <= names
    assert not {name for name in names if name.startswith(("tests", "samples", "docs"))}


def test_it_runs_a_workflow_away_from_the_tree(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    file = tmp_path / "hello.yaml"
    file.write_text((ROOT / "samples" / "hello.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "WFLOW_HOME": str(tmp_path / "home")}

    def call(*arguments: str) -> str:
        command = [sys.executable, "-m", "wflow", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
        return done.stdout

    origin = "import wflow; print(wflow.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", origin], cwd=tmp_path, env=environment, check=True, capture_output=True
    )
    assert str(tmp_path / "site") in found.stdout.decode()
    call("run", str(file), "--id", "away", "--output", "quiet")
    assert json.loads(call("status", "away", "--json"))["outputs"] == {"said": "hello, world"}
    assert json.loads(call("schema"))["$schema"].startswith("http://json-schema.org/draft-07/")
