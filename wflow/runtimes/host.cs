// The process that C# nodes run in. It reads requests, one JSON object a line, from one file descriptor, and answers on
// another; `csharp_process.py` is the other end. It compiles scripts for all hosts, or runs scripts one after another.
//
// Arguments: the two descriptors, and the folder of Roslyn. When the engine is gone, the first of the descriptors is at
// its end, and this process ends with what it has started, whatever a script is doing.
#nullable enable
using System;
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Wflow;

/// <summary>The process itself: requests in, answers out.</summary>
public static class Host
{
    static readonly object Answering = new();
    static FileStream answers = null!;

    public static int Main(string[] arguments)
    {
        var (requests, roslyn) = Open(arguments);
        // A folder of references, or of Roslyn, is where an assembly is looked for that .NET itself does not have.
        AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) => References.Find(new AssemblyName(wanted.Name).Name!);
        References.Add(roslyn);
        Surroundings.Reset();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Terminate);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Attempt.Running?.Flush();
        Answer(json => json.WriteString("ready", Environment.Version.ToString()));
        var queue = new BlockingCollection<byte[]>();
        new Thread(() => Read(requests, queue)) { IsBackground = true, Name = "requests" }.Start();
        new Thread(Warm.Up) { IsBackground = true, Name = "warm-up", Priority = ThreadPriority.BelowNormal }.Start();
        foreach (var line in queue.GetConsumingEnumerable())
        {
            using var request = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 1024 });
            Serve(request.RootElement);
        }
        return 0;
    }

    static (FileStream, string) Open(string[] arguments)
    {
        // What the engine sets to have no socket of a debugger in /tmp is not meant for what scripts start.
        if (Environment.GetEnvironmentVariable("WFLOW_HOST_DIAGNOSTICS") is { Length: > 0 } name)
        {
            Environment.SetEnvironmentVariable(name, null);
            Environment.SetEnvironmentVariable("WFLOW_HOST_DIAGNOSTICS", null);
        }
        var from = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var to = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        // A process that a script leaves running must not keep the engine waiting for an answer.
        Native.CloseOnExec(from);
        Native.CloseOnExec(to);
        answers = new FileStream(new(to, true), FileAccess.Write, 0);
        return (new FileStream(new(from, true), FileAccess.Read, 0), arguments[2]);
    }

    static void Read(FileStream requests, BlockingCollection<byte[]> queue)
    {
        var line = new ArrayBufferWriter<byte>();
        var buffer = new byte[1 << 16];
        try
        {
            while (requests.Read(buffer) is var count and > 0)
            {
                var rest = buffer.AsSpan(0, count);
                while (rest.IndexOf((byte)'\n') is var end and >= 0)
                {
                    line.Write(rest[..end]);
                    queue.Add(line.WrittenSpan.ToArray());
                    line.Clear();
                    rest = rest[(end + 1)..];
                }
                line.Write(rest);
            }
        }
        catch (IOException)
        {
        }
        Native.EndGroup();
    }

    static void Serve(JsonElement request)
    {
        if (request.TryGetProperty("compile", out var what))
            Answer(json => Compiler.Compile(what, json));
        else
            new Attempt(request.GetProperty("run")).Run();
    }

    /// <summary>One line to the engine: an object with what <paramref name="write"/> puts into it.</summary>
    internal static void Answer(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Values.Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        lock (Answering)
            answers.Write(buffer.WrittenSpan);
    }

    // A script that looks at its CancellationToken is given the time to end by itself; any other is ended here.
    static void Terminate(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Attempt.Running is not { Cooperative: true } attempt)
            Native.Exit(143);
        else
            attempt.Cancel();
    }
}

/// <summary>One execution of a node's script or class, from its request to its answer.</summary>
sealed class Attempt
{
    static readonly AsyncLocal<Attempt?> Local = new();

    readonly JsonElement request;
    readonly CancellationTokenSource stop = new();
    readonly Printed[] printed;
    readonly Context context;
    volatile bool ended;
    volatile bool cancelled;

    public Attempt(JsonElement request)
    {
        this.request = request;
        var secrets = new List<string>();
        foreach (var secret in request.GetProperty("secrets").EnumerateArray())
            secrets.Add(secret.GetString()!);
        printed = [new Printed(1, secrets), new Printed(2, secrets)];
        context = new Context(this, request);
    }

    /// <summary>The attempt that this process executes now.</summary>
    public static Attempt? Running { get; private set; }

    /// <summary>The attempt that the calling thread belongs to; null once that has ended.</summary>
    public static Attempt? Current => (Local.Value ?? Running) is { ended: false } attempt ? attempt : null;

    /// <summary>Whether the script has asked for its token: then a request to stop is its own to follow.</summary>
    public bool Cooperative { get; private set; }

    public CancellationToken Token
    {
        get
        {
            Cooperative = true;
            return stop.Token;
        }
    }

    public void Cancel()
    {
        cancelled = true;
        Task.Run(stop.Cancel);
    }

    public void Run()
    {
        Running = this;
        Exception? failed = null;
        ArrayBufferWriter<byte>? result = null;
        // Culture and other values of the thread's flow are the attempt's own.
        ExecutionContext.Run(ExecutionContext.Capture()!, _ =>
        {
            Local.Value = this;
            try
            {
                Surroundings.Enter(request);
                var value = Programs.Find(request)(context).GetAwaiter().GetResult();
                result = context.Result(value);
            }
            catch (Exception error)
            {
                failed = error;
            }
        }, null);
        ended = true;
        Flush();
        Running = null;
        if (cancelled)
            Native.Exit(143);
        Surroundings.Leave();
        if (failed is not null)
            Host.Answer(json => Faults.Write(json, failed));
        else
            Host.Answer(json =>
            {
                json.WritePropertyName("done");
                json.WriteRawValue(result!.WrittenSpan, true);
            });
        // While the engine sees to the answer.
        Surroundings.Reset();
    }

    public void Print(int which, string text)
    {
        if (!ended)
            printed[which].Write(text);
    }

    public void Flush()
    {
        foreach (var one in printed)
            one.Flush();
    }

    public void Progress(double percent, string message)
    {
        if (double.IsNaN(percent))
            throw new ArgumentException("ReportProgress takes a number from 0 to 100, not NaN");
        if (!ended)
            Host.Answer(json =>
            {
                json.WriteStartArray("progress");
                json.WriteNumberValue(Math.Clamp(percent, 0, 100));
                json.WriteStringValue(message);
                json.WriteEndArray();
            });
    }
}

/// <summary>Where assemblies are looked for that .NET itself does not have.</summary>
static class References
{
    static readonly List<string> Folders = [];
    static readonly Dictionary<string, Assembly> Loaded = [];

    public static void Add(string folder)
    {
        lock (Folders)
            if (folder.Length > 0 && !Folders.Contains(folder))
                Folders.Add(folder);
    }

    public static Assembly? Find(string name)
    {
        lock (Folders)
        {
            if (Loaded.TryGetValue(name, out var known))
                return known;
            foreach (var folder in Folders)
                if (Path.Combine(folder, name + ".dll") is var path && File.Exists(path))
                    return Loaded[name] = AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
            return null;
        }
    }
}
