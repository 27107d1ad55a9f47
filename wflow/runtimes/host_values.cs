// Values of a workflow as C# has them, and what C# has as values of a workflow.
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
            throw new NotJson(where, $"is nested deeper than {Deepest}, or contains itself");
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
            case TimeSpan or Guid or Uri or Version: json.WriteStringValue(value.ToString()); break;
            case FileSystemInfo file: json.WriteStringValue(Checked(file.ToString(), where)); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            case JsonElement element: element.WriteTo(json); break;
            case JsonDocument document: document.RootElement.WriteTo(json); break;
            case JsonNode node: node.WriteTo(json); break;
            case Delegate or MemberInfo or Assembly or Task or Stream or TextReader or TextWriter:
                throw Unfit(value, where);
            case IDictionary or IDictionary<string, object?>: Entries(json, (IEnumerable)value, where, depth); break;
            case IEnumerable items when !HasKeys(value.GetType()): Items(json, items, where, depth); break;
            case IEnumerable entries: Entries(json, entries, where, depth); break;
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
            json.WritePropertyName(member.Name);
            Write(json, member.Get(value), where.Length > 0 ? $"{where}.{member.Name}" : member.Name, depth + 1);
        }
        json.WriteEndObject();
    }

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

    static NotJson Unfit(object value, string where) =>
        new(where, $"is of type {value.GetType()}, which is no JSON value");
}

/// <summary>A value of a workflow as the type that a script wants it to be.</summary>
static class Conversion
{
    static readonly JsonSerializerOptions Shapes = new()
    {
        PropertyNameCaseInsensitive = true,
        IncludeFields = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Converters = { new JsonStringEnumConverter(), new AnyConverter() },
        MaxDepth = 1024,
    };

    sealed class AnyConverter : JsonConverter<object>
    {
        public override object? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return Values.Read(document.RootElement);
        }

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options) =>
            Values.Write(writer, value, "", 0);
    }

    /// <summary>Whether a cast to <paramref name="type"/> is one that C# itself does not know, and this does.</summary>
    public static bool Applies(object value, Type type, bool isExplicit)
    {
        if (type.IsInstanceOfType(value) || value is not (string or bool or List<object?> or Dictionary<string, object?>)
            && !IsNumber(value.GetType()))
            return false;
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (bare.IsInstanceOfType(value))
            return false;
        // `(int)5.7` is 5 in C#, and so it is here; `int n = 5.7` is an error, and `int n = 5.0` is not.
        return !(IsNumber(value.GetType()) && (IsNumber(bare) || bare.IsEnum || bare == typeof(char)) && isExplicit);
    }

    static bool IsNumber(Type type) => type == typeof(decimal) || type == typeof(BigInteger)
        || (type.IsPrimitive && type != typeof(bool) && type != typeof(char));

    /// <summary>The value as that type. Throws InvalidCastException, which says what the value is.</summary>
    public static object? To(object? value, Type type, string what = "the value")
    {
        if (type.IsInstanceOfType(value))
            return value;
        if (value is null)
            return !type.IsValueType || Nullable.GetUnderlyingType(type) is not null
                ? null
                : throw new InvalidCastException($"{what} is null, and cannot be {Name(type)}");
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        try
        {
            return bare.IsInstanceOfType(value) ? value : Converted(value, bare) ?? throw new FormatException();
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException
            or JsonException or NotSupportedException or InvalidCastException)
        {
            var more = error is JsonException or NotSupportedException ? $": {error.Message}" : "";
            throw new InvalidCastException($"{what} is {Shown(value)}, and cannot be {Name(type)}{more}");
        }
    }

    static object? Converted(object value, Type type)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (type == typeof(string))
            return Encoding.UTF8.GetString(Values.Json(value, ""));
        if (value is List<object?> or Dictionary<string, object?>)
            return JsonSerializer.Deserialize(Values.Json(value, ""), type, Shapes);
        if (IsNumber(type))
            return value is string digits ? Parsed(digits.Trim(), type) : Exact(value, type);
        if (type.IsEnum)
            return value is string name ? Enum.Parse(type, name, true) : Enum.ToObject(type, value);
        if (value is not string text)
            return JsonSerializer.Deserialize(Values.Json(value, ""), type, Shapes);
        return type switch
        {
            _ when type == typeof(bool) => bool.Parse(text),
            _ when type == typeof(char) => char.Parse(text),
            _ when type == typeof(DateTime) => DateTime.Parse(text, invariant, DateTimeStyles.RoundtripKind),
            _ when type == typeof(DateTimeOffset) => DateTimeOffset.Parse(text, invariant),
            _ when type == typeof(DateOnly) => DateOnly.Parse(text, invariant),
            _ when type == typeof(TimeOnly) => TimeOnly.Parse(text, invariant),
            _ when type == typeof(TimeSpan) => TimeSpan.Parse(text, invariant),
            _ when type == typeof(Guid) => Guid.Parse(text),
            _ when type == typeof(Uri) => new Uri(text, UriKind.RelativeOrAbsolute),
            _ when type == typeof(Version) => Version.Parse(text),
            _ when type == typeof(byte[]) => Convert.FromBase64String(text),
            _ when type == typeof(FileInfo) => new FileInfo(text),
            _ when type == typeof(DirectoryInfo) => new DirectoryInfo(text),
            _ => JsonSerializer.Deserialize(Values.Json(text, ""), type, Shapes),
        };
    }

    static object Parsed(string text, Type type)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (type == typeof(BigInteger))
            return BigInteger.Parse(text, invariant);
        if (type == typeof(double) || type == typeof(float))
            return Convert.ChangeType(double.Parse(text, NumberStyles.Float, invariant), type, invariant);
        var exact = decimal.Parse(text, NumberStyles.Float, invariant);
        return type == typeof(decimal) ? exact : Exact(exact, type);
    }

    static object Exact(object value, Type type)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (value is bool)
            throw new InvalidCastException();
        if (type == typeof(BigInteger))
            return value is double number ? new BigInteger(number) : new BigInteger(Convert.ToDecimal(value, invariant));
        if (value is BigInteger big)
            return type == typeof(double) ? (double)big : type == typeof(float) ? (float)big
                : type == typeof(decimal) ? (decimal)big : Convert.ChangeType((decimal)big, type, invariant);
        if (type == typeof(double) || type == typeof(float) || type == typeof(decimal))
            return Convert.ChangeType(value, type, invariant);
        if (value is double fraction && fraction != Math.Floor(fraction)
            || value is decimal other && other != decimal.Floor(other))
            throw new InvalidCastException();
        return Convert.ChangeType(value, type, invariant);
    }

    static string Shown(object value) => value switch
    {
        string text => $"the text \"{(text.Length > 80 ? text[..80] + "…" : text)}\"",
        List<object?> list => $"a list of {list.Count}",
        Dictionary<string, object?> => "a mapping",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string Name(Type type) => Nullable.GetUnderlyingType(type) is { } bare
        ? Name(bare) + "?"
        : type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
}
