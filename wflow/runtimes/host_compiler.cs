// Scripts to assemblies, through Roslyn. Only a host that is asked to compile loads it.
#nullable enable
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace Wflow;

/// <summary>Compiles the text of a script into an assembly on the disk.</summary>
static class Compiler
{
    static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.Diagnostics", "System.IO", "System.Linq", "System.Net.Http",
        "System.Text", "System.Threading", "System.Threading.Tasks",
    ];

    static readonly Dictionary<string, string> Platform = PlatformAssemblies();
    static List<MetadataReference>? references;

    /// <summary>
    /// Answer <c>"errors"</c>: a list of {file, line, column, code, message}, none where the assembly is at its path; or
    /// <c>"problem"</c>, where it could not be put there.
    /// </summary>
    public static void Compile(JsonElement request, Utf8JsonWriter json)
    {
        // Roslyn speaks the language of its user, as far as it has it; a journal is read by others.
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        List<Diagnostic> errors;
        try
        {
            errors = Emit(request);
        }
        catch (Exception error)
        {
            json.WriteString("problem", error.Message);
            return;
        }
        json.WriteStartArray("errors");
        foreach (var error in errors)
        {
            var span = error.Location.GetMappedLineSpan();
            json.WriteStartObject();
            json.WriteString("file", span.Path ?? "");
            json.WriteNumber("line", span.IsValid ? span.StartLinePosition.Line + 1 : 0);
            json.WriteNumber("column", span.IsValid ? span.StartLinePosition.Character + 1 : 0);
            json.WriteString("code", error.Id);
            json.WriteString("message", error.GetMessage(CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static List<Diagnostic> Emit(JsonElement request)
    {
        var name = request.GetProperty("name").GetString()!;
        var path = request.GetProperty("path").GetString()!;
        var folder = request.GetProperty("folder").GetString()!;
        var source = request.GetProperty("source").GetString()!;
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        var format = new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb);
        var result = Compilation(name, source, folder).Emit(assembly, symbols, options: format);
        var errors = result.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error).ToList();
        // Of a script without a statement nothing is made, which is no error.
        if (!result.Success && errors.Count == 0)
            Compilation(name, source + "\nreturn null;", folder).Emit(assembly, symbols, options: format);
        if (errors.Count > 0)
            return errors;
        // The symbols first: who finds the assembly finds both.
        Put(Path.ChangeExtension(path, ".pdb"), symbols);
        Put(path, assembly);
        return [];
    }

    static CSharpCompilation Compilation(string name, string source, string folder)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script);
        var text = SourceText.From(source, Encoding.UTF8);
        var tree = CSharpSyntaxTree.ParseText(text, parsing, Path.Combine(folder, "script"));
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            usings: Usings,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true,
            concurrentBuild: false,
            sourceReferenceResolver: new Sources(folder),
            metadataReferenceResolver: new Assemblies(folder, Platform));
        return CSharpCompilation.CreateScriptCompilation(
            name, tree, references ??= PlatformReferences(), options, null, typeof(object), typeof(Context));
    }

    static void Put(string path, MemoryStream content)
    {
        var unfinished = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(unfinished, content.ToArray());
        File.Move(unfinished, path, true);
    }

    static Dictionary<string, string> PlatformAssemblies()
    {
        var paths = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var assemblies = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            assemblies[Path.GetFileNameWithoutExtension(path)] = path;
        return assemblies;
    }

    static List<MetadataReference> PlatformReferences() => Platform
        // `dynamic` in scripts is that of host_binder.cs, which has the names of this one.
        .Where(one => one.Key != "Microsoft.CSharp")
        .Select(one => (MetadataReference)MetadataReference.CreateFromFile(one.Value))
        .ToList();

    /// <summary>Files named by <c>#load</c>; the names that <c>#line</c> gives stay as they are.</summary>
    sealed class Sources(string folder) : SourceFileResolver(ImmutableArray<string>.Empty, folder)
    {
        public override string NormalizePath(string path, string? baseFilePath) => path;
    }

    /// <summary>Assemblies named by <c>#r</c>: a path from the script's folder, or a name that .NET knows.</summary>
    sealed class Assemblies(string folder, Dictionary<string, string> platform) : MetadataReferenceResolver
    {
        readonly string folder = folder;

        public override ImmutableArray<PortableExecutableReference> ResolveReference(
            string reference, string? baseFilePath, MetadataReferenceProperties properties)
        {
            var near = Path.GetFullPath(reference, Path.GetDirectoryName(baseFilePath) is { Length: > 0 } at ? at : folder);
            if (File.Exists(near))
                return [MetadataReference.CreateFromFile(near, properties)];
            return platform.TryGetValue(reference, out var path)
                ? [MetadataReference.CreateFromFile(path, properties)]
                : [];
        }

        public override bool Equals(object? other) => other is Assemblies resolver && resolver.folder == folder;

        public override int GetHashCode() => folder.GetHashCode(StringComparison.Ordinal);
    }
}
