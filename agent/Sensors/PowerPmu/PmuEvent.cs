using System.Globalization;

namespace Homelab.NodeAgent.Sensors.PowerPmu;

/// <summary>One energy event of the unit: what it counts, and its number.</summary>
/// <param name="zone">As powercap calls the same plane: <c>package</c>, <c>core</c>, <c>uncore</c>, <c>dram</c>, <c>psys</c>.</param>
/// <param name="file">Its name in the unit's <c>events</c>.</param>
internal sealed class PmuEvent(string zone, string file)
{
    /// <summary>Those of arch/x86/events/rapl.c, packages first as powercap lists them.</summary>
    public static readonly PmuEvent[] All =
    [
        new("package", "energy-pkg"),
        new("core", "energy-cores"),
        new("uncore", "energy-gpu"),
        new("dram", "energy-ram"),
        new("psys", "energy-psys"),
    ];

    public string Zone => zone;

    public string File => file;

    /// <summary>The number in <c>event=0x02</c>; false for any other text.</summary>
    public static bool TryConfig(string? text, out ulong config)
    {
        config = 0;
        const string lead = "event=0x";
        return text is not null && text.StartsWith(lead, StringComparison.Ordinal)
            && ulong.TryParse(text.AsSpan(lead.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out config)
            && config is > 0 and <= 0xFF;
    }

    /// <summary>The processors of a <c>cpumask</c>, one for each package or die: <c>0,18</c>. Ranges are written out.</summary>
    public static IReadOnlyList<int> Processors(string? mask)
    {
        const int most = 8192;
        var found = new List<int>();
        foreach (var part in (mask ?? "").Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!int.TryParse(dash < 0 ? part : part[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(dash < 0 ? part : part[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                || last < first || last >= most)
            {
                return [];
            }
            for (var cpu = first; cpu <= last; cpu++)
                found.Add(cpu);
        }
        return found;
    }
}
