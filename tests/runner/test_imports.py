from __future__ import annotations

from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.runner.imports import ImportedFile, import_files, write_files

MAIN = """\
workflowId: main
nodes:
  - {nodeId: say, runtimeType: CSharpScript, scriptPath: scripts/say.csx}
  - nodeId: call
    runtimeType: Subflow
    configuration: {WorkflowFilePath: parts/child.yaml, InputMappings: {a: given}}
connections: [{sourceNodeId: say, targetNodeId: call}]
"""
CHILD = """\
workflowId: child
nodes:
  - nodeId: again
    runtimeType: Subflow
    configuration: {WorkflowFilePath: deeper.yaml, InputMappings: {given: more}}
"""
DEEPER = "workflowId: deeper\nnodes: [{nodeId: a, runtimeType: Noop}]\n"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    (folder / "scripts").mkdir(parents=True)
    (folder / "parts").mkdir()
    (folder / "scripts" / "say.csx").write_text('SetGlobal("said", 1);', encoding="utf-8")
    (folder / "main.yaml").write_text(MAIN, encoding="utf-8")
    (folder / "parts" / "child.yaml").write_text(CHILD, encoding="utf-8")
    (folder / "parts" / "deeper.yaml").write_text(DEEPER, encoding="utf-8")
    return folder


def test_a_file_is_imported_with_the_workflows_that_it_calls(theirs: Path, tmp_path: Path) -> None:
    out = tmp_path / "ours" / "main.yaml"
    out.parent.mkdir()
    files = import_files(theirs / "main.yaml", out)
    assert all(file.whole for file in files)
    assert [file.target.relative_to(tmp_path) for file in files] == [
        Path("ours/main.yaml"), Path("ours/parts/child.yaml"), Path("ours/parts/deeper.yaml"),
    ]  # fmt: skip
    texts = [file.text or "" for file in files]
    assert "file: ../theirs/scripts/say.csx" in texts[0]
    assert "file: parts/child.yaml" in texts[0]
    assert "said: null" in texts[0]
    assert "parameters:\n  given:\n    default: null" in texts[1]
    assert "parameters:\n  more:" in texts[2]
    write_files(files, force=False)
    assert out.read_text(encoding="utf-8") == texts[0]
    assert sorted(path.name for path in out.parent.rglob("*")) == ["child.yaml", "deeper.yaml", "main.yaml", "parts"]


def test_beside_the_originals_they_have_names_of_their_own(theirs: Path) -> None:
    files = import_files(theirs / "main.yaml", theirs / "new.yaml")
    assert [file.target.name for file in files] == ["new.yaml", "child.wflow.yaml", "deeper.wflow.yaml"]
    assert "file: parts/child.wflow.yaml" in (files[0].text or "")
    write_files(files, force=False)
    assert (theirs / "parts" / "child.yaml").read_text(encoding="utf-8") == CHILD


def test_without_a_place_to_go_it_is_the_file_alone(theirs: Path) -> None:
    files = import_files(theirs / "main.yaml", None)
    assert len(files) == 1
    assert files[0].whole
    assert "file: parts/child.wflow.yaml" in (files[0].text or "")


def test_a_called_workflow_of_ours_is_called_as_it_is(theirs: Path, tmp_path: Path) -> None:
    (theirs / "parts" / "child.yaml").write_text(
        "name: child\nparameters: {given: {default: 1}}\nnodes: {a: {type: noop}}\n", encoding="utf-8"
    )
    files = import_files(theirs / "main.yaml", tmp_path / "out.yaml")
    assert len(files) == 1
    assert files[0].whole
    assert "file: theirs/parts/child.yaml" in (files[0].text or "")


