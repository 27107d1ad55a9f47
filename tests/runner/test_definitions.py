"""`wflow.runner.definitions`: files read with all their checks, and from the plan cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.runner.definitions import check, read, read_cached
from wflow.store.disk import DiskStore


def test_reading_a_file_finds_what_only_the_graph_can_show(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("name: w\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b, b -> a]\n")
    loaded = read(file)
    assert loaded.workflow is None
    assert [problem.code for problem in loaded.problems if problem.severity == "error"] == ["cycle"]


def test_a_sound_workflow_has_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("name: w\nnodes: {a: {type: noop}}\n")
    loaded = read(file)
    assert loaded.workflow is not None
    assert check(loaded.workflow) == []


def test_a_file_that_has_not_changed_comes_out_of_the_cache_and_one_that_has_does_not(
    tmp_path: Path, store: DiskStore
) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("name: w\nnodes: {a: {type: noop}}\n")
    first = read_cached(file, store)
    again = read_cached(file, store)
    assert again.workflow == first.workflow
    file.write_text("name: other\nnodes: {a: {type: noop}}\n")
    changed = read_cached(file, store)
    assert changed.workflow is not None
    assert changed.workflow.name == "other"


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read(tmp_path / "nowhere.yaml")
