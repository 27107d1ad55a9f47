"""A C# script that compiles a library, for tests: the compiler is within reach of a script as of any program."""

from __future__ import annotations

from pathlib import Path

__all__ = ["library_script"]

_SCRIPT = """
#r "ROSLYN/Microsoft.CodeAnalysis.dll"
#r "ROSLYN/Microsoft.CodeAnalysis.CSharp.dll"
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
var output = (string)GetInput("output");
var source = SourceText.From((string)GetInput("source"), Encoding.UTF8);
var references = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location), "*.dll")
    .Concat((string[])GetInput("references")).Select(path => MetadataReference.CreateFromFile(path));
var trees = new[] { CSharpSyntaxTree.ParseText(source, path: "steps.cs") };
var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary);
var compilation = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(output), trees, references, options);
var (assembly, symbols) = (new MemoryStream(), new MemoryStream());
var format = new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb);
var result = compilation.Emit(assembly, symbols, options: format);
File.WriteAllBytes(output, assembly.ToArray());
File.WriteAllBytes(Path.ChangeExtension(output, ".pdb"), symbols.ToArray());
return string.Join("|", result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error));
"""


def library_script(roslyn: Path | str) -> str:
    """The script. Of its input it takes ``source``, the paths ``references``, and ``output``, where the library goes;
    its result is the errors of the compiler, one after another.
    """
    return _SCRIPT.replace("ROSLYN", str(roslyn))
