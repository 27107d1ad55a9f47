"""`wflow.runtimes.csharp_dotnet`: which .NET is found, in which order, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dotnet import LIBRARIES_FOLDER
from wflow.runtimes import csharp_dotnet
from wflow.runtimes.csharp_dotnet import find_dotnet
from wflow.runtimes.refused import NotStarted

COMPILER = "Microsoft.CodeAnalysis.CSharp.dll"


def make(root: Path, *, runtimes: tuple[str, ...] = ("8.0.4",), sdks: tuple[str, ...] = ("8.0.204",)) -> Path:
    """A folder that looks as an installed .NET does."""
    root.mkdir(parents=True)
    (root / "dotnet").write_text("#!/bin/sh\n")
    (root / "dotnet").chmod(0o755)
    for version in runtimes:
        (root / "shared" / "Microsoft.NETCore.App" / version).mkdir(parents=True)
    for version in sdks:
        folder = root / "sdk" / version / "Roslyn" / "bincore"
        folder.mkdir(parents=True)
        (folder / COMPILER).touch()
    return root


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Instead of the folders that installers use, one of the test's own."""
    folder = tmp_path / "usual"
    monkeypatch.setattr(csharp_dotnet, "_USUAL", (str(folder),))
    return folder


def test_it_is_looked_for_by_name_then_root_then_path_then_the_usual_folders(tmp_path: Path, usual: Path) -> None:
    named, rooted, on_path = (make(tmp_path / name) for name in ("named", "rooted", "path"))
    make(usual)
    environ = {"WFLOW_DOTNET": str(named), "DOTNET_ROOT": str(rooted), "PATH": f"/nowhere:{on_path}"}
    for root in (named, rooted, on_path, usual):
        found = find_dotnet(environ)
        assert found.program == root / "dotnet"
        assert found.runtime == root / "shared" / "Microsoft.NETCore.App" / "8.0.4"
        assert found.roslyn == root / "sdk" / "8.0.204" / "Roslyn" / "bincore"
        if environ:
            environ.pop(next(iter(environ)))
        environ.setdefault("PATH", "/nowhere")
        if root == rooted:
            environ["PATH"] = f"/nowhere:{on_path}"
        elif root == on_path:
            environ["PATH"] = "/nowhere"


def test_the_name_may_be_the_program_and_the_program_a_link(tmp_path: Path) -> None:
    root = make(tmp_path / "real")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dotnet").symlink_to(root / "dotnet")
    assert find_dotnet({"WFLOW_DOTNET": str(root / "dotnet")}).runtime.is_relative_to(root)
    assert find_dotnet({"PATH": str(tmp_path / "bin")}).roslyn.is_relative_to(root)


def test_the_newest_counts_and_a_preview_only_where_nothing_else_is(tmp_path: Path) -> None:
    root = make(
        tmp_path / "many",
        runtimes=("8.0.4", "10.0.1", "9.0.11", "11.0.0-preview.1"),
        sdks=("8.0.204", "10.0.100", "9.0.300", "11.0.100-preview.1.2", "NuGetFallbackFolder"),
    )
    found = find_dotnet({"WFLOW_DOTNET": str(root)})
    assert (found.version, found.roslyn.parts[-3]) == ("10.0.1", "10.0.100")
    preview = make(tmp_path / "preview", runtimes=("11.0.0-rc.1", "11.0.0-rc.2"), sdks=("11.0.100-rc.2",))
    assert find_dotnet({"WFLOW_DOTNET": str(preview)}).version == "11.0.0-rc.2"


def test_the_compiler_may_be_named(tmp_path: Path) -> None:
    root = make(tmp_path / "plain", sdks=())
    own = tmp_path / "own"
    own.mkdir()
    (own / COMPILER).touch()
    assert find_dotnet({"WFLOW_DOTNET": str(root), "WFLOW_ROSLYN": str(own)}).roslyn == own
    with pytest.raises(NotStarted, match=f"WFLOW_ROSLYN is {tmp_path}, where no {COMPILER} is"):
        find_dotnet({"WFLOW_DOTNET": str(root), "WFLOW_ROSLYN": str(tmp_path)})
    with pytest.raises(NotStarted, match="has no SDK, and so no C# compiler") as caught:
        find_dotnet({"WFLOW_DOTNET": str(root)})
    assert "WFLOW_ROSLYN" in str(caught.value.cure)


def test_one_that_is_named_is_not_passed_over(tmp_path: Path) -> None:
    fine = make(tmp_path / "fine")
    old = make(tmp_path / "old", runtimes=("6.0.36",))
    empty = make(tmp_path / "empty", runtimes=())
    for name, said in ((tmp_path / "none", "where no dotnet is"), (old, "has .NET 6.0.36 only"), (empty, "no runtime")):
        with pytest.raises(NotStarted, match=said):
            find_dotnet({"WFLOW_DOTNET": str(name), "DOTNET_ROOT": str(fine)})


def test_one_that_is_too_old_is_passed_over_for_the_next(tmp_path: Path) -> None:
    old, fine = make(tmp_path / "old", runtimes=("6.0.36",)), make(tmp_path / "fine")
    assert find_dotnet({"DOTNET_ROOT": str(old), "PATH": str(fine)}).program == fine / "dotnet"


def test_one_without_a_compiler_is_passed_over_for_the_next_and_told_where_there_is_none(
    tmp_path: Path, usual: Path
) -> None:
    bare = make(tmp_path / "bare", sdks=())
    environ = {"PATH": str(bare)}
    with pytest.raises(NotStarted, match=f"the .NET at {bare} has no SDK, and so no C# compiler"):
        find_dotnet(environ)
    make(usual)
    assert find_dotnet(environ).program == usual / "dotnet"


def test_the_one_that_the_tests_fetch_is_found_by_its_folder_or_program_alone(tmp_path: Path) -> None:
    root = make(tmp_path / "fetched", sdks=())
    libraries = root / LIBRARIES_FOLDER
    libraries.mkdir(parents=True)
    (libraries / COMPILER).touch()
    for environ in (
        {"WFLOW_DOTNET": str(root)},
        {"WFLOW_DOTNET": str(root / "dotnet")},
        {"DOTNET_ROOT": str(root)},
        {"PATH": str(root)},
    ):
        assert find_dotnet(environ).roslyn == libraries


def test_a_file_that_may_not_be_run_is_none(tmp_path: Path) -> None:
    root = make(tmp_path / "root")
    (root / "dotnet").chmod(0o644)
    with pytest.raises(NotStarted, match="where no dotnet is that can be run"):
        find_dotnet({"WFLOW_DOTNET": str(root)})


def test_without_any_it_says_where_it_looked_and_how_to_get_one(tmp_path: Path, usual: Path) -> None:
    old = make(tmp_path / "old", runtimes=("6.0.36",))
    with pytest.raises(NotStarted) as caught:
        find_dotnet({"PATH": "/nowhere"})
    assert str(caught.value) == (
        "csharp nodes need .NET, and none was found by WFLOW_DOTNET (not set), DOTNET_ROOT (not set), the PATH, "
        f"{usual}"
    )
    assert "install the .NET SDK" in str(caught.value.cure)
    with pytest.raises(NotStarted, match=r"DOTNET_ROOT \(.*old/dotnet has .NET 6.0.36 only\)"):
        find_dotnet({"DOTNET_ROOT": str(old), "PATH": "/nowhere"})


def test_the_folder_that_one_stands_in_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(tmp_path / "here"))
    with pytest.raises(NotStarted):
        find_dotnet({"PATH": "/nowhere"})
