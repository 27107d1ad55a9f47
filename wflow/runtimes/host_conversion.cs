// Values of a workflow as the types that scripts want them to be.
#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wflow;

/// <summary>A value of a workflow as the type that a script wants it to be.</summary>
static class Conversion
{
    static readonly JsonSerializerOptions Shapes = new()
    {
        PropertyNameCaseInsensitive = true,
        IncludeFields = true,
        Converters = { new Parts() },
        MaxDepth = 1024,
    };

    static readonly HashSet<Type> Texts =
    [
        typeof(object), typeof(string), typeof(bool), typeof(char), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly),
        typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(Uri), typeof(Version), typeof(byte[]), typeof(FileInfo),
        typeof(DirectoryInfo),
    ];

    /// <summary>Reads what stands in a list or a mapping as what is converted by itself is.</summary>
    sealed class Parts : JsonConverterFactory
    {
        public override bool CanConvert(Type type) => IsScalar(type);

        public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
            (JsonConverter)Activator.CreateInstance(typeof(Part<>).MakeGenericType(type))!;
    }

    sealed class Part<T> : JsonConverter<T>
    {
        public override bool HandleNull => !typeof(T).IsValueType;

        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Converted(Values.Read(ref reader));

        public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Converted(reader.GetString());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            Values.Write(writer, value, "", 0);

        static T Converted(object? value)
        {
            try
            {
                return (T)To(value, typeof(T), "it")!;
            }
            catch (InvalidCastException error)
            {
                throw new JsonException(error.Message);
            }
        }
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
        if (!isExplicit || !IsNumber(value.GetType()))
            return true;
        if (bare.IsEnum || bare == typeof(char))
            return false;
        // `(int)5.7` is 5 as in C#, and 3000000000 an error: there it would be another number.
        return !IsNumber(bare) || value is BigInteger || (IsWhole(bare) && !(value is int && bare == typeof(long)));
    }

    /// <summary>Whether values of that type are converted here, wherever they stand.</summary>
    static bool IsScalar(Type type) => IsNumber(type) || type.IsEnum || Texts.Contains(type);

    static bool IsWhole(Type type) => IsNumber(type) && type.IsPrimitive && type != typeof(double) && type != typeof(float);

    static bool IsNumber(Type type) => type == typeof(decimal) || type == typeof(BigInteger)
        || (type.IsPrimitive && type != typeof(bool) && type != typeof(char));

    /// <summary>
    /// The value as that type; of a number to be <paramref name="cut"/> what stands before its point. Throws
    /// InvalidCastException, which says what the value is.
    /// </summary>
    public static object? To(object? value, Type type, string what = "the value", bool cut = false)
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
            return bare.IsInstanceOfType(value) ? value : Converted(value, bare, cut) ?? throw new FormatException();
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException
            or JsonException or NotSupportedException or InvalidCastException)
        {
            throw new InvalidCastException($"{what} is {Shown(value)}, and cannot be {Name(type)}{Reason(error)}");
        }
    }

    static string Reason(Exception error)
    {
        if (error is not (JsonException or NotSupportedException))
            return "";
        var place = error is JsonException { Path: { Length: > 1 } path } ? $"{path[1..].TrimStart('.')}: " : "";
        return $": {place}{error.Message.Split(" Path: $")[0]}";
    }

    static object? Converted(object value, Type type, bool cut)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (type == typeof(string))
            return Encoding.UTF8.GetString(Values.Json(value, ""));
        if (!IsScalar(type))
            return JsonSerializer.Deserialize(Values.Json(value, ""), type, Shapes);
        if (value is List<object?> or Dictionary<string, object?>)
            throw new InvalidCastException();
        if (IsNumber(type))
            return value is string digits ? Parsed(digits.Trim(), type) : Exact(value, type, cut);
        if (type.IsEnum)
            return value is string name ? Enum.Parse(type, name, true) : Enum.ToObject(type, value);
        if (value is not string text)
            throw new InvalidCastException();
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
            _ => new DirectoryInfo(text),
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
        return type == typeof(decimal) ? exact : Exact(exact, type, false);
    }

    static object Exact(object value, Type type, bool cut)
    {
        var invariant = CultureInfo.InvariantCulture;
        if (value is bool)
            throw new InvalidCastException();
        if (type == typeof(BigInteger))
            return value is double number ? new BigInteger(number) : new BigInteger(Convert.ToDecimal(value, invariant));
        if (value is BigInteger big)
            // Its own conversion to a double is not the nearest one.
            return type == typeof(double) || type == typeof(float)
                ? Parsed(big.ToString(invariant), type)
                : Convert.ChangeType((decimal)big, type, invariant);
        if (type == typeof(double) || type == typeof(float) || type == typeof(decimal))
            return Convert.ChangeType(value, type, invariant);
        var whole = value is decimal exact ? decimal.Truncate(exact)
            : value is double fraction ? Math.Truncate(fraction) : value;
        if (!cut && !whole.Equals(value))
            throw new InvalidCastException();
        return Convert.ChangeType(whole, type, invariant);
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
