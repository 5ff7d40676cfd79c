using System.Globalization;

namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>The kernel's list of CPUs, <c>0-3,8,10-11</c>.</summary>
internal static class CpuList
{
    /// <returns>How many CPUs the list names; 0 for an empty or malformed one.</returns>
    public static int Count(string list)
    {
        var count = 0;
        foreach (var part in list.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!TryNumber(dash < 0 ? part : part[..dash], out var first) || !TryNumber(dash < 0 ? part : part[(dash + 1)..], out var last) || last < first)
                return 0;
            count += last - first + 1;
        }
        return count;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 65_536;
}
