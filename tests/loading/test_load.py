from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.graph.checks import check
from wflow.loading import Loaded, digest_of, load, load_text
from wflow.loading.load import load_patch
from wflow.loading.source import digest_bytes

Read = Callable[..., Loaded]

GOOD = "name: w\nnodes:\n  a: {type: noop}\n"


def test_a_valid_file_gives_its_workflow(read: Read) -> None:
    loaded = read(GOOD)
    assert loaded.workflow is not None
    assert loaded.workflow.name == "w"
    assert loaded.problems == ()
    assert loaded.digest == digest_bytes(GOOD.encode())
    assert loaded.files == {}


def test_json_is_read_too(read: Read) -> None:
    loaded = read('{"name": "w", "nodes": {"a": {"type": "noop", "joyn": 1}}}', "flow.json")
    assert loaded.workflow is None
    (problem,) = loaded.problems
    assert (problem.line, problem.column, problem.code) == (1, 47, "unknown-key")


def test_an_error_leaves_no_workflow_and_a_warning_does(read: Read) -> None:
    assert read(GOOD + "edges: [a -> b]\n").workflow is None
    warned = read(GOOD + "variables: {a: 1, A: 2}\n")
    assert [problem.severity for problem in warned.problems] == ["warning"]
    assert warned.workflow is not None


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        load(tmp_path / "missing.yaml", check=check)
    with pytest.raises(UsageError):
        digest_of(tmp_path / "missing.yaml")


def test_a_folder_is_a_problem(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, check=check).problems
    assert (problem.code, problem.line, problem.column) == ("not-a-file", 1, 1)
    assert digest_of(tmp_path) == digest_bytes(b"")


def test_a_text_is_loaded_as_if_it_were_a_file(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("pass")
    text = b"name: w\nnodes:\n  a: {type: python, file: s.py}\n"
    loaded = load_text(text, name="shown/flow.yaml", base=tmp_path, check=check)
    assert loaded.workflow is not None
    assert list(loaded.files) == ["s.py"]
    assert load_text(b"", name="shown/flow.yaml", base=tmp_path, check=check).problems[0].file == "shown/flow.yaml"


HOSTILE = {
    "a long list": b"name: w\nvariables:\n  a: [" + b"a," * 100_000 + b"]\nnodes: {a: {type: noop}}\n",
    "edges that are none": b"name: w\nnodes: {a: {type: noop}}\nedges: [" + b"a," * 100_000 + b"]\n",
    "deep": b"[" * 1_000_000,
    "a long script": b"name: w\nnodes:\n a:\n  type: python\n  script: |\n" + b"   x=(\n" * 100_000,
    "many wrong types": b"name: w\nnodes:\n" + b"".join(b" n%d: {type: t%d}\n" % (n, n) for n in range(10_000)),
    "many unknown nodes": b"name: w\nnodes: {a: {type: noop}}\nedges:\n"
    + b"".join(b"- a -> m%d\n" % n for n in range(50_000)),
    "a cycle": b"name: w\nnodes:\n"
    + b"".join(b" n%d: {type: noop}\n" % n for n in range(20_000))
    + b"edges:\n- "
    + b" -> ".join(b"n%d" % n for n in range(20_000))
    + b" -> n0\n",
    "one edge that is a long chain": b"name: w\nnodes: {a: {type: noop}}\nedges: [" + b"a -> " * 60_000 + b"a]\n",
    "many templates": b"name: w\nnodes: {a: {type: shell, script: x, env: {A: '" + b"${{ x }}" * 100_000 + b"'}}}\n",
    "many loops that never end": b"name: w\nvariables: {v: 0}\nnodes:\n"
    + b"".join(b" n%d: {type: while, condition: variables.v < 1, nodes: {a: {type: noop}}}\n" % n for n in range(2000))
    + b"edges: [nowhere -> n0]\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_judged_in_bounded_time(read: Read, text: bytes) -> None:
    began = time.monotonic()
    loaded = read(text)
    # The promise is two seconds for three times as much, on a machine that does nothing else; tests share theirs.
    assert time.monotonic() - began < 4
    assert len(loaded.problems) <= 1000
    if b"a," * 10 not in text or b"edges" in text:
        assert loaded.workflow is None


def test_ten_thousand_nodes_are_loaded_in_bounded_time(read: Read) -> None:
    nodes = "".join(f"  n{n}: {{type: python, script: 'output[\"x\"] = {n}', timeout: 5m}}\n" for n in range(10_000))
    edges = "".join(f"  - n{n} -> n{n + 1}\n" for n in range(9_999))
    began = time.monotonic()
    loaded = read(f"name: large\nnodes:\n{nodes}edges:\n{edges}")
    assert loaded.workflow is not None
    assert time.monotonic() - began < 6


def patch_at(path: Path, folder: Path, text: str) -> Loaded:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load_patch(path, folder=folder, patch=check, check=check, allow_outside=False)


def test_a_patch_has_no_name_and_its_files_are_those_of_the_run(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    (home / "pyproject.toml").touch()
    (home / "work.py").write_text("x = 1\n")
    (home / "patch.yaml").write_text("name: below\nnodes: {x: {type: noop}}\n")
    text = "nodes:\n  a: {type: python, file: work.py}\n  b: {type: subflow, file: patch.yaml}\n"
    loaded = patch_at(elsewhere / "patch.yaml", home, text)
    assert loaded.workflow is not None, loaded.problems
    assert [node.id for node in loaded.workflow.graph.nodes] == ["a", "b"]
    assert sorted(loaded.files) == ["patch.yaml", "work.py"]


def test_the_problems_of_a_patch_bear_its_own_name_and_places(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    text = "name: x\nnodes:\n  a: {type: python, file: nowhere.py}\n  b: {type: nop}\nedges: [a -> ]\n"
    loaded = patch_at(tmp_path / "patch.yaml", home, text)
    assert loaded.workflow is None
    found = {(one.line, one.code, one.message) for one in loaded.problems}
    assert {one.file for one in loaded.problems} == {str(tmp_path / "patch.yaml")}
    assert (1, "unknown-key", "`name` is no key of a patch") in found
    assert {(line, code) for line, code, _ in found} == {
        (1, "unknown-key"),
        (3, "missing-file"),
        (4, "unknown-type"),
        (5, "edge-syntax"),
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [("{}", "empty"), ("", "empty-file"), ("nodes: {}", "empty"), ("[]", "wrong-type"), ("edges: 3", "wrong-type")],
)
def test_a_patch_that_adds_nothing_is_none(text: str, code: str, tmp_path: Path) -> None:
    loaded = patch_at(tmp_path / "patch.yaml", tmp_path, text)
    assert [one.code for one in loaded.problems] == [code]


def test_a_patch_that_is_no_file_is_told(tmp_path: Path) -> None:
    loaded = load_patch(tmp_path, folder=tmp_path, patch=check, check=check, allow_outside=False)
    assert [one.code for one in loaded.problems] == ["not-a-file"]
    with pytest.raises(UsageError):
        load_patch(tmp_path / "nowhere", folder=tmp_path, patch=check, check=check, allow_outside=False)
