using System.Globalization;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Folder entries that end in a kernel-given number (<c>hwmon3</c>, <c>policy4</c>), in the order of that number.</summary>
internal static class NumberedEntries
{
    /// <summary>Entries made of the prefix and a decimal number and nothing else; the rest are left out.</summary>
    public static IReadOnlyList<(string Name, int Number)> Of(IReadOnlyList<string> entries, string prefix)
    {
        var found = new List<(string Name, int Number)>();
        foreach (var entry in entries)
        {
            if (entry.StartsWith(prefix, StringComparison.Ordinal)
                && int.TryParse(entry.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                found.Add((entry, number));
            }
        }
        found.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        return found;
    }
}
