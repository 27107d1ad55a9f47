"""The C# compiler without its command: run by `csharp_build` in an interpreter of its own, where Roslyn has no csc.dll.

A .NET SDK has the compiler as a program; where there are only its libraries, pythonnet reaches them. The arguments
after the first three (the folders of .NET, of Roslyn and for what is written on the way) are those of the command, and
read by its own parser.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["compile_by_library", "main"]


def main(arguments: Sequence[str]) -> int:
    """Compile as ``csc`` would; errors go to standard output, a line each. The exit code is 0 where there are none."""
    root, roslyn, folder = (Path(argument) for argument in arguments[:3])
    errors = compile_by_library(root, roslyn, folder, arguments[3:])
    for error in errors:
        sys.stdout.write(f"{error}\n")
    return 1 if errors else 0


def compile_by_library(root: Path, roslyn: Path, folder: Path, arguments: Sequence[str]) -> list[str]:
    """Compile with these arguments of the ``csc`` command, in this process; gives the errors in the command's words.

    Raises ImportError without pythonnet.
    """
    _start(root, roslyn, folder)
    from Microsoft.CodeAnalysis import MetadataReference, SyntaxTree
    from Microsoft.CodeAnalysis.CSharp import CSharpCommandLineParser, CSharpCompilation, CSharpSyntaxTree
    from Microsoft.CodeAnalysis.Text import SourceText
    from System import Array
    from System.Collections.Generic import List
    from System.IO import File
    from System.Text import Encoding

    command = CSharpCommandLineParser.Default.Parse(Array[str](list(arguments)), str(Path.cwd()), None)
    if command.Errors.Length:
        return [str(error) for error in command.Errors]
    references = List[MetadataReference]()
    for reference in command.MetadataReferences:
        references.Add(MetadataReference.CreateFromFile(reference.Reference, reference.Properties))
    trees = List[SyntaxTree]()
    for source in command.SourceFiles:
        text = SourceText.From(File.ReadAllText(source.Path), Encoding.UTF8)
        trees.Add(CSharpSyntaxTree.ParseText(text, command.ParseOptions, source.Path))
    output = Path(command.OutputDirectory) / command.OutputFileName
    return _emit(CSharpCompilation.Create(output.stem, trees, references, command.CompilationOptions), output)


def _emit(compilation: Any, output: Path) -> list[str]:
    from Microsoft.CodeAnalysis.Emit import DebugInformationFormat, EmitOptions
    from System.IO import File, MemoryStream

    assembly, symbols = MemoryStream(), MemoryStream()
    options = EmitOptions(debugInformationFormat=DebugInformationFormat.PortablePdb)
    result = compilation.Emit(assembly, symbols, options=options)
    if not result.Success:
        return [str(one) for one in result.Diagnostics if str(one.Severity) == "Error"]
    File.WriteAllBytes(str(output.with_suffix(".pdb")), symbols.ToArray())
    File.WriteAllBytes(str(output), assembly.ToArray())
    return []


def _start(root: Path, roslyn: Path, folder: Path) -> None:
    """Start .NET in this process, with Roslyn in it."""
    from clr_loader import get_coreclr
    from pythonnet import set_runtime

    configuration = folder / "bootstrap.runtimeconfig.json"
    framework = {"name": "Microsoft.NETCore.App", "version": "8.0.0"}
    options = {"tfm": "net8.0", "rollForward": "LatestMajor", "framework": framework}
    configuration.write_text(json.dumps({"runtimeOptions": options}), encoding="utf-8")
    set_runtime(get_coreclr(runtime_config=str(configuration), dotnet_root=str(root)))
    import clr

    for library in ("Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp"):
        clr.AddReference(str(roslyn / f"{library}.dll"))