def test_paths_are_looked_for_from_where_the_engine_may_have_been_started(
    theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (theirs / "flows").mkdir()
    (theirs / "main.yaml").rename(theirs / "flows" / "main.yaml")
    assert import_files(theirs / "flows" / "main.yaml", None)[0].whole
    monkeypatch.chdir(theirs)
    far = theirs.parent / "a" / "b" / "c" / "d" / "e"
    far.mkdir(parents=True)
    (theirs / "flows" / "main.yaml").rename(far / "main.yaml")
    assert import_files(far / "main.yaml", None)[0].whole
    monkeypatch.chdir(theirs.parent / "a")
    assert not import_files(far / "main.yaml", None)[0].whole


def test_what_would_be_no_valid_workflow_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "workflowId: a\nnodes:\n- {nodeId: w, runtimeType: ForEach, CollectionExpression: 'new[] {1}'}\n"
        "- {nodeId: t, runtimeType: Timer, Schedule: '0 0 * * *'}\n"
        "connections: [{sourceNodeId: w, targetNodeId: t, sourcePort: LoopBody}]\n",
        encoding="utf-8",
    )
    (file,) = import_files(tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert [(problem.code, problem.file) for problem in file.problems] == [("invalid-result", str(tmp_path / "b.yaml"))]
    assert "[timer-in-loop]" in file.problems[0].message


def test_what_is_there_is_replaced_only_where_that_is_said(theirs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    out.write_text("mine", encoding="utf-8")
    files = import_files(theirs / "main.yaml", out)
    with pytest.raises(UsageError, match="is there already"):
        write_files(files, force=False)
    assert out.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "parts").exists()
    write_files(files, force=True)
    assert out.read_text(encoding="utf-8") == files[0].text


def test_what_cannot_be_written_is_said_and_leaves_nothing(theirs: Path, tmp_path: Path) -> None:
    files = import_files(theirs / "main.yaml", tmp_path / "nowhere" / "out.yaml")
    with pytest.raises(UsageError, match="there is no folder"):
        write_files(files, force=False)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    bad = ImportedFile(theirs / "main.yaml", tmp_path / ("x" * 300), "text", ())
    with pytest.raises(UsageError, match="cannot be written"):
        write_files([bad], force=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "theirs"]


def test_a_file_that_cannot_be_read_has_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: [")
    (file,) = import_files(tmp_path / "a.yaml", None)
    assert (file.text, file.whole, [problem.code for problem in file.problems]) == (None, False, ["yaml-syntax"])
    with pytest.raises(UsageError):
        import_files(tmp_path / "nowhere.yaml", None)


def test_workflows_that_call_each_other_are_imported_once(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        (tmp_path / f"{one}.yaml").write_text(
            f"workflowId: {one}\nnodes: [{{nodeId: c, runtimeType: Subflow, WorkflowFilePath: {other}.yaml,"
            f" InputMappings: {{v{one}: v{other}}}}}]\n",
            encoding="utf-8",
        )
    files = import_files(tmp_path / "a.yaml", tmp_path / "a.wflow.yaml")
    assert [file.target.name for file in files] == ["a.wflow.yaml", "b.wflow.yaml"]
    assert all(file.whole for file in files)
    assert "parameters:\n  va:" in (files[0].text or "")


def test_a_workflow_that_calls_itself_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(
        "workflowId: a\nnodes: [{nodeId: c, runtimeType: Subflow, WorkflowFilePath: a.yaml, InputMappings: {x: y}}]\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    (file,) = import_files(Path("a.yaml"), Path("b.yaml"))
    assert file.whole
    assert "file: b.yaml" in (file.text or "")
    assert 'parameters:\n  "y":' in (file.text or "")


def test_files_are_named_as_they_are_reached_from_here(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (theirs / "parts" / "deeper.yaml").write_text("workflowId: deeper\nnodes: []\n", encoding="utf-8")
    monkeypatch.chdir(theirs)
    files = import_files(Path("main.yaml"), Path("out.yaml"))
    assert [problem.file for file in files for problem in file.problems] == [str(Path("parts/deeper.yaml"))]


def test_what_is_missing_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "workflowId: a\nnodes:\n- {nodeId: a, runtimeType: CSharp, scriptPath: no.csx}\n"
        "- {nodeId: b, runtimeType: CSharp}\n- {nodeId: c, runtimeType: Switch, Expression: '1'}\n",
        encoding="utf-8",
    )
    (file,) = import_files(tmp_path / "a.yaml", None)
    assert [problem.code for problem in file.problems] == ["missing-file", "missing-key", "missing-key"]


def test_a_called_workflow_outside_of_the_project_is_told_of(theirs: Path, tmp_path: Path) -> None:
    (theirs / "parts" / "child.yaml").write_text(
        "name: child\nparameters: {given: {default: 1}}\nnodes: {a: {type: noop}}\n", encoding="utf-8"
    )
    (tmp_path / "ours").mkdir()
    (file,) = import_files(theirs / "main.yaml", tmp_path / "ours" / "main.yaml")
    assert file.whole
    assert [(problem.severity, problem.code) for problem in file.problems] == [("warning", "changed")]
    assert "lies outside the project: `wflow run` wants --allow-outside" in file.problems[0].message
