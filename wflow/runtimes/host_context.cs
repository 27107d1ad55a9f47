// What a script sees: the names of the table in the file format.
#nullable enable
using System;
using System.Buffers;
using System.Collections.Generic;
using System.Numerics;
using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using System.Threading;
using Microsoft.CSharp.RuntimeBinder;

namespace Wflow;

/// <summary>A name that the workflow file does not declare.</summary>
sealed class Undeclared(string kind, string name) : KeyNotFoundException($"the workflow declares no {kind} `{name}`")
{
    public string Kind => kind;

    public string Name => name;
}

/// <summary>The names that a script sees as its own, and a class as those of its context.</summary>
public class Context
{
    readonly Attempt attempt;
    readonly JsonElement given;
    readonly List<(string Operation, string Name, JsonElement Value)> operations = [];
    readonly Dictionary<string, JsonElement> written = [];
    readonly object writing = new();
    Dictionary<string, object?>? input;
    Dictionary<string, object?>? parameters;

    internal Context(Attempt attempt, JsonElement given)
    {
        this.attempt = attempt;
        this.given = given;
        RunId = given.GetProperty("run_id").GetString()!;
    }

    /// <summary>The whole input, by its keys.</summary>
    public IDictionary<string, dynamic?> Input
    {
        get
        {
            lock (writing)
                return input ??= Values.Mapping(given.GetProperty("input"));
        }
    }

    /// <summary>What the node gives to those after it.</summary>
    public IDictionary<string, dynamic?> Output { get; } = new Dictionary<string, object?>();

    /// <summary>The attempt's own scratch.</summary>
    public IDictionary<string, dynamic?> Local { get; } = new Dictionary<string, object?>();

    /// <summary>The run's id.</summary>
    public string RunId { get; }

    /// <summary>Cancelled when the node is to stop. A script that asks for it is given time to end by itself.</summary>
    public CancellationToken CancellationToken => attempt.Token;

    /// <summary>An input; null where there is none of that name.</summary>
    public dynamic? GetInput(string key) => Input.TryGetValue(key, out var value) ? value : null;

    /// <summary>An input as that type.</summary>
    public T GetInput<T>(string key) => (T)Conversion.To((object?)GetInput(key), typeof(T), $"input `{key}`")!;

    /// <summary>Set an output.</summary>
    public void SetOutput(string key, object? value)
    {
        lock (writing)
            Output[key] = value;
    }

    /// <summary>A variable of the run, with what this script wrote to it: a copy of its own.</summary>
    public dynamic? GetGlobal(string name)
    {
        lock (writing)
            return Values.Read(Global(name));
    }

    /// <summary>A variable as that type.</summary>
    public T GetGlobal<T>(string name) =>
        (T)Conversion.To((object?)GetGlobal(name), typeof(T), $"variable `{name}`")!;

    /// <summary>Replace a variable's value.</summary>
    public void SetGlobal(string name, object? value)
    {
        lock (writing)
        {
            Global(name);
            Record("set", name, Values.Json(value, $"variables.{name}"), null);
        }
    }

    /// <summary>Add 1 to a variable.</summary>
    public void AddGlobal(string name) => AddGlobal(name, 1);

    /// <summary>Add a number to a variable; no addition of another node is lost.</summary>
    public void AddGlobal(string name, object? number)
    {
        lock (writing)
        {
            var before = Values.Read(Global(name));
            var added = Values.Read(Element(Values.Json(number, $"variables.{name}")));
            if (!IsNumber(before ?? 0) || !IsNumber(added))
                throw new ArgumentException(
                    $"cannot add {Kind(added)} to variable `{name}`, which is {Kind(before)}");
            var json = Values.Json(added, $"variables.{name}");
            Record("add", name, json, Values.Json(Sum(before ?? 0, added!), $"variables.{name}"));
        }
    }

    /// <summary>A parameter of the run.</summary>
    public dynamic? GetParam(string name)
    {
        lock (writing)
            parameters ??= Values.Mapping(given.GetProperty("params"));
        return parameters.TryGetValue(name, out var value) ? value : throw new Undeclared("parameter", name);
    }

    /// <summary>A parameter as that type.</summary>
    public T GetParam<T>(string name) =>
        (T)Conversion.To((object?)GetParam(name), typeof(T), $"parameter `{name}`")!;

    /// <summary>Say how far the script is: 0 to 100, and a word about it.</summary>
    public void ReportProgress(double percent, string message = "") => attempt.Progress(percent, message);

