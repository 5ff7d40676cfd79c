using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Homelab.ModelCheck;

/// <summary>A 128-bit digest of an object graph's fields: two worlds with equal digests have the same future.</summary>
internal sealed class Fingerprint
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Fields = new();
    private readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance);
    private ulong _first = 0xcbf29ce484222325;
    private ulong _second = 0x9e3779b97f4a7c15;

    public UInt128 Value => new(_first, _second);

    public void Add(long value)
    {
        _first = (_first ^ (ulong)value) * 0x100000001b3;
        _second = System.Numerics.BitOperations.RotateLeft(_second ^ ((ulong)value * 0xbf58476d1ce4e5b9), 27) * 0x94d049bb133111eb;
    }

    public void AddGraph(object? value)
    {
        switch (value)
        {
            case null: Add(0); break;
            case string text: Add(text.Length); foreach (var c in text) Add(c); break;
            case long number: Add(number); break;
            case double number: Add(BitConverter.DoubleToInt64Bits(number)); break;
            case TimeSpan span: Add(span.Ticks); break;
            // The wall clock and everything that people read follow from the rest.
            case DateTimeOffset: break;
            case bool flag: Add(flag ? 1 : 2); break;
            case IConvertible number: Add(number.ToInt64(null)); break;
            case Delegate: break;
            case IDictionary map:
                Add(map.Count);
                foreach (DictionaryEntry entry in map)
                {
                    AddGraph(entry.Key);
                    AddGraph(entry.Value);
                }
                break;
            case IEnumerable items and not ITuple when value.GetType().Namespace?.StartsWith("System", StringComparison.Ordinal) == true:
                foreach (var item in items)
                    AddGraph(item);
                Add(-1);
                break;
            default: AddFields(value); break;
        }
    }

    private void AddFields(object value)
    {
        var type = value.GetType();
        if (!type.IsValueType)
        {
            if (_seen.TryGetValue(value, out var number))
            {
                Add(number);
                return;
            }
            _seen[value] = _seen.Count;
        }
        foreach (var field in Fields.GetOrAdd(type, FieldsOf))
            AddGraph(field.GetValue(value));
    }

    // Counters of how often something happened, and texts for people, make no difference to what happens next.
    private static FieldInfo[] FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var current = type; current is not null && current != typeof(object); current = current.BaseType)
            fields.AddRange(current.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        return [.. fields.Where(field => !field.Name.Contains("Reason", StringComparison.Ordinal) && !field.Name.Contains("ecision", StringComparison.Ordinal))];
    }
}
