using System.Globalization;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Power monitors that the firmware's tables name and nobody reads. No bus is searched: this is what the kernel was told.</summary>
internal static class IdleMonitors
{
    private const string DevicesPath = "/sys/bus/i2c/devices";

    public static IReadOnlyList<Finding> Findings(HostRoot root)
    {
        var found = new List<Finding>();
        foreach (var entry in root.List(DevicesPath, out _))
        {
            // A client is BUS-ADDRESS, four hexadecimal digits.
            var dash = entry.IndexOf('-', StringComparison.Ordinal);
            if (dash <= 0 || !int.TryParse(entry.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var bus)
                || !int.TryParse(entry.AsSpan(dash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
            {
                continue;
            }
            var path = DevicesPath + "/" + entry;
            if (root.ReadLine(path + "/name") is not ("ina219" or "ina226" or "ina228" or "ina260" or "ina3221") || root.Canonical(path + "/driver") is not null)
                continue;
            var chip = root.ReadLine(path + "/name")!;
            var module = chip switch { "ina3221" => "ina3221", "ina228" => "ina238", _ => "ina2xx" };
            var key = string.Create(CultureInfo.InvariantCulture, $"i2c.monitors: {chip}@{bus}-0x{address:x2} and its shunt");
            found.Add(new Finding(FindingKind.Missing, path, "", $"The board names a power monitor here ({chip}) and no driver has it: its watts are not read.", $"{Remedy.Load(root, module)}; or {key}"));
        }
        if (found.Count == 0)
            found.Add(MonitorWords.NoneNamed);
        return found;
    }
}
