from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.graph.checks import check
from wflow.loading import Loaded, cached, load

Read = Callable[..., Loaded]

FLOW = """\
name: w
variables: {a: 1, A: 2}
nodes:
  run: {type: python, file: s.py}
  sub: {type: subflow, file: child.yaml}
edges: [run -> sub]
"""


class Shelf:
    """A plan cache that counts."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts = 0

    def put(self, key: str, payload: bytes) -> None:
        self.puts += 1
        self.kept[key] = payload

    def read(self, path: Path) -> Loaded:
        return cached(path, self.kept.get, self.put, check=check)


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "s.py").write_text("pass")
    (tmp_path / "child.yaml").write_text("name: c\nnodes: {a: {type: noop}}\n")
    (tmp_path / "flow.yaml").write_text(FLOW)
    return tmp_path / "flow.yaml"


def test_a_hit_gives_what_loading_gives(flow: Path) -> None:
    shelf = Shelf()
    first = shelf.read(flow)
    assert shelf.puts == 1
    assert first == load(flow, check=check)
    assert shelf.read(flow) == first
    assert shelf.puts == 1
    assert [problem.code for problem in first.problems] == ["env-clash"]


@pytest.mark.parametrize("name", ["flow.yaml", "s.py", "child.yaml"])
def test_a_change_in_any_of_the_files_is_noticed(flow: Path, name: str) -> None:
    shelf = Shelf()
    shelf.read(flow)
    path = flow.parent / name
    path.write_text(path.read_text() + "# changed\n")
    again = shelf.read(flow)
    assert shelf.puts == 2
    assert again == load(flow, check=check)


def test_a_file_that_is_gone_is_noticed(flow: Path) -> None:
    shelf = Shelf()
    shelf.read(flow)
    (flow.parent / "s.py").unlink()
    assert [problem.code for problem in shelf.read(flow).problems] == ["env-clash", "missing-file"]


def test_invalid_files_are_not_kept(flow: Path) -> None:
    shelf = Shelf()
    flow.write_text("name: w\n")
    assert shelf.read(flow).workflow is None
    assert shelf.read(flow).workflow is None
    assert shelf.puts == 0


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xff", b"{}", b"[]", b"null", b'{"definition": {}, "files": {}, "warnings": []}', b'{"files": 3}'],
)
def test_garbage_in_the_cache_is_as_good_as_nothing(flow: Path, garbage: bytes) -> None:
    shelf = Shelf()
    shelf.read(flow)
    (key,) = shelf.kept
    shelf.kept[key] = garbage
    assert shelf.read(flow) == load(flow, check=check)


def test_the_same_text_elsewhere_is_told_under_its_own_name(flow: Path, tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.read(flow)
    other = tmp_path / "other"
    other.mkdir()
    for name in ("s.py", "child.yaml", "flow.yaml"):
        (other / name).write_bytes((flow.parent / name).read_bytes())
    assert shelf.read(other / "flow.yaml").problems[0].file == str(other / "flow.yaml")
    assert shelf.puts == 1


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Shelf().read(tmp_path / "missing.yaml")


def test_a_hit_imports_no_parser_and_no_validator(flow: Path) -> None:
    shelf = Shelf()
    shelf.read(flow)
    kept = flow.parent / "kept.json"
    kept.write_text(json.dumps({key: payload.decode() for key, payload in shelf.kept.items()}))
    code = f"""
import json, sys
from pathlib import Path
from wflow.loading import cached
kept = json.loads(Path({str(kept)!r}).read_text())
def put(key, payload): raise SystemExit("not a hit")
def check(workflow): raise SystemExit("checked")
loaded = cached(Path({str(flow)!r}), lambda key: kept[key].encode(), put, check=check)
assert loaded.workflow is not None
heavy = {{"ruamel", "jsonschema", "networkx", "cronsim", "rich", "asyncio"}}
heavy &= {{name.split(".")[0] for name in sys.modules}}
sys.exit(f"imported {{heavy}}" if heavy else 0)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
