from __future__ import annotations

from pathlib import Path

from wflow.loading.build import build
from wflow.loading.files import check_files, missing_file, subflows_of
from wflow.loading.refusal import Refused
from wflow.loading.source import digest_bytes
from wflow.model import Diagnostic


def test_files_are_hashed_and_missing_ones_told(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "good.py").write_text("return 1\n")
    (tmp_path / "scripts" / "bad.py").write_text("x = 1\ny = = 1\n")
    (tmp_path / "scripts" / "latin.py").write_bytes(b"x = '\xe9'\n")
    nodes = {
        "a": {"type": "python", "file": "scripts/good.py"},
        "b": {"type": "python", "file": "scripts/bad.py"},
        "c": {"type": "python", "file": "nowhere.py"},
        "d": {"type": "powershell", "file": "scripts"},
        "e": {"type": "csharp", "assembly": "lib.dll", "class": "C"},
        "f": {"type": "python", "file": "${{ params.file }}"},
        "g": {"type": "python", "file": "scripts/latin.py"},
    }
    files: dict[str, str] = {}
    diagnostics: list[Diagnostic] = []
    check_files(build({"name": "w", "nodes": nodes}, []), tmp_path, tmp_path / "scripts", files, diagnostics)
    assert files["good.py"] == digest_bytes(b"return 1\n")
    assert sorted(files) == ["bad.py", "good.py", "latin.py"]
    assert [(found.code, found.path[1:]) for found in diagnostics] == [
        ("python-syntax", ("b", "file")),
        ("missing-file", ("c", "file")),
        ("missing-file", ("d", "file")),
        ("missing-file", ("e", "assembly")),
        ("python-syntax", ("g", "file")),
    ]
    assert "(line 2, column 5)" in diagnostics[0].message


def test_a_long_name_is_told_shortened() -> None:
    assert len(missing_file("x" * 5000, Refused("a", "b"), ()).message) < 300


def test_subflows_with_a_name_that_is_known_only_later_are_left_out() -> None:
    nodes = {"a": {"type": "subflow", "file": "a.yaml"}, "b": {"type": "subflow", "file": "${{ input.x }}.yaml"}}
    found = [(node.id, name) for node, name in subflows_of(build({"name": "w", "nodes": nodes}, []))]
    assert found == [("a", "a.yaml")]
