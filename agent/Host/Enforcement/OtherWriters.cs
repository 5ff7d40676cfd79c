using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Programs that are known to write limits, too, found among the running ones by name. Source: <c>/proc/PID/comm</c>, 15 characters at most.</summary>
internal static class OtherWriters
{
    private static readonly string[] Known =
    [
        "thermald", "tlp", "tuned", "power-profiles-", "auto-cpufreq", "throttled", "ryzenadj", "intel-undervolt", "tccd", "asusd", "lactd", "corectrl", "cpupower-gui",
    ];

    /// <summary>Their names, each once, joined by commas; empty when none runs, or when /proc does not show.</summary>
    public static string Running(HostRoot root)
    {
        var found = new List<string>();
        foreach (var entry in root.List("/proc", out _))
        {
            if (int.TryParse(entry, NumberStyles.None, CultureInfo.InvariantCulture, out _) && Name(root, entry) is { } name && !found.Contains(name))
                found.Add(name);
        }
        return string.Join(", ", found);
    }

    private static string? Name(HostRoot root, string process)
    {
        Span<byte> text = stackalloc byte[32];
        var count = root.Files.Read(root.Locate("/proc/" + process + "/comm"), text);
        if (count <= 0)
            return null;
        var name = Encoding.UTF8.GetString(text[..count]).Trim();
        foreach (var known in Known)
        {
            if (name == known)
                return known == "power-profiles-" ? "power-profiles-daemon" : known;
        }
        return null;
    }
}
