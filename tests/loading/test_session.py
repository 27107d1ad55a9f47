from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wflow.loading import Loaded

Read = Callable[..., Loaded]

CHILD = "name: child\nparameters: {p: {default: 1}}\nnodes: {a: {type: noop}}\noutputs: {o: nodes.a.output}\n"


def told(loaded: Loaded) -> list[tuple[str, int, str]]:
    return [(Path(problem.file).name, problem.line, problem.code) for problem in loaded.problems]


def test_shape_and_meaning_are_told_in_one_go(read: Read) -> None:
    loaded = read(
        """\
        name: w
        timout: 5m
        nodes:
          a: {type: noop, join: some}
          b: {type: python, script: "x = = 1"}
          c: {type: python, file: missing.py}
        edges: [a -> d]
        """
    )
    assert told(loaded) == [
        ("flow.yaml", 2, "unknown-key"),
        ("flow.yaml", 4, "bad-value"),
        ("flow.yaml", 5, "python-syntax"),
        ("flow.yaml", 6, "missing-file"),
        ("flow.yaml", 7, "unknown-node"),
    ]


def test_a_flawed_node_is_still_there_for_the_others(read: Read) -> None:
    loaded = read("name: w\nnodes:\n  a: 3\n  b: {type: 4}\nedges: [a.port -> b]\n")
    assert [code for _, _, code in told(loaded)] == ["wrong-type", "wrong-type"]


def test_a_subflow_is_checked_under_its_own_name(read: Read, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "child.yaml").write_text(CHILD + "edges: [a -> b]\n")
    loaded = read(
        "name: w\nnodes:\n  a: {type: subflow, file: parts/child.yaml}\n  b: {type: subflow, file: parts/child.yaml}\n"
    )
    assert told(loaded) == [("child.yaml", 5, "unknown-node")]
    assert loaded.problems[0].file == str(tmp_path / "parts" / "child.yaml")
    assert loaded.workflow is None


def test_files_of_subflows_count_as_the_workflows_own(read: Read, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "child.yaml").write_text("name: c\nnodes: {a: {type: python, file: s.py}}\n")
    (tmp_path / "parts" / "s.py").write_text("pass")
    loaded = read("name: w\nnodes: {a: {type: subflow, file: parts/child.yaml}}\n")
    assert sorted(loaded.files) == ["parts/child.yaml", "parts/s.py"]


def test_a_call_is_held_against_the_child(read: Read, tmp_path: Path) -> None:
    (tmp_path / "child.yaml").write_text(CHILD)
    text = "name: w\nvariables: {v: 0}\nnodes: {a: {type: subflow, file: child.yaml, with: {q: 1}, outputs: {v: x}}}\n"
    assert [code for _, _, code in told(read(text))] == ["unknown-parameter", "unknown-output"]


def test_recursion_is_a_warning_wherever_the_circle_closes(read: Read, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text("name: two\nnodes: {a: {type: subflow, file: flow.yaml}}\n")
    loaded = read("name: w\nnodes: {a: {type: subflow, file: two.yaml}}\n")
    assert told(loaded) == [("flow.yaml", 2, "subflow-recursion"), ("two.yaml", 2, "subflow-recursion")]
    assert loaded.workflow is not None


def test_a_long_row_of_subflows_is_read_without_recursion(read: Read, tmp_path: Path) -> None:
    for number in range(400):
        next_one = f"{{a: {{type: subflow, file: s{number + 1}.yaml}}}}" if number < 399 else "{a: {type: noop}}"
        (tmp_path / f"s{number}.yaml").write_text(f"name: s\nnodes: {next_one}\n")
    loaded = read("name: w\nnodes: {a: {type: subflow, file: s0.yaml}}\n")
    assert loaded.workflow is not None
    assert len(loaded.files) == 400


def test_subflows_stay_inside_the_project_unless_told(read: Read, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text(CHILD)
    text = f"name: w\nnodes: {{a: {{type: subflow, file: ../{outside.name}}}}}\n"
    assert told(read(text)) == [("flow.yaml", 2, "outside-project")]
    assert read(text, allow_outside=True).workflow is not None


def test_a_subflow_that_is_a_folder_or_not_there_is_missing(read: Read, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    text = "name: w\nnodes:\n  a: {type: subflow, file: folder}\n  b: {type: subflow, file: nowhere.yaml}\n"
    assert told(read(text)) == [("flow.yaml", 3, "missing-file"), ("flow.yaml", 4, "missing-file")]
