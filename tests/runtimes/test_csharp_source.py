"""`wflow.runtimes.csharp_source`: a script under its `#line`, and by what two programs are told apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from wflow.runtimes.csharp_source import read_script, script_program
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import Place


def test_a_script_begins_with_the_line_that_it_stands_on(tmp_path: Path) -> None:
    program = script_program("return 1;", Place("flow.yaml", 12, 6), "a", tmp_path)
    assert program.source == '#line 12 "flow.yaml"\nreturn 1;'
    assert (program.file, program.columns, program.folder) == ("flow.yaml", 6, str(tmp_path))


def test_of_an_unknown_place_the_node_stands_for_it_whatever_the_iteration(tmp_path: Path) -> None:
    programs = [script_program("return 1;", None, f"each[{key}]/run", tmp_path) for key in ("1", 'x"y')]
    assert programs[0] == programs[1]
    assert programs[0].source.startswith('#line 1 "<each/run>"\n')


def test_a_name_that_the_compiler_cannot_read_is_made_readable(tmp_path: Path) -> None:
    program = script_program("x", Place('a"b\nc\u2028d.yaml', 1), "a", tmp_path)
    assert program.source == '#line 1 "a?b?c?d.yaml"\nx'
    assert script_program("\ud800", Place("\udcff.yaml", 1), "a", tmp_path).source == '#line 1 "?.yaml"\n?'


def test_the_same_text_at_the_same_place_is_one_program_wherever_its_folder_is(tmp_path: Path) -> None:
    one = script_program("return 1;", Place("flow.yaml", 3), "a", tmp_path / "x")
    assert one.digest == script_program("return 1;", Place("flow.yaml", 3), "b", tmp_path / "y").digest
    others = [
        script_program("return 2;", Place("flow.yaml", 3), "a", tmp_path),
        script_program("return 1;", Place("flow.yaml", 4), "a", tmp_path),
        script_program("return 1;", Place("other.yaml", 3), "a", tmp_path),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 4


def test_what_a_script_loads_or_refers_to_is_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "t.dll").write_bytes(b"1")
    (tmp_path / "one.csx").write_text('#load "two.csx"\n#load "one.csx"')
    (tmp_path / "two.csx").write_text("int x = 1;")
    text = '#r "lib/t.dll"\n  #load "one.csx"\n#r "System.Xml"\n#load "missing.csx"\nreturn x;'

    def now() -> str:
        program = script_program(text, None, "a", tmp_path)
        assert program.references == (str(tmp_path / "lib"),)
        return program.digest

    digests = [now(), now()]
    (tmp_path / "two.csx").write_text("int x = 2;")
    digests.append(now())
    (tmp_path / "lib" / "t.dll").write_bytes(b"2")
    digests.append(now())
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_file_is_named_as_the_workflow_names_it(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "a.csx").write_text("\ufeffreturn 1;", encoding="utf-8")
    program = read_script("steps/a.csx", tmp_path)
    assert (program.source, program.folder) == ('#line 1 "steps/a.csx"\nreturn 1;', str(tmp_path / "steps"))


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.csx").write_bytes(b"\xff")
    for name, said in (
        ("no.csx", "cannot be read: No such file"),
        ("bad.csx", "is not in UTF-8"),
        (".", "a directory"),
    ):
        with pytest.raises(NotStarted, match=said):
            read_script(name, tmp_path)