    /// <summary>The answer's body: the outputs, what was returned, the writes to variables.</summary>
    internal ArrayBufferWriter<byte> Result(object? returned)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Values.Options);
        json.WriteStartObject();
        json.WriteStartObject("output");
        foreach (var (key, value) in Output)
        {
            json.WritePropertyName(key);
            Values.Write(json, value, key, 0);
        }
        json.WriteEndObject();
        if (returned is not null)
        {
            json.WritePropertyName("returned");
            Values.Write(json, returned, "return", 0);
        }
        json.WriteStartArray("operations");
        lock (writing)
            foreach (var (operation, name, value) in operations)
            {
                json.WriteStartArray();
                json.WriteStringValue(operation);
                json.WriteStringValue(name);
                value.WriteTo(json);
                json.WriteEndArray();
            }
        json.WriteEndArray();
        json.WriteEndObject();
        return buffer;
    }

    JsonElement Global(string name) =>
        written.TryGetValue(name, out var own) ? own
            : given.GetProperty("variables").TryGetProperty(name, out var value) ? value
            : throw new Undeclared("variable", name);

    void Record(string operation, string name, byte[] value, byte[]? now)
    {
        var element = Element(value);
        operations.Add((operation, name, element));
        written[name] = now is null ? element : Element(now);
    }

    static JsonElement Element(byte[] json) => JsonSerializer.Deserialize<JsonElement>(json);

    static bool IsNumber(object? value) => value is int or long or double or BigInteger;

    static object Sum(object one, object other) => one is double || other is double
        ? Convert.ToDouble(one is BigInteger a ? (double)a : one) + Convert.ToDouble(other is BigInteger b ? (double)b : other)
        : Whole(one) + Whole(other);

    static BigInteger Whole(object value) => value is BigInteger big ? big : new BigInteger(Convert.ToInt64(value));

    static string Kind(object? value) => value switch
    {
        null => "null",
        bool => "a boolean",
        string => "a string",
        List<object?> => "a list",
        Dictionary<string, object?> => "a mapping",
        _ => "a number",
    };
}

/// <summary>Stands in for a context whose type is an interface of the class's own.</summary>
public class ContextProxy : DispatchProxy
{
    /// <summary>What is done when a member of the interface is called.</summary>
    public Func<MethodInfo, object?[], object?> Called { get; set; } = null!;

    protected override object? Invoke(MethodInfo? method, object?[]? arguments) => Called(method!, arguments ?? []);
}

/// <summary>A context by an interface of the class's own: its members are looked up by their names in ours.</summary>
static class Likeness
{
    static readonly Dictionary<AssemblyLoadContext, Assembly> Hosts = [];

    public static object Of(Context context, Type type)
    {
        var proxy = Host(AssemblyLoadContext.GetLoadContext(type.Assembly)!).GetType(typeof(ContextProxy).FullName!)!;
        var create = typeof(DispatchProxy).GetMethod(nameof(DispatchProxy.Create), 2, [])!;
        var made = create.MakeGenericMethod(type, proxy).Invoke(null, null)!;
        Func<MethodInfo, object?[], object?> called = (method, arguments) => Call(context, method, arguments);
        proxy.GetProperty(nameof(ContextProxy.Called))!.SetValue(made, called);
        return made;
    }

    // The proxy is made beside its base class, and finds there the assembly of the interface by its name: of those that
    // have one name, the class's own is found only where a base class is loaded for it.
    static Assembly Host(AssemblyLoadContext classes)
    {
        if (!Hosts.TryGetValue(classes, out var host))
        {
            var own = typeof(Context).Assembly;
            host = classes == AssemblyLoadContext.Default ? own : new Aside(classes).LoadFromAssemblyPath(own.Location);
            Hosts[classes] = host;
        }
        return host;
    }

    /// <summary>What is there for the classes, but for what only they are to find.</summary>
    sealed class Aside(AssemblyLoadContext classes) : AssemblyLoadContext
    {
        protected override Assembly? Load(AssemblyName name) =>
            name.Name == StandIn.Name ? null : classes.LoadFromAssemblyName(name);
    }

    static object? Call(Context context, MethodInfo wanted, object?[] given)
    {
        foreach (var candidate in typeof(Context).GetMethods())
        {
            if (candidate.Name != wanted.Name || candidate.IsGenericMethod != wanted.IsGenericMethod
                || candidate.GetParameters().Length != given.Length)
                continue;
            var own = candidate.IsGenericMethod ? candidate.MakeGenericMethod(wanted.GetGenericArguments()) : candidate;
            var types = own.GetParameters();
            var values = new object?[given.Length];
            for (var at = 0; at < given.Length; at++)
                values[at] = Conversion.To(given[at], types[at].ParameterType, $"`{types[at].Name}`");
            var result = own.Invoke(context, BindingFlags.DoNotWrapExceptions, null, values, null);
            return wanted.ReturnType == typeof(void) ? null : Conversion.To(result, wanted.ReturnType, wanted.Name);
        }
        throw new NotSupportedException($"a node's context has no `{wanted.Name}` with {given.Length} arguments");
    }
}
