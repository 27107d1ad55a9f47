// What an attempt executes: a compiled script, or a class of an assembly; and what its exceptions tell.
#nullable enable
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CSharp.RuntimeBinder;

namespace Wflow;

using Program = Func<Context, Task<object?>>;

/// <summary>A compiled script is not there, or is none: the engine has it compiled anew.</summary>
sealed class Unloadable(string path, Exception reason) : Exception($"{path}: {reason.Message}");

/// <summary>Scripts and classes that this process has loaded, each once.</summary>
static class Programs
{
    static readonly Dictionary<string, Program> Loaded = [];
    static readonly Dictionary<string, Assembly> Assemblies = [];

    public static Program Find(JsonElement request)
    {
        var path = request.GetProperty("program").GetString()!;
        var type = request.TryGetProperty("class", out var named) ? named.GetString() : null;
        foreach (var folder in request.GetProperty("references").EnumerateArray())
            References.Add(folder.GetString()!);
        var key = $"{path}\n{type}";
        if (!Loaded.TryGetValue(key, out var program))
            Loaded[key] = program = type is null ? Script(path) : Class(path, type);
        return program;
    }

    static Program Script(string path)
    {
        Func<object?[], Task<object?>> submit;
        try
        {
            var assembly = Assembly.Load(File.ReadAllBytes(path), File.ReadAllBytes(Path.ChangeExtension(path, ".pdb")));
            const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
            var factories = assembly.GetTypes().Select(type => type.GetMethod("<Factory>", Any));
            submit = factories.First(one => one is not null)!.CreateDelegate<Func<object?[], Task<object?>>>();
        }
        catch (Exception error) when (error is IOException or BadImageFormatException or InvalidOperationException)
        {
            throw new Unloadable(path, error);
        }
        // A submission finds its globals in the first place of the list, and puts itself into the second.
        return context => submit([context, null]);
    }

    static Program Class(string path, string name)
    {
        if (!Assemblies.TryGetValue(path, out var assembly))
            Assemblies[path] = assembly = new Beside(path).Main;
        var type = assembly.GetType(name) ?? throw new TypeLoadException(
            $"{Path.GetFileName(path)} has no class {name}; it has {Names(assembly)}");
        var method = type.GetMethods().FirstOrDefault(one => one.Name == "ExecuteAsync" && Takes(one)) ??
            throw new MissingMethodException(
                $"{name} has no method `Task<object> ExecuteAsync(context, CancellationToken)` whose context is an object, "
                + "`dynamic` or an interface");
        return async context =>
        {
            var instance = method.IsStatic ? null : Activator.CreateInstance(type);
            try
            {
                return await Awaited(method.Invoke(
                    instance, BindingFlags.DoNotWrapExceptions, null, Arguments(method, context), null));
            }
            finally
            {
                if (instance is IAsyncDisposable later)
                    await later.DisposeAsync();
                else
                    (instance as IDisposable)?.Dispose();
            }
        };
    }

    static string Names(Assembly assembly)
    {
        var names = assembly.GetExportedTypes().Where(one => one.IsClass).Select(one => one.FullName).Take(10);
        return string.Join(", ", names) is { Length: > 0 } list ? list : "no public class";
    }

    static bool Takes(MethodInfo method)
    {
        var types = method.GetParameters().Select(one => one.ParameterType).ToArray();
        return !method.IsGenericMethod && types.Length is 1 or 2
            && (types[0].IsInterface || types[0].IsAssignableFrom(typeof(Context)))
            && (types.Length == 1 || types[1] == typeof(CancellationToken));
    }

    static object?[] Arguments(MethodInfo method, Context context)
    {
        var types = method.GetParameters().Select(one => one.ParameterType).ToArray();
        var first = types[0].IsInstanceOfType(context) ? context : Likeness.Of(context, types[0]);
        return types.Length == 1 ? [first] : [first, context.CancellationToken];
    }

