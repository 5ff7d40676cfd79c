using System.Collections.Immutable;
using System.Numerics;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>The files through which others limit a machine: cpufreq, boost, RAPL, meters with a cap, devfreq. They answer as the kernel's drivers do.</summary>
internal sealed class LimitFiles
{
    /// <summary>What RAPL's power unit is on nearly all machines (MSR_RAPL_POWER_UNIT).</summary>
    private const long RaplUnit = 125_000;

    private const long RaplWindowUnit = 976;

    /// <summary>A cap in firmware takes hold within some hundred milliseconds (the ACPI meter's own averaging).</summary>
    private static readonly TimeSpan FirmwareLag = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan ShortestLag = TimeSpan.FromMilliseconds(100);

    private readonly HostTree _tree;
    private readonly List<AnsweredFile> _files = [];
    private readonly ImmutableArray<Policy> _policies;
    private readonly ImmutableArray<RaplConstraint> _constraints;
    private readonly ImmutableArray<(string Path, AnsweredFile Cap)> _meters;
    private readonly AnsweredFile? _boost;
    private readonly AnsweredFile? _noTurbo;

    public LimitFiles(HostTree tree)
    {
        _tree = tree;
        _boost = Open("/sys/devices/system/cpu/cpufreq/boost", Flag);
        _noTurbo = Open("/sys/devices/system/cpu/intel_pstate/no_turbo", Flag);
        _policies = [.. tree.Folders("/sys/devices/system/cpu/cpufreq", "policy").Select(OpenPolicy)];
        _constraints = [.. Zones().SelectMany(OpenZone)];
        _meters = [.. tree.Folders("/sys/class/hwmon", "hwmon").Select(OpenMeter).OfType<(string, AnsweredFile)>()];
        foreach (var device in tree.Folders("/sys/class/devfreq", ""))
            OpenDevice(device);
    }

    /// <summary>What is asked for now, after the machine's answers.</summary>
    public Limits Read(MachineModel machine)
    {
        foreach (var file in _files)
            file.Look();
        var boosts = _boost is not { Value: 0 } && _noTurbo is not { Value: 1 };
        var ceilings = machine.Clusters.Select((cluster, i) =>
            Math.Min(_policies[i].Maximum?.Value ?? cluster.MaximumKilohertz, boosts ? long.MaxValue : _policies[i].BaseKilohertz));
        var powers = _constraints.Where(constraint => constraint.IsOn).Select(constraint => constraint.Limit)
            .Concat(_meters.Select(meter => new PowerLimit(meter.Path, new Power(meter.Cap.Value), FirmwareLag)));
        return new Limits([.. ceilings], [.. powers]);
    }

    private static long? Flag(long asked) => asked is 0 or 1 ? asked : null;

    private AnsweredFile? Open(string path, Func<long, long?> take)
    {
        if (_tree.Number(path) is not { } value)
            return null;
        var file = new AnsweredFile(_tree.Locate(path), value, take);
        _files.Add(file);
        return file;
    }

    // scaling_max_freq: between scaling_min_freq and the hardware's ceiling, then down to an operating point (cpufreq_set_policy since 5.10).
    private Policy OpenPolicy(string policy)
    {
        var least = _tree.Number($"{policy}/cpuinfo_min_freq") ?? 1;
        var most = _tree.Number($"{policy}/cpuinfo_max_freq") ?? long.MaxValue;
        ImmutableArray<long> steps = [.. _tree.Numbers($"{policy}/scaling_available_frequencies").Order()];
        AnsweredFile? minimum = null;
        var maximum = Open($"{policy}/scaling_max_freq", asked => asked < 0 ? null
            : RoundedDown(steps, Math.Clamp(asked, Math.Max(least, minimum?.Value ?? least), most)));
        minimum = Open($"{policy}/scaling_min_freq", asked => asked < 0 ? null : Math.Clamp(asked, least, maximum?.Value ?? most));
        return new Policy(maximum, _tree.Number($"{policy}/base_frequency") ?? most * 2 / 3);
    }

    // The MMIO zone is a second door to the same package, with limits of its own.
    private IEnumerable<string> Zones() => _tree.Folders("/sys/class/powercap", "intel-rapl")
        .Where(zone => _tree.Text($"{zone}/name")?.StartsWith("package-", StringComparison.Ordinal) == true);

    // powercap takes any limit, zero and absurd ones included, and keeps it in the unit of the register.
    private IEnumerable<RaplConstraint> OpenZone(string zone)
    {
        var enabled = Open($"{zone}/enabled", Flag);
        for (var i = 0; i < 2; i++)
        {
            if (Open($"{zone}/constraint_{i}_power_limit_uw", asked => asked < 0 ? null : asked / RaplUnit * RaplUnit) is { } limit)
                yield return new RaplConstraint($"{zone}/{i}", enabled, limit, Open($"{zone}/constraint_{i}_time_window_us", Window));
        }
    }

    // The register holds 2^Y · (1 + F/4) units of 976 µs, rounded down; Y has five bits.
    private static long? Window(long asked)
    {
        if (asked < RaplWindowUnit)
            return null;
        var exponent = Math.Min(31, BitOperations.Log2((ulong)(asked / RaplWindowUnit)));
        var fraction = Math.Min(3, (Math.Min(asked, long.MaxValue / 8) * 4 / RaplWindowUnit >> exponent) - 4);
        return (RaplWindowUnit << exponent) / 4 * (4 + fraction);
    }

    // acpi_power_meter: EINVAL outside power1_cap_min and power1_cap_max. Other chips clamp nothing that is known here.
    private (string, AnsweredFile)? OpenMeter(string chip)
    {
        var least = _tree.Number($"{chip}/power1_cap_min") ?? 0;
        var most = _tree.Number($"{chip}/power1_cap_max") ?? long.MaxValue;
        return Open($"{chip}/power1_cap", asked => asked >= least && asked <= most ? asked : null) is { } cap ? (chip, cap) : null;
    }

    // devfreq rounds nothing and takes a ceiling that no operating point meets; what it governs draws nothing of its own here.
    private void OpenDevice(string device)
    {
        var steps = _tree.Numbers($"{device}/available_frequencies").Order().ToArray();
        if (steps.Length > 0)
            Open($"{device}/max_freq", asked => asked < 0 ? null : asked == 0 ? steps[^1] : Math.Clamp(asked, steps[0], steps[^1]));
    }

    private static long RoundedDown(ImmutableArray<long> steps, long asked) =>
        steps.IsEmpty ? asked : steps.LastOrDefault(step => step <= asked, steps[0]);

    private sealed record Policy(AnsweredFile? Maximum, long BaseKilohertz);

    private sealed record RaplConstraint(string Name, AnsweredFile? Enabled, AnsweredFile Microwatts, AnsweredFile? Window)
    {
        public bool IsOn => Enabled is not { Value: 0 };

        // The register is a running average over its window: as seen from outside, a lag of less than half of it.
        public PowerLimit Limit => new(Name, new Power(Microwatts.Value), Longest(ShortestLag, TimeSpan.FromMicroseconds((Window?.Value ?? 0) * 0.4)));

        private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;
    }
}
