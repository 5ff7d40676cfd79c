using System.Globalization;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Prometheus.Compatibility;

/// <summary><c>node_rapl_&lt;zone&gt;_joules_total</c> as node_exporter's rapl collector names and labels it, without its <c>enable-zone-label</c>.</summary>
/// <remarks>A zone's index is the number at its name's end (<c>package-1</c>), else how many of its name came before, in the order of the folders.
/// The count begins with the agent where node_exporter's begins with the kernel; both are read by rate.</remarks>
internal static class RaplNames
{
    private const string Folder = "/sys/class/powercap/";

    public static void Write(BorrowedFamilies families, NodeSnapshot node)
    {
        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        var zones = Enumerable.Range(0, node.Readings.Length)
            .Where(i => node.Identity!.Sensors[i] is { Source: "powercap", Name: "energy", Label.Length: > 0 })
            .OrderBy(i => node.Identity!.Sensors[i].Device, StringComparer.Ordinal);
        foreach (var i in zones)
        {
            var sensor = node.Identity!.Sensors[i];
            var (name, index) = Split(sensor.Label, used);
            used[name] = index + 1;
            if (node.Readings[i].Usable is { } micros)
            {
                families.Add($"node_rapl_{Sanitized(name)}_joules_total", MetricType.Counter, $"Current RAPL {name} value in joules", ["index", "node", "path"],
                    micros / 1e6, index.ToString(CultureInfo.InvariantCulture), node.Name.Value, Folder + sensor.Device);
            }
        }
    }

    private static (string Name, int Index) Split(string zone, Dictionary<string, int> used) =>
        zone.Split('-') is [var name, var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? (name, index)
            : (zone, used.GetValueOrDefault(zone));

    private static string Sanitized(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));
}
