// Values of a workflow as C# has them, and what C# has as values of a workflow: JSON, read and written.
#nullable enable
using System;
using System.Buffers;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Threading.Tasks;

namespace Wflow;

/// <summary>A value that is no JSON value; Where is its place, such as <c>rows[3].when</c>.</summary>
sealed class NotJson(string where, string reason) : Exception($"`{where}` {reason}")
{
    public string Where => where;

    public string Reason => reason;
}

/// <summary>JSON to objects and back: null, bool, int, long, BigInteger, double, string, List, Dictionary.</summary>
static class Values
{
    const int Deepest = 200;

    public static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = 1024,
    };

    static readonly UTF8Encoding Strict = new(false, true);
    static readonly ConcurrentDictionary<Type, Member[]> Shapes = new();

    readonly record struct Member(string Name, Func<object, object?> Get);

    /// <summary>The value as an object of its own: a whole number is an int where it fits, else a long.</summary>
    public static object? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => Number(value),
        JsonValueKind.Array => List(value),
        JsonValueKind.Object => Mapping(value),
        _ => null,
    };

    /// <summary>The same of what the reader stands at, which then stands at its end.</summary>
    public static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.GetString();
            case JsonTokenType.True: return true;
            case JsonTokenType.False: return false;
            case JsonTokenType.Null: return null;
            case JsonTokenType.Number when reader.TryGetInt32(out var number): return number;
        }
        using var document = JsonDocument.ParseValue(ref reader);
        return Read(document.RootElement);
    }

    static object Number(JsonElement value)
    {
        if (value.TryGetInt32(out var small))
            return small;
        if (value.TryGetInt64(out var large))
            return large;
        var text = value.GetRawText();
        return text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0
            ? value.GetDouble()
            : BigInteger.Parse(text, CultureInfo.InvariantCulture);
    }

    static List<object?> List(JsonElement value)
    {
        var list = new List<object?>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
            list.Add(Read(item));
        return list;
    }

    public static Dictionary<string, object?> Mapping(JsonElement value)
    {
        var mapping = new Dictionary<string, object?>();
        foreach (var entry in value.EnumerateObject())
            mapping[entry.Name] = Read(entry.Value);
        return mapping;
    }

    /// <summary>The value as JSON text. Throws NotJson for what is none.</summary>
    public static byte[] Json(object? value, string where)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
            Write(json, value, where, 0);
        return buffer.WrittenSpan.ToArray();
    }

    public static void Write(Utf8JsonWriter json, object? value, string where, int depth)
    {
        if (depth > Deepest)
            throw new NotJson(Beginning(where), $"is nested deeper than {Deepest}, or contains itself");
        switch (value)
        {
            case null or DBNull: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(Checked(text, where)); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case Enum name: json.WriteStringValue(name.ToString()); break;
            case int or long or short or sbyte: json.WriteNumberValue(Convert.ToInt64(value, null)); break;
            case byte or ushort or uint or ulong: json.WriteNumberValue(Convert.ToUInt64(value, null)); break;
            case double or float or Half: Fraction(json, (IFormattable)value, where); break;
            // A decimal is a number, and not a whole one even where it is 2.0.
            case decimal: Fraction(json, (IFormattable)value, where); break;
            case BigInteger or Int128 or UInt128 or nint or nuint:
                json.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture), true);
                break;
            case char letter: json.WriteStringValue(Checked(letter.ToString(), where)); break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                json.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            case TimeSpan or Guid or Uri or Version or StringBuilder: json.WriteStringValue(value.ToString()); break;
            case FileSystemInfo file: json.WriteStringValue(Checked(file.ToString(), where)); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case JsonElement element: element.WriteTo(json); break;
            case JsonDocument document: document.RootElement.WriteTo(json); break;
            case JsonNode node: node.WriteTo(json); break;
            case Task: throw Unfit(value, where, "; `await` it");
            case Delegate or MemberInfo or Assembly or Stream or TextReader or TextWriter: throw Unfit(value, where);
            case IDictionary or IDictionary<string, object?>: Entries(json, (IEnumerable)value, where, depth); break;
            case IEnumerable items when !HasKeys(value.GetType()): Items(json, items, where, depth); break;
            case IEnumerable entries: Entries(json, entries, where, depth); break;
            // An address of the network, a complex number: what is made to be written as a text.
            case ISpanFormattable text: json.WriteStringValue(text.ToString(null, CultureInfo.InvariantCulture)); break;
            default: Members(json, value, where, depth); break;
        }
    }

    static string Checked(string text, string where)
    {
        foreach (var letter in text)
            if (char.IsSurrogate(letter))
            {
                try
                {
                    Strict.GetByteCount(text);
                }
                catch (EncoderFallbackException)
                {
                    throw new NotJson(where, "holds a lone surrogate, which is no text");
                }
                break;
            }
        return text;
    }

    // 5.0 is written as 5.0: the next script that reads it must not divide by it as by a whole number.
    static void Fraction(Utf8JsonWriter json, IFormattable number, string where)
    {
        if (number is not decimal && !double.IsFinite(Convert.ToDouble(number is Half half ? (double)half : number)))
            throw new NotJson(where, $"is {number.ToString(null, CultureInfo.InvariantCulture)}, which JSON does not have");
        var text = number.ToString(null, CultureInfo.InvariantCulture);
        json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text, true);
    }

    static bool HasKeys(Type type) => type.GetInterfaces().Any(one =>
        one.IsGenericType && (one.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)
            || one.GetGenericTypeDefinition() == typeof(IDictionary<,>)));

    static void Items(Utf8JsonWriter json, IEnumerable items, string where, int depth)
    {
        json.WriteStartArray();
        var index = 0;
        foreach (var item in items)
            Write(json, item, $"{where}[{index++}]", depth + 1);
        json.WriteEndArray();
    }

    static void Entries(Utf8JsonWriter json, IEnumerable entries, string where, int depth)
    {
        json.WriteStartObject();
        foreach (var entry in entries)
        {
            var (key, value) = entry is DictionaryEntry pair ? (pair.Key, pair.Value) : Pair(entry);
            var name = key switch
            {
                string text => Checked(text, where),
                Enum or Guid or char => key.ToString()!,
                IFormattable number and not DateTime => number.ToString(null, CultureInfo.InvariantCulture),
                _ => throw new NotJson(where, $"has a key of type {key?.GetType()}; keys are strings"),
            };
            json.WritePropertyName(name);
            Write(json, value, where.Length > 0 ? $"{where}.{name}" : name, depth + 1);
        }
        json.WriteEndObject();
    }

    static (object?, object?) Pair(object entry)
    {
        var members = Shape(entry.GetType());
        return (members.First(one => one.Name == "Key").Get(entry), members.First(one => one.Name == "Value").Get(entry));
    }

    // An object is the mapping of its public properties and fields: anonymous types, records, tuples, classes.
    static void Members(Utf8JsonWriter json, object value, string where, int depth)
    {
        var members = Shape(value.GetType());
        if (members.Length == 0 && !value.GetType().Name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal))
            throw Unfit(value, where);
        json.WriteStartObject();
        foreach (var member in members)
        {
            var at = where.Length > 0 ? $"{where}.{member.Name}" : member.Name;
            json.WritePropertyName(member.Name);
            Write(json, Got(member, value, at), at, depth + 1);
        }
        json.WriteEndObject();
    }

    static object? Got(Member member, object value, string where)
    {
        try
        {
            return member.Get(value);
        }
        catch (Exception error)
        {
            var inner = error is TargetInvocationException { InnerException: { } own } ? own : error;
            throw new NotJson(where, $"could not be read: it raised {inner.GetType()}: {inner.Message}");
        }
    }

    static string Beginning(string where) => where.Length > 60 ? where[..60] + "…" : where;

    static Member[] Shape(Type type) => Shapes.GetOrAdd(type, static type =>
    {
        var members = new List<Member>();
        foreach (var member in type.GetMembers(BindingFlags.Instance | BindingFlags.Public))
        {
            if (member.IsDefined(typeof(JsonIgnoreAttribute)))
                continue;
            var name = member.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? member.Name;
            if (member is PropertyInfo { CanRead: true } property && property.GetIndexParameters().Length == 0)
                members.Add(new Member(name, property.GetValue));
            else if (member is FieldInfo field)
                members.Add(new Member(name, field.GetValue));
        }
        return members.ToArray();
    });

    static NotJson Unfit(object value, string where, string cure = "") =>
        new(where, $"is of type {value.GetType()}, which is no JSON value{cure}");
}
