"""`wflow.runtimes.csharp_build`: the host is compiled once, by the compiler's program or through its libraries."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from wflow.runtimes import csharp_build
from wflow.runtimes.csharp_build import build_host, compile_csharp, host_sources
from wflow.runtimes.csharp_dotnet import Dotnet
from wflow.runtimes.csharp_process import start_host
from wflow.runtimes.refused import NotStarted
from wflow.runtimes.work import RunFacts

#: The compiler's command where only its libraries are: read by the command's own parser, compiled by its own compiler.
STAND_IN = """
using System;
using System.IO;
using System.Linq;
using System.Runtime.Loader;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

public static class Program
{
    public static int Main(string[] arguments)
    {
        var here = Path.GetDirectoryName(typeof(Program).Assembly.Location);
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            context.LoadFromAssemblyPath(Path.Combine(here, name.Name + ".dll"));
        return Compile(arguments);
    }

    static int Compile(string[] arguments)
    {
        var command = CSharpCommandLineParser.Default.Parse(arguments, Directory.GetCurrentDirectory(), null);
        foreach (var error in command.Errors)
            Console.WriteLine(error);
        var compilation = CSharpCompilation.Create("host",
            command.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(
                SourceText.From(File.ReadAllText(file.Path), Encoding.UTF8), command.ParseOptions, file.Path)),
            command.MetadataReferences.Select(one => MetadataReference.CreateFromFile(one.Reference, one.Properties)),
            command.CompilationOptions);
        using var output = File.Create(Path.Combine(command.OutputDirectory, command.OutputFileName));
        var result = compilation.Emit(output);
        foreach (var error in result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error))
            Console.WriteLine(error);
        return result.Success && !command.Errors.Any() ? 0 : 1;
    }
}
"""


def test_the_sources_stand_beside_the_module() -> None:
    assert "host.cs" in [path.name for path in host_sources()]


def test_a_host_is_built_once_whoever_asks(dotnet: Dotnet, csharp_cache: Path) -> None:
    files = build_host(dotnet, csharp_cache)
    built = files.program.stat().st_mtime_ns
    assert json.loads(files.program.with_suffix(".runtimeconfig.json").read_text())["runtimeOptions"]["rollForward"]
    assert files.scripts.is_dir()
    assert build_host(dotnet, csharp_cache) == files
    assert files.program.stat().st_mtime_ns == built
    assert [path.name for path in csharp_cache.glob("new-*")] == []


@pytest.mark.parametrize("damage", ["emptied", "no settings", "no folder"])
def test_a_host_that_is_damaged_is_built_anew(dotnet: Dotnet, csharp_cache: Path, tmp_path: Path, damage: str) -> None:
    whole = build_host(dotnet, csharp_cache)
    cache = tmp_path / "cache"
    shutil.copytree(whole.program.parent, cache / whole.program.parent.name)
    files = build_host(dotnet, cache)
    if damage == "emptied":
        files.program.write_bytes(b"")
    elif damage == "no settings":
        files.program.with_suffix(".runtimeconfig.json").unlink()
    else:
        shutil.rmtree(files.scripts)
    assert build_host(dotnet, cache) == files
    assert files.program.read_bytes()
    assert files.program.with_suffix(".runtimeconfig.json").exists()
    assert files.scripts.is_dir()


def test_a_host_may_be_kept_where_a_path_has_quotes_and_spaces(dotnet: Dotnet, tmp_path: Path) -> None:
    files = build_host(dotnet, tmp_path / "a \"b' ü,c;d=e")
    run = RunFacts(f"build-{os.getpid()}", "flow", tmp_path, tmp_path)
    start_host(dotnet, files, run, lambda: False).close()


def test_a_compiler_that_fails_itself_says_why(dotnet: Dotnet, tmp_path: Path) -> None:
    broken = tmp_path / "roslyn"
    broken.mkdir()
    for name in ("Microsoft.CodeAnalysis.dll", csharp_build._LIBRARY):
        (broken / name).write_bytes(b"no library")
    with pytest.raises(NotStarted) as caught:
        compile_csharp(dotnet._replace(roslyn=broken), [], tmp_path / "x.dll", [])
    assert "errors = " not in str(caught.value)
    assert "CodeAnalysis" in str(caught.value).rpartition(": ")[2] or "BadImageFormat" in str(caught.value)


def test_another_source_or_compiler_is_another_host(
    dotnet: Dotnet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = csharp_build._name
    before = name(dotnet)
    assert before.startswith(f"{dotnet.version}-")
    monkeypatch.setattr(csharp_build, "host_sources", list)
    without = name(dotnet)
    other = tmp_path / "roslyn"
    other.mkdir()
    (other / csharp_build._LIBRARY).write_bytes(b"other")
    assert len({before, without, name(dotnet._replace(roslyn=other))}) == 3


def test_the_compiler_s_own_program_is_used_where_it_is_there(dotnet: Dotnet, tmp_path: Path) -> None:
    """The real one comes with an SDK; here a stand-in is called as it would be."""
    roslyn = tmp_path / "roslyn"
    shutil.copytree(dotnet.roslyn, roslyn)
    if not (roslyn / "csc.dll").exists():
        source = tmp_path / "csc.cs"
        source.write_text(STAND_IN)
        libraries = [*dotnet.runtime.glob("*.dll"), *dotnet.roslyn.glob("Microsoft.CodeAnalysis*.dll")]
        compile_csharp(dotnet, [source], roslyn / "csc.dll", ["-target:exe", *(f"-r:{path}" for path in libraries)])
        configuration = json.dumps(csharp_build._CONFIGURATION)
        (roslyn / "csc.runtimeconfig.json").write_text(configuration)
    files = build_host(dotnet._replace(roslyn=roslyn), tmp_path / "cache")
    assert files.program.with_suffix(".rsp").exists()
    run = RunFacts(f"build-{os.getpid()}", "flow", tmp_path, tmp_path)
    start_host(dotnet, files, run, lambda: False).close()


def test_what_does_not_compile_says_so(dotnet: Dotnet, tmp_path: Path) -> None:
    source = tmp_path / "bad.cs"
    source.write_text("class {")
    with pytest.raises(NotStarted, match=r"does not compile with .*: .*bad\.cs\(1,7\): error CS1001"):
        compile_csharp(dotnet, [source], tmp_path / "bad.dll", ["-target:library"])


def test_without_program_and_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotStarted, match=r"but not its program csc\.dll") as caught:
        compile_csharp(Dotnet(tmp_path, tmp_path, "8.0.4", tmp_path), [], tmp_path / "x.dll", [])
    assert "pip install pythonnet" in str(caught.value.cure)


def test_a_build_that_nobody_wants_any_more_is_stopped(dotnet: Dotnet, tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="it was stopped"):
        build_host(dotnet, tmp_path / "cache", lambda: True)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]


def test_of_many_at_once_one_builds_and_the_others_wait(dotnet: Dotnet, tmp_path: Path) -> None:
    found = []
    threads = [threading.Thread(target=lambda: found.append(build_host(dotnet, tmp_path / "c"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4


def test_a_lock_that_is_held_can_be_given_up_on(tmp_path: Path) -> None:
    with csharp_build._alone(tmp_path / "lock", lambda: False):
        with pytest.raises(NotStarted, match="another process holds"):
            with csharp_build._alone(tmp_path / "lock", lambda: True):
                pass


def test_a_host_that_nothing_has_used_for_long_goes_when_another_is_built(dotnet: Dotnet, tmp_path: Path) -> None:
    old, used = tmp_path / "1.0.0-old", tmp_path / "1.0.0-used"
    for folder in (old, used):
        folder.mkdir()
    long_ago = time.time() - 40 * 86_400
    os.utime(old, (long_ago, long_ago))
    with pytest.raises(NotStarted):
        build_host(dotnet, tmp_path, lambda: True)
    assert (old.exists(), used.exists()) == (False, True)


def test_a_cache_that_cannot_be_made_is_told(dotnet: Dotnet, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotStarted, match=r"cannot be kept in .*: Not a directory"):
        build_host(dotnet, tmp_path / "file" / "csharp")
