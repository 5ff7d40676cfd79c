using System.Globalization;

namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>The processor's name from the text of <c>/proc/cpuinfo</c>.</summary>
internal static class ProcessorName
{
    /// <summary>x86 gives a model name. 64-bit ARM gives part numbers only: those become <c>4× Cortex-A55 + 4× Cortex-A76</c>.</summary>
    public static string From(string cpuInfo)
    {
        var parts = new List<(string Core, int Count)>();
        var implementer = "";
        foreach (var line in cpuInfo.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                continue;
            var (key, value) = (line[..colon].Trim(), line[(colon + 1)..].Trim());
            if (key == "model name" && value.Length > 0)
                return Tidy(value);
            if (key == "CPU implementer")
                implementer = value;
            else if (key == "CPU part")
                Add(parts, CoreName(implementer, value));
        }
        return string.Join(" + ", parts.Select(static part => part.Count.ToString(CultureInfo.InvariantCulture) + "× " + part.Core));
    }

    /// <summary>How many <c>processor</c> lines there are.</summary>
    public static int CountProcessors(string cpuInfo) =>
        cpuInfo.Split('\n').Count(static line => line.StartsWith("processor", StringComparison.Ordinal) && line.Contains(':', StringComparison.Ordinal));

    private static void Add(List<(string Core, int Count)> parts, string core)
    {
        var at = parts.FindIndex(part => part.Core == core);
        if (at < 0)
            parts.Add((core, 1));
        else
            parts[at] = (core, parts[at].Count + 1);
    }

    // "Intel(R) N100" and "AMD Ryzen 9 8945HS w/ Radeon 780M Graphics" without the marks and runs of spaces.
    private static string Tidy(string name)
    {
        var plain = name.Replace("(R)", "", StringComparison.Ordinal).Replace("(TM)", "", StringComparison.Ordinal);
        plain = string.Join(' ', plain.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new string([.. plain.Where(static c => !char.IsControl(c)).Take(128)]);
    }

    // Part numbers of the cores' MIDR registers, as in arch/arm64/include/asm/cputype.h.
    private static string CoreName(string implementer, string part) => (implementer, part) switch
    {
        ("0x41", "0xd03") => "Cortex-A53",
        ("0x41", "0xd04") => "Cortex-A35",
        ("0x41", "0xd05") => "Cortex-A55",
        ("0x41", "0xd07") => "Cortex-A57",
        ("0x41", "0xd08") => "Cortex-A72",
        ("0x41", "0xd09") => "Cortex-A73",
        ("0x41", "0xd0a") => "Cortex-A75",
        ("0x41", "0xd0b") => "Cortex-A76",
        ("0x41", "0xd0c") => "Neoverse-N1",
        ("0x41", "0xd40") => "Neoverse-V1",
        ("0x41", "0xd41") => "Cortex-A78",
        ("0x41", "0xd42") => "Cortex-A78AE",
        ("0x41", "0xd46") => "Cortex-A510",
        ("0x41", "0xd80") => "Cortex-A520",
        ("0x41", "0xd81") => "Cortex-A720",
        _ => "core " + implementer + "/" + part,
    };
}
