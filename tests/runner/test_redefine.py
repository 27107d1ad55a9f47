"""`wflow.runner.redefine`: the definition that a run goes on with, and how it differs from the one it had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import definition_of
from wflow.engine.commands import LoadSubflow
from wflow.engine.decide import begin
from wflow.engine.stimuli import Began
from wflow.errors import DefinitionError, UsageError
from wflow.graph.plan import Plan
from wflow.model.definition import from_definition
from wflow.runner.definitions import read
from wflow.runner.history import History
from wflow.runner.redefine import Redefinition, Revision, redefine
from wflow.runner.revising import prepare
from wflow.runner.run import Options, start_run
from wflow.store.disk import DiskStore

TEXT = """\
name: x
parameters: {size: {type: integer, default: 1}, gone: {type: string, default: here}}
max_concurrency: 3
checkpoint: {nodes: 2}
nodes:
  a: {type: python, file: a.py}
  b: {type: python, script: 'raise ValueError(1)'}
edges: [a -> b]
"""

Redefined = Callable[..., Redefinition]


@pytest.fixture
def redefined(ran: Callable[[str], None], store: DiskStore, tmp_path: Path) -> Redefined:
    """``redefined(text, size=2)``: what the failed run of the workflow above goes on with by that text."""
    (tmp_path / "a.py").write_text("output['x'] = 1\n", encoding="utf-8")
    ran(TEXT)

    def go(text: str | None = None, name: str = "new.yaml", again: tuple[str, ...] = (), **given: Any) -> Redefinition:
        if text is not None:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        updated = tmp_path / name if text is not None else None
        revision = Revision(again=again, updated=updated, parameters=(lambda workflow: given) if given else None)
        run = store.open("r")
        try:
            return prepare(run, revision, {}, 2000.0).what
        finally:
            run.close()

    return go


def differences(what: Redefinition) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.address, one.change.how, one.change.why) for one in what.differences()]


def test_a_revision_is_asked_by_any_of_its_parts(tmp_path: Path) -> None:
    asked = [Revision(again=("a",)), Revision(updated=tmp_path), Revision(parameters=lambda workflow: {})]
    assert [one.is_asked for one in asked] == [True] * 3
    assert not Revision().is_asked


def test_without_a_file_the_definition_stays_and_only_parameters_change(redefined: Redefined) -> None:
    what = redefined(size=5)
    assert (what.updated, what.renewed, what.parameters) == (False, True, {"size": 5, "gone": "here"})
    assert differences(what) == []
    assert not redefined(size=1).renewed
    with pytest.raises(UsageError, match="size"):
        redefined(size="much")


def test_of_an_updated_file_each_node_that_differs_is_told_and_parameters_it_has_not_are_left(
    redefined: Redefined,
) -> None:
    text = TEXT.replace(", gone: {type: string, default: here}", "").replace("raise ValueError(1)", "pass")
    what = redefined(text.replace("edges:", "  c: {type: noop}\nedges:"), size=4)
    assert what.parameters == {"size": 4}
    assert differences(what) == [("b", "changed", ("its script",)), ("c", "new", ())]
    assert redefined(
        TEXT.replace("size: {type: integer, default: 1}", "size: {type: integer, default: 9}")
    ).parameters == {
        "size": 1,
        "gone": "here",
    }


def test_a_script_file_is_the_same_one_as_long_as_its_content_is(redefined: Redefined, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "a.py").write_bytes((tmp_path / "a.py").read_bytes())
    assert differences(redefined(TEXT, "there/flow.yaml")) == []
    (tmp_path / "there" / "a.py").write_text("output['x'] = 2\n", encoding="utf-8")
    assert differences(redefined(TEXT, "there/flow.yaml", again=("a",))) == [("a", "changed", ("its file",))]


def test_options_follow_the_updated_file_where_it_says_something_else(redefined: Redefined, tmp_path: Path) -> None:
    before = redefined(size=1).options
    assert before["file"] == str(tmp_path / "r.yaml")
    same = redefined(TEXT).options
    assert same == {**before, "file": str(tmp_path / "new.yaml")}
    other = redefined(
        TEXT.replace("max_concurrency: 3", "max_concurrency: 1").replace("nodes: 2}", "nodes: 7}")
    ).options
    assert (other["max_concurrency"], other["workers"], other["checkpoint"]["nodes"]) == (1, 1, 7)
    assert other["cwd"] == before["cwd"]


def test_a_file_that_is_not_valid_is_told_with_its_problems(redefined: Redefined) -> None:
    with pytest.raises(DefinitionError, match="the run stays as it was") as caught:
        redefined(TEXT.replace("[a -> b]", "[a -> nowhere]"))
    assert caught.value.problems


def test_a_run_of_a_part_stays_one(store: DiskStore, tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_text("name: x\nnodes: {a: {type: noop}, b: {type: noop}}\nedges: [a -> b]\n", encoding="utf-8")
    start_run(file, read(file), {}, store, Options(run_id="r", only=frozenset({"a"})))
    opened = store.open("r")
    what = prepare(opened, Revision(again=("a",), updated=file), {}, 2000.0).what
    opened.close()
    assert [node.id for node in what.plan.workflow.graph.nodes] == ["a"]


BELOW = "name: one\nparameters: {v: {type: integer, default: 2}}\nnodes: {x: {type: noop}}\noutputs: {v: params.v}\n"


@pytest.fixture
def above(tmp_path: Path) -> Callable[[Path], Redefinition]:
    """``above(file)``: what a run whose node ``sub`` read a subflow file goes on with by that workflow file."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.yaml").write_text(BELOW, encoding="utf-8")
    below = str(tmp_path / "below" / "one.yaml")
    text = "nodes: {sub: {type: subflow, file: below/one.yaml}}"
    before, called = definition_of(text, tmp_path), definition_of(BELOW, tmp_path)

    def go(file: Path) -> Redefinition:
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"name: x\n{text}\n", encoding="utf-8")
        options = {"file": str(tmp_path / "flow.yaml"), "max_concurrency": 2, "workers": 2, "checkpoint": {}}
        state, _ = begin(Began(1000.0, "r", before, {}, {}, {}, options))
        state.definitions[below] = Plan(from_definition(called))
        return redefine(History(files={"sub": below}), state, Revision(updated=file), read, {})

    return go


