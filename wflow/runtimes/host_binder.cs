// How `dynamic` behaves in scripts and classes. The compiler asks for the types of this namespace by their names, wherever
// it finds them: scripts are compiled against these, and classes find these where they look for those of .NET, to which
// these hand on. What is different: a cast of a workflow's value goes by `Conversion`, and a name after a dot may be a
// key of a mapping.
#nullable enable
extern alias dotnet;
using System;
using System.Collections.Generic;
using System.Dynamic;
using System.Linq;
using System.Linq.Expressions;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using Wflow;
using Real = dotnet::Microsoft.CSharp.RuntimeBinder;

// What a compiled class looks for here, and what is thrown by what these hand on to.
[assembly: TypeForwardedTo(typeof(Real.RuntimeBinderException))]
[assembly: TypeForwardedTo(typeof(Real.RuntimeBinderInternalCompilerException))]

namespace Microsoft.CSharp.RuntimeBinder;

/// <summary>As in .NET.</summary>
[Flags]
public enum CSharpBinderFlags
{
    None = 0,
    CheckedContext = 1,
    InvokeSimpleName = 2,
    InvokeSpecialName = 4,
    BinaryOperationLogical = 8,
    ConvertExplicit = 16,
    ConvertArrayIndex = 32,
    ResultIndexed = 64,
    ValueFromCompoundAssignment = 128,
    ResultDiscarded = 256,
}

/// <summary>As in .NET.</summary>
[Flags]
public enum CSharpArgumentInfoFlags
{
    None = 0,
    UseCompileTimeType = 1,
    Constant = 2,
    NamedArgument = 4,
    IsRef = 8,
    IsOut = 16,
    IsStaticType = 32,
}

/// <summary>As in .NET.</summary>
public sealed class CSharpArgumentInfo
{
    CSharpArgumentInfo(Real.CSharpArgumentInfo inner) => Inner = inner;

    internal Real.CSharpArgumentInfo Inner { get; }

    public static CSharpArgumentInfo Create(CSharpArgumentInfoFlags flags, string? name) =>
        new(Real.CSharpArgumentInfo.Create((Real.CSharpArgumentInfoFlags)flags, name));
}

/// <summary>As in .NET, but for Convert, GetMember and SetMember.</summary>
public static class Binder
{
    public static CallSiteBinder Convert(CSharpBinderFlags flags, Type type, Type? context) =>
        new Converting(type, flags.HasFlag(CSharpBinderFlags.ConvertExplicit),
            (ConvertBinder)Real.Binder.Convert(Flags(flags), type, context));

