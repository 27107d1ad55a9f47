from __future__ import annotations

from pathlib import Path

import pytest

from wflow.errors import UsageError
from wflow.loading.foreign import foreign_format, read_foreign
from wflow.model.diagnostics import Diagnostic

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%s: &%s [%s]\n" % (name, name, b",".join([b"*" + before] * 10))
    for before, name in ((b"a", b"b"), (b"b", b"c"), (b"c", b"d"))
)


@pytest.mark.parametrize("key", ["workflowId", "graphId", "workflowName"])
def test_an_execution_engine_workflow_is_known_by_its_keys(key: str) -> None:
    found = foreign_format({"nodes": [], key: "x"})
    assert found is not None
    assert found.code == "execution-engine"
    assert "wflow import" in found.message


@pytest.mark.parametrize("tree", [{"name": "x", "nodes": {}}, {}, [], None, "workflowId"])
def test_everything_else_is_not(tree: object) -> None:
    assert foreign_format(tree) is None


def test_an_execution_engine_workflow_is_known_by_its_nodes_too() -> None:
    assert foreign_format({"nodes": [{"nodeId": "a"}]}) is not None
    assert foreign_format({"WorkflowId": "x"}) is not None
    assert foreign_format({"nodes": [1, {"NodeId": "a"}]}) is not None
    assert foreign_format({"nodes": [{"id": "a", "RuntimeType": "Noop"}]}) is not None
    assert foreign_format({"nodes": [{"id": "a"}]}) is None


def test_what_is_a_text_there_is_one_however_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("workflowId: a\nVersion: 1.10\ncases: {1: a, true: b, ~: c}\n", encoding="utf-8")
    file = read_foreign(tmp_path / "a.yaml")
    assert file.tree == {"workflowId": "a", "Version": "1.10", "cases": {"1": "a", "true": "b", "~": "c"}}
    assert file.found == ()
    (tmp_path / "a.json").write_text('{"workflowId": "a", "version": 2.0}', encoding="utf-8")
    assert read_foreign(tmp_path / "a.json").tree["version"] == "2.0"
    (tmp_path / "b.yaml").write_text("{workflowId: a, [1]: b}", encoding="utf-8")
    assert [one.diagnostic.code for one in read_foreign(tmp_path / "b.yaml").found] == ["key-not-text"]


def test_a_file_in_another_format_is_read_with_its_comments(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("workflowId: a  # b\nx: 1\nx: 2\n", encoding="utf-8")
    file = read_foreign(tmp_path / "a.yaml")
    assert (file.tree, file.comments.at) == ({"workflowId": "a", "x": 1}, {("workflowId",): ((), "# b")})
    problems = file.problems([Diagnostic(code="changed", message="other", path=("workflowId",), at_key=True)])
    assert [(problem.line, problem.column, problem.code) for problem in problems] == [
        (1, 1, "changed"),
        (3, 1, "duplicate-key"),
    ]


def test_json_has_no_comments(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"workflowId": "# a"}', encoding="utf-8")
    assert read_foreign(tmp_path / "a.json").comments == ({}, ())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a: [", "yaml-syntax"),
        (b"\0", "binary"),
        (b"a: \xff", "not-utf8"),
        (b"", "empty-file"),
        (b"[" * 500, "too-deep"),
        (BOMB, "alias-bomb"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_as_a_workflow_is(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a.yaml").write_bytes(data)
    file = read_foreign(tmp_path / "a.yaml")
    assert file.tree is None
    assert [problem.code for problem in file.problems([])] == [code]
    with pytest.raises(UsageError):
        read_foreign(tmp_path / "nowhere.yaml")


def test_errors_are_told_however_many_warnings_come_first(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "workflowId: a\n" + "".join(f"k{at}: 1\n" for at in range(1_200)), encoding="utf-8"
    )
    told = [Diagnostic(code="changed", message="w", path=(f"k{at}",), severity="warning") for at in range(1_199)]
    told.append(Diagnostic(code="lost", message="e", path=("k1199",)))
    problems = read_foreign(tmp_path / "a.yaml").problems(told)
    assert (problems[-1].severity, problems[-1].line) == ("error", 1_201)
    assert problems[0].line == 2
