// What a process has one of, and each attempt sees as its own: environment, console, logs, file descriptors.
#nullable enable
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Wflow;

/// <summary>What a process has one of: environment, folder, console, culture, as an attempt wants it.</summary>
static class Surroundings
{
    static readonly TextWriter Out = TextWriter.Synchronized(new LogWriter(0));
    static readonly TextWriter Error = TextWriter.Synchronized(new LogWriter(1));
    static readonly Dictionary<string, string> Own = [];

    static Surroundings()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            Own[(string)entry.Key] = (string)entry.Value!;
    }

    public static void Enter(JsonElement request)
    {
        Native.Redirect(1, request.GetProperty("out").GetString()!);
        Native.Redirect(2, request.GetProperty("err").GetString()!);
        foreach (var entry in request.GetProperty("env").EnumerateObject())
            Environment.SetEnvironmentVariable(entry.Name, entry.Value.GetString());
        Directory.SetCurrentDirectory(request.GetProperty("folder").GetString()!);
    }

    public static void Leave()
    {
        Native.Redirect(1, "/dev/null");
        Native.Redirect(2, "/dev/null");
    }

    /// <summary>Take back what the attempt has changed, itself or for it.</summary>
    public static void Reset()
    {
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            if (!Own.ContainsKey((string)entry.Key))
                Environment.SetEnvironmentVariable((string)entry.Key, null);
        foreach (var (name, value) in Own)
            if (Environment.GetEnvironmentVariable(name) != value)
                Environment.SetEnvironmentVariable(name, value);
        Console.SetIn(TextReader.Null);
        Console.SetOut(Out);
        Console.SetError(Error);
        CultureInfo.DefaultThreadCurrentCulture = null;
        CultureInfo.DefaultThreadCurrentUICulture = null;
        Environment.ExitCode = 0;
    }
}

/// <summary>One log of an attempt: written as it comes; where there are secrets, in lines and without them.</summary>
sealed class Printed(int descriptor, List<string> secrets)
{
    const int Longest = 8192;

    readonly StringBuilder pending = new();

    public void Write(string text)
    {
        lock (pending)
        {
            pending.Append(text);
            // A secret may come in parts, and what breaks this process asks for no flush.
            if (secrets.Count == 0 || pending.Length > Longest || text.Contains('\n'))
                Put(whole: secrets.Count == 0);
        }
    }

    public void Flush()
    {
        lock (pending)
            if (pending.Length > 0)
                Put(whole: true);
    }

    void Put(bool whole)
    {
        var text = pending.ToString();
        foreach (var secret in secrets)
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        var end = whole ? text.Length : text.LastIndexOf('\n') + 1;
        // A secret may stand across the cut; it is at most as long as the first.
        if (end == 0)
            end = text.Length - (secrets.Count > 0 ? secrets[0].Length : 0);
        pending.Clear();
        if (end <= 0)
        {
            pending.Append(text);
            return;
        }
        Native.Write(descriptor, Encoding.UTF8.GetBytes(text[..end]));
        pending.Append(text, end, text.Length - end);
    }
}

/// <summary>Console.Out and Console.Error: what a thread writes goes to the log of its attempt.</summary>
sealed class LogWriter(int which) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => Encoding.UTF8;

    public override IFormatProvider FormatProvider => CultureInfo.CurrentCulture;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void Write(string? value)
    {
        if (!string.IsNullOrEmpty(value))
            Attempt.Current?.Print(which, value);
    }

    public override void WriteLine(string? value) => Write(value + "\n");
}

/// <summary>What .NET does not do: file descriptors by their number, and an end without ceremony.</summary>
static class Native
{
    const int WriteOnly = 1;

    // The calls here have no optional argument: not every system passes those as a fixed signature would.
    static readonly int Appending = OperatingSystem.IsLinux() ? 0x400 : 0x8;
    static readonly nuint CloseOnExecRequest = OperatingSystem.IsLinux() ? 0x5451u : 0x20006601u;

    public static void CloseOnExec(int descriptor) => ioctl(descriptor, CloseOnExecRequest);

    public static void Exit(int code) => _exit(code);

    /// <summary>End this process and all of its group, at once.</summary>
    public static void EndGroup()
    {
        kill(0, 9);
        _exit(137);
    }

    public static void Redirect(int descriptor, string path)
    {
        var file = open(path, WriteOnly | Appending);
        if (file < 0)
            throw new IOException($"the log {path} cannot be opened");
        // It has the number itself where a script has closed what it stood for.
        if (file == descriptor)
            return;
        dup2(file, descriptor);
        close(file);
    }

    public static void Write(int descriptor, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var written = write(descriptor, ref MemoryMarshal.GetReference(data), data.Length);
            if (written < 0 && Marshal.GetLastPInvokeError() == 4)
                continue;
            if (written <= 0)
                return;
            data = data[(int)written..];
        }
    }

    [DllImport("libc")] static extern int ioctl(int descriptor, nuint request);
    [DllImport("libc")] static extern void _exit(int code);
    [DllImport("libc")] static extern int kill(int process, int signal);
    [DllImport("libc")] static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
    [DllImport("libc")] static extern int dup2(int from, int to);
    [DllImport("libc")] static extern int close(int descriptor);
    [DllImport("libc", SetLastError = true)] static extern nint write(int descriptor, ref byte data, nint count);
}
