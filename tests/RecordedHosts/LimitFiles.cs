using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>The files through which others limit the machine: <c>scaling_max_freq</c> (kHz), RAPL's long-term limit and hwmon's <c>power1_cap</c> (both µW).</summary>
internal sealed record LimitFiles(ImmutableArray<string> Frequencies, ImmutableArray<string> Caps)
{
    public static LimitFiles Find(HostTree tree)
    {
        var zones = tree.Folders("/sys/class/powercap", "intel-rapl:").Where(zone => tree.Text($"{zone}/name") == "package-0").Select(zone => $"{zone}/constraint_0_power_limit_uw");
        var chips = tree.Folders("/sys/class/hwmon", "hwmon").Select(chip => $"{chip}/power1_cap");
        return new LimitFiles(
            [.. tree.Folders("/sys/devices/system/cpu/cpufreq", "policy").Select(policy => $"{policy}/scaling_max_freq")],
            [.. zones.Concat(chips).Where(tree.Has)]);
    }

    /// <summary>What they ask for now. A file that cannot be read asks for nothing; of several caps the lowest holds.</summary>
    public Limits Read(HostTree tree, MachineModel machine)
    {
        var caps = Caps.Select(tree.Number).OfType<long>().Where(cap => cap > 0).ToList();
        return new Limits(
            [.. machine.Clusters.Select((cluster, i) => tree.Number(Frequencies[i]) ?? cluster.MaximumKilohertz)],
            caps.Count == 0 ? null : new Power(caps.Min()));
    }
}
