using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace Homelab.ModelCheck;

/// <summary>Copies a graph of mutable objects, so that a state can be continued in more than one way. What can not change is shared.</summary>
internal static class DeepCopy
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();
    private static readonly ConcurrentDictionary<Type, bool> Shared = new();
    private static readonly MethodInfo MemberwiseCopy = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static T Of<T>(T value) where T : class => (T)Copy(value, new Dictionary<object, object>(ReferenceEqualityComparer.Instance))!;

    private static object? Copy(object? value, Dictionary<object, object> copies)
    {
        if (value is null || Shared.GetOrAdd(value.GetType(), IsShared))
            return value;
        var type = value.GetType();
        if (!type.IsValueType && copies.TryGetValue(value, out var known))
            return known;
        var copy = MemberwiseCopy.Invoke(value, null)!;
        if (!type.IsValueType)
            copies[value] = copy;
        if (copy is Array array)
        {
            if (!Shared.GetOrAdd(type.GetElementType()!, IsShared))
            {
                for (var i = 0; i < array.Length; i++)
                    array.SetValue(Copy(array.GetValue(i), copies), i);
            }
            return copy;
        }
        foreach (var field in Fields.GetOrAdd(type, FieldsOf))
            field.SetValue(copy, Copy(field.GetValue(copy), copies));
        return copy;
    }

    /// <summary>Only fields that can lead to something mutable.</summary>
    private static FieldInfo[] FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type; current is not null && current != typeof(object); current = current.BaseType)
            fields.AddRange(current.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        return [.. fields.Where(field => !Shared.GetOrAdd(field.FieldType, IsShared) || field.FieldType.IsInterface)];
    }

    private static bool IsShared(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type.IsPointer || typeof(Delegate).IsAssignableFrom(type) || typeof(MemberInfo).IsAssignableFrom(type)
        || type.Namespace?.StartsWith("System.Collections.Immutable", StringComparison.Ordinal) == true
        || (!type.IsInterface && type != typeof(object) && (typeof(IComparer).IsAssignableFrom(type) || typeof(IEqualityComparer).IsAssignableFrom(type) || IsComparer(type)))
        || IsRecord(type)
        || (type.IsValueType && FieldTypes(type).All(field => field != type && Shared.GetOrAdd(field, IsShared)));

    private static bool IsComparer(Type type) =>
        type.GetInterfaces().Any(one => one.IsGenericType && (one.GetGenericTypeDefinition() == typeof(IComparer<>) || one.GetGenericTypeDefinition() == typeof(IEqualityComparer<>)));

    /// <summary>Records are immutable by the house's rules.</summary>
    private static bool IsRecord(Type type) => type.IsClass && type.GetMethod("<Clone>$", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) is not null;

    private static IEnumerable<Type> FieldTypes(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Select(field => field.FieldType);
}
