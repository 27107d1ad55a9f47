from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wflow.runtimes.callables import Callables
from wflow.runtimes.refused import NotStarted


@pytest.fixture
def callables() -> Iterator[Callables]:
    found = Callables()
    yield found
    found.close()


def test_a_module_is_imported_once(callables: Callables, tmp_path: Path) -> None:
    (tmp_path / "once_imported.py").write_text("from pathlib import Path\nwith open(__file__ + '.count', 'a') as f:\n    f.write('x')\ndef f(c): return 1\ndef g(c): return 2\n")  # fmt: skip  # noqa: E501
    assert callables.find("once_imported:f", tmp_path)(None) == 1
    assert callables.find("once_imported:g", tmp_path)(None) == 2
    assert (tmp_path / "once_imported.py.count").read_text() == "x"


def test_two_folders_may_have_a_module_of_one_name(callables: Callables, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same_name.py").write_text(f"def f(c): return '{name}'\n")
    assert callables.find("same_name:f", tmp_path / "a")(None) == "a"
    assert callables.find("same_name:f", tmp_path / "b")(None) == "b"
    assert callables.find("same_name:f", tmp_path / "a")(None) == "a"


def test_a_module_in_a_package_and_a_method_are_found(callables: Callables, tmp_path: Path) -> None:
    package = tmp_path / "package_here"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text(
        "from package_here import other\nclass A:\n    @staticmethod\n    def f(c): return other.X\n"
    )
    (package / "other.py").write_text("X = 7\n")
    assert callables.find("package_here.part:A.f", tmp_path)(None) == 7


def test_a_module_named_as_one_of_the_library_does_not_replace_it(callables: Callables, tmp_path: Path) -> None:
    import queue

    (tmp_path / "queue.py").write_text("def f(c): return 'mine'\n")
    callables.use(tmp_path)
    assert callables.find("queue:f", tmp_path)(None) == "mine"
    assert sys.modules["queue"] is queue


def test_what_is_installed_is_found_too(callables: Callables, tmp_path: Path) -> None:
    assert callables.find("json:dumps", tmp_path)({}) == "{}"


def test_a_module_beside_can_import_its_neighbour_later(callables: Callables, tmp_path: Path) -> None:
    callables.use(tmp_path)
    (tmp_path / "late_importer.py").write_text("def f(c):\n    import late_neighbour\n    return late_neighbour.X\n")
    (tmp_path / "late_neighbour.py").write_text("X = 3\n")
    assert callables.find("late_importer:f", tmp_path)(None) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("nothing", "`call: nothing` names no function; write it as"),
        (":f", "names no function"),
        ("module_here:", "names no function"),
        ("module_missing:f", "there is no module `module_missing`"),
        ("module_here:lod", "`module_here` has no function `lod`; did you mean `load`?"),
        ("module_here:X", "`module_here:X` is of type int, which cannot be called"),
        ("module_here:go", "`module_here:go` is asynchronous or a generator"),
        ("module_here:many", "`module_here:many` is asynchronous or a generator"),
    ],
)
def test_what_names_no_function_is_refused(callables: Callables, tmp_path: Path, call: str, message: str) -> None:
    from wflow.runtimes.refused import sentence

    source = "X = 1\ndef load(c): pass\nasync def go(c): pass\ndef many(c): yield 1\n"
    (tmp_path / "module_here.py").write_text(source)
    with pytest.raises(NotStarted) as caught:
        callables.find(call, tmp_path)
    assert message in sentence(caught.value)


def test_a_module_that_fails_to_import_raises_its_error_and_is_tried_again(
    callables: Callables, tmp_path: Path
) -> None:
    path = tmp_path / "broken_once.py"
    path.write_text("raise LookupError('broken')\n")
    with pytest.raises(LookupError, match="broken"):
        callables.find("broken_once:f", tmp_path)
    assert "broken_once" not in sys.modules
    path.write_text("def f(c): return 'whole and longer than before'\n")
    assert callables.find("broken_once:f", tmp_path)(None) == "whole and longer than before"


def test_the_folder_leaves_the_import_path_at_the_end(tmp_path: Path) -> None:
    found = Callables()
    found.use(tmp_path)
    found.use(tmp_path)
    assert sys.path[-1] == str(tmp_path)
    found.close()
    assert str(tmp_path) not in sys.path