    static async Task<object?> Awaited(object? value)
    {
        if (value?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>))
            value = type.GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(value, null);
        if (value is ValueTask plain)
            value = plain.AsTask();
        if (value is not Task task)
            return value;
        await task;
        var result = task.GetType().GetProperty(nameof(Task<int>.Result));
        // What is awaited only is a Task<VoidTaskResult> underneath.
        return result is null || result.PropertyType.Name == "VoidTaskResult" ? null : result.GetValue(task);
    }

    /// <summary>A class's assembly, with those that lie beside it.</summary>
    sealed class Beside : AssemblyLoadContext
    {
        readonly AssemblyDependencyResolver resolver;

        public Beside(string path)
        {
            resolver = new AssemblyDependencyResolver(path);
            try
            {
                Main = Read(path);
            }
            catch (BadImageFormatException)
            {
                throw new BadImageFormatException($"{Path.GetFileName(path)} is no .NET assembly");
            }
        }

        public Assembly Main { get; }

        protected override Assembly? Load(AssemblyName name)
        {
            if (name.Name == StandIn.Name)
                return LoadFromStream(new MemoryStream(StandIn.Image(name.Version ?? new Version(0, 0, 0, 0))));
            return name.Name != typeof(Context).Assembly.GetName().Name && resolver.ResolveAssemblyToPath(name) is { } path
                ? Read(path)
                : null;
        }

        // From memory, so that the file can be built anew while a run goes on.
        Assembly Read(string path)
        {
            using var assembly = new MemoryStream(File.ReadAllBytes(path));
            var symbols = Path.ChangeExtension(path, ".pdb");
            if (!File.Exists(symbols))
                return LoadFromStream(assembly);
            using var lines = new MemoryStream(File.ReadAllBytes(symbols));
            return LoadFromStream(assembly, lines);
        }
    }
}

/// <summary>What an exception tells: type, message, and a stack that ends where the script began.</summary>
static class Faults
{
    public static void Write(Utf8JsonWriter json, Exception error)
    {
        while (error is TargetInvocationException or AggregateException { InnerExceptions.Count: 1 }
            && error.InnerException is { } inner)
            error = inner;
        json.WriteStartObject("failed");
        json.WriteString("type", Name(error.GetType()));
        json.WriteString("message", Message(error));
        json.WriteString("stack", Told(error));
        if (error is NotJson refused)
        {
            json.WriteString("where", refused.Where);
            json.WriteString("reason", refused.Reason);
        }
        if (error is Undeclared undeclared)
        {
            json.WriteString("undeclared", undeclared.Kind);
            json.WriteString("name", undeclared.Name);
        }
        json.WriteEndObject();
    }

    static string Name(Type type) => type.Name.Split('`')[0];

    static string Message(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception other)
        {
            return $"(the message of this {error.GetType()} could not be made: it raised {other.GetType()})";
        }
    }

    static string Told(Exception error)
    {
        var text = new StringBuilder();
        var depth = 0;
        for (var one = error; one is not null && depth++ < 20; one = one.InnerException)
        {
            text.Append(depth > 1 ? " ---> " : "").Append(one.GetType()).Append(": ").Append(Message(one)).Append('\n');
            foreach (var line in (one.StackTrace ?? "").Split('\n'))
                if (Cleaned(line.TrimEnd('\r')) is { Length: > 0 } cleaned)
                    text.Append(cleaned).Append('\n');
        }
        return text.ToString();
    }

    static string Cleaned(string line)
    {
        if (line.StartsWith("--- End of stack trace", StringComparison.Ordinal) || Frames.Ours.IsMatch(line))
            return "";
        return Frames.Submission.Replace(line, match => match.Groups["name"].Value is { Length: > 0 } name
            ? $"   at {name}("
            : "   at <script>(");
    }

    // Made when the first exception is told.
    static class Frames
    {
        public static readonly Regex Ours = new(
            @"^   at (Wflow\.|CallSite\.Target|System\.Dynamic\.UpdateDelegates\.|System\.Reflection\.MethodBaseInvoker\."
            + @"|System\.RuntimeMethodHandle\.|System\.Threading\.ExecutionContext\.RunInternal)");

        // A script's own code is a method of a state machine; its functions and lambdas keep their names beside.
        public static readonly Regex Submission = new(
            @"^   at Script\.(<<Initialize>>d__\d+\.MoveNext"
            + @"|(<>c(__DisplayClass[\d_]+)?\.)?<<Initialize>>[gb]__(?<name>\w*?)(\|[\d_]+|[\d_]*)"
            + @"|<(?<name>\w+)>d__\d+\.MoveNext|(?<name>[\w.]+))\(");
    }
}

/// <summary>What the first script would wait for, done while the engine has none yet.</summary>
static class Warm
{
    public static void Up()
    {
        try
        {
            using var document = JsonDocument.Parse("""{"a": [1, "b", {"c": 2.5}]}""");
            dynamic? value = Values.Read(document.RootElement);
            Values.Json(value, "");
            dynamic text = "5";
            dynamic one = 1;
            if (one + 1 > 1 && text == "5")
                GC.KeepAlive((string)text);
            GC.KeepAlive((long)one);
            var lines = new StackTrace(true).ToString();
            GC.KeepAlive(lines);
        }
        catch (Exception)
        {
            // Nothing was promised.
        }
    }
}