def test_subflow_files_are_read_anew_where_they_are_now(above: Callable[[Path], Redefinition], tmp_path: Path) -> None:
    moved = tmp_path / "moved" / "below" / "one.yaml"
    moved.parent.mkdir(parents=True)
    moved.write_text(BELOW.replace("type: noop", "type: wait, for: 1s").replace("params.v}", "1 + 1}"), "utf-8")
    what = above(tmp_path / "moved" / "flow.yaml")
    assert differences(what) == [("sub/x", "changed", ("its type",))]
    assert what.other_faces() == {str(tmp_path / "below" / "one.yaml"): "the outputs of its file"}
    assert what.now.node("sub/x") is not None
    loaded = what.load(LoadSubflow("sub#1", "below/one.yaml", str(tmp_path / "moved" / "flow.yaml"), {"v": 5}), 9.0)
    assert loaded is not None
    assert (loaded.file, loaded.parameters, loaded.at) == (str(moved), {"v": 5}, 9.0)


def test_a_subflow_that_ran_and_cannot_be_read_or_called_any_more_is_refused(
    above: Callable[[Path], Redefinition], tmp_path: Path
) -> None:
    what = above(tmp_path / "flow.yaml")
    with pytest.raises(UsageError, match="`sub`: workflow `one` has no parameter `nope`"):
        what.load(LoadSubflow("sub#1", "below/one.yaml", str(tmp_path / "flow.yaml"), {"nope": 5}), 9.0)
    with pytest.raises(UsageError, match="cannot be read any more"):
        what.load(LoadSubflow("sub#1", "below/two.yaml", str(tmp_path / "flow.yaml"), {}), 9.0)