    public static CallSiteBinder GetMember(
        CSharpBinderFlags flags, string name, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        new Getting(name, (GetMemberBinder)Real.Binder.GetMember(Flags(flags), name, context, Inner(arguments)));

    public static CallSiteBinder BinaryOperation(
        CSharpBinderFlags flags, ExpressionType operation, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.BinaryOperation(Flags(flags), operation, context, Inner(arguments));

    public static CallSiteBinder UnaryOperation(
        CSharpBinderFlags flags, ExpressionType operation, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.UnaryOperation(Flags(flags), operation, context, Inner(arguments));

    public static CallSiteBinder GetIndex(
        CSharpBinderFlags flags, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.GetIndex(Flags(flags), context, Inner(arguments));

    public static CallSiteBinder SetIndex(
        CSharpBinderFlags flags, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.SetIndex(Flags(flags), context, Inner(arguments));

    public static CallSiteBinder SetMember(
        CSharpBinderFlags flags, string name, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        new Setting(name, (SetMemberBinder)Real.Binder.SetMember(Flags(flags), name, context, Inner(arguments)));

    public static CallSiteBinder IsEvent(CSharpBinderFlags flags, string name, Type? context) =>
        Real.Binder.IsEvent(Flags(flags), name, context);

    public static CallSiteBinder Invoke(
        CSharpBinderFlags flags, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.Invoke(Flags(flags), context, Inner(arguments));

    public static CallSiteBinder InvokeConstructor(
        CSharpBinderFlags flags, Type? context, IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.InvokeConstructor(Flags(flags), context, Inner(arguments));

    public static CallSiteBinder InvokeMember(
        CSharpBinderFlags flags, string name, IEnumerable<Type>? types, Type? context,
        IEnumerable<CSharpArgumentInfo>? arguments) =>
        Real.Binder.InvokeMember(Flags(flags), name, types, context, Inner(arguments));

    static Real.CSharpBinderFlags Flags(CSharpBinderFlags flags) => (Real.CSharpBinderFlags)flags;

    static IEnumerable<Real.CSharpArgumentInfo>? Inner(IEnumerable<CSharpArgumentInfo>? arguments) =>
        arguments?.Select(one => one.Inner);
}

sealed class Converting(Type type, bool isExplicit, ConvertBinder plain) : ConvertBinder(type, isExplicit)
{
    static readonly MethodInfo To = typeof(Conversion).GetMethod(nameof(Conversion.To))!;

    public override DynamicMetaObject FallbackConvert(DynamicMetaObject target, DynamicMetaObject? suggestion)
    {
        if (!target.HasValue)
            return Defer(target);
        if (target.Value is not { } value || !Conversion.Applies(value, Type, Explicit))
            return plain.FallbackConvert(target, suggestion);
        var call = Expression.Call(To, Expression.Convert(target.Expression, typeof(object)),
            Expression.Constant(Type), Expression.Constant("the value"), Expression.Constant(Explicit));
        return new DynamicMetaObject(Expression.Convert(call, Type),
            BindingRestrictions.GetTypeRestriction(target.Expression, value.GetType()));
    }
}

sealed class Getting(string name, GetMemberBinder plain) : GetMemberBinder(name, false)
{
    static readonly MethodInfo Key = typeof(Getting).GetMethod(nameof(Entry), BindingFlags.Static | BindingFlags.NonPublic)!;

    public override DynamicMetaObject FallbackGetMember(DynamicMetaObject target, DynamicMetaObject? suggestion)
    {
        if (!target.HasValue)
            return Defer(target);
        // What was an array to the script that wrote it is a list to the one that reads it.
        if (target.Value is List<object?> list && Name == "Length")
            return Of(target, list, Expression.Property(Expression.Convert(target.Expression, list.GetType()), "Count"));
        if (target.Value is not Dictionary<string, object?> mapping || mapping.GetType().GetProperty(Name) is not null)
            return plain.FallbackGetMember(target, suggestion);
        var given = Expression.Convert(target.Expression, mapping.GetType());
        return Of(target, mapping, Expression.Call(Key, given, Expression.Constant(Name)));
    }

    static DynamicMetaObject Of(DynamicMetaObject target, object value, Expression result) => new(
        Expression.Convert(result, typeof(object)),
        BindingRestrictions.GetTypeRestriction(target.Expression, value.GetType()));

    static object? Entry(Dictionary<string, object?> mapping, string name) => mapping.TryGetValue(name, out var value)
        ? value
        : throw new KeyNotFoundException($"the mapping has no key `{name}`");
}

sealed class Setting(string name, SetMemberBinder plain) : SetMemberBinder(name, false)
{
    static readonly MethodInfo Set = typeof(Dictionary<string, object?>).GetMethod("set_Item")!;

    public override DynamicMetaObject FallbackSetMember(
        DynamicMetaObject target, DynamicMetaObject value, DynamicMetaObject? suggestion)
    {
        if (!target.HasValue)
            return Defer(target, value);
        if (target.Value is not Dictionary<string, object?> mapping || mapping.GetType().GetProperty(Name) is not null)
            return plain.FallbackSetMember(target, value, suggestion);
        var given = Expression.Convert(value.Expression, typeof(object));
        var set = Expression.Call(
            Expression.Convert(target.Expression, mapping.GetType()), Set, Expression.Constant(Name), given);
        return new DynamicMetaObject(
            Expression.Block(set, given),
            BindingRestrictions.GetTypeRestriction(target.Expression, mapping.GetType()));
    }
}

/// <summary>An assembly for compiled classes, which look for these types in one of this name.</summary>
static class StandIn
{
    public const string Name = "Microsoft.CSharp";

    /// <summary>The image of an assembly that hands on to this one.</summary>
    public static byte[] Image(Version version)
    {
        var metadata = new MetadataBuilder();
        var name = metadata.GetOrAddString(Name);
        metadata.AddModule(0, name, metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        metadata.AddAssembly(name, version, default, default, default, AssemblyHashAlgorithm.None);
        metadata.AddTypeDefinition(default, default, metadata.GetOrAddString("<Module>"), default,
            MetadataTokens.FieldDefinitionHandle(1), MetadataTokens.MethodDefinitionHandle(1));
        var own = metadata.GetOrAddString(typeof(StandIn).Assembly.GetName().Name!);
        var host = metadata.AddAssemblyReference(own, new Version(0, 0, 0, 0), default, default, default, default);
        const TypeAttributes Forwarded = TypeAttributes.Public | (TypeAttributes)0x0020_0000;
        Type[] types =
        [
            typeof(Binder), typeof(CSharpBinderFlags), typeof(CSharpArgumentInfo), typeof(CSharpArgumentInfoFlags),
            typeof(Real.RuntimeBinderException), typeof(Real.RuntimeBinderInternalCompilerException),
        ];
        foreach (var type in types)
            metadata.AddExportedType(
                Forwarded, metadata.GetOrAddString(type.Namespace!), metadata.GetOrAddString(type.Name), host, 0);
        var image = new BlobBuilder();
        var header = new PEHeaderBuilder(imageCharacteristics: Characteristics.Dll);
        new ManagedPEBuilder(header, new MetadataRootBuilder(metadata), new BlobBuilder()).Serialize(image);
        return image.ToArray();
    }
}
