using Homelab.NodeAgent.Sensors.Machine;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.CpuFreq;

/// <summary>The clock of each frequency policy, its present ceiling and the hardware's range.</summary>
/// <remarks>Source: <c>/sys/devices/system/cpu/cpufreq/policy*/{scaling_cur_freq,scaling_max_freq,cpuinfo_max_freq,cpuinfo_min_freq}</c> in kHz,
/// Documentation/admin-guide/pm/cpufreq.rst. On x86 the current clock is the mean of the last tick; with an ARM table driver it is the requested step.
/// Device = <c>policyN</c> (N = its first CPU), name = the file. Device <c>policies</c>, <c>energy_preference</c>: what all of them were told to prefer.</remarks>
internal sealed class CpuFreqSource : ISensorSource
{
    private const string Folder = "/sys/devices/system/cpu/cpufreq";
    private const string Preference = "/energy_performance_preference";

    public string Name => "cpufreq";

    public Discovery Discover(HostRoot root)
    {
        var policies = NumberedEntries.Of(root.List(Folder, out var errno), "policy");
        if (policies.Count == 0)
            return Discovery.Nothing(Absence(root, errno));
        var sensors = new List<ISensor>();
        var preferences = new List<string>();
        var modes = new DeviceNames();
        var notes = new List<Finding>();
        foreach (var (policy, _) in policies)
        {
            AddPolicy(root, policy, sensors);
            var path = Folder + "/" + policy;
            var preference = root.ReadLine(path + Preference);
            if (preference is not null)
                preferences.Add(path + Preference);
            if (Mode(root, path, preference) is { } mode && modes.Claim(mode) == mode)
                notes.Add(new Finding(FindingKind.Note, path, "", mode, ""));
        }
        if (preferences.Count > 0)
            sensors.Add(new EnergyPreferenceSensor(new SensorInfo(Name, "policies", "energy_preference", "", Quantity.Ratio, SensorShape.Gauge, preferences[0]), root, preferences));
        return new Discovery(sensors, notes);
    }

    private static Finding Absence(HostRoot root, int errno)
    {
        var name = errno == 0 ? "" : Errno.Name(errno);
        if (errno == Errno.Access)
            return Finding.OfFolder(Folder, errno, "The processor's clocks can not be listed.", "");
        if (VirtualMachine.IsGuest(root))
            return new(FindingKind.Foreign, Folder, name, "The hypervisor scales the processor's clock, not this kernel.", "");
        const string meaning = "The kernel does not scale the processor's clock: a model takes it as full, and no cap can be held by it.";
        return Processor.Read(root).Maker switch
        {
            ProcessorMaker.Intel or ProcessorMaker.Amd => new(FindingKind.Missing, Folder, name, meaning, Remedy.Load(root, "acpi-cpufreq") + "; if it refuses, let the system control clocks in the firmware's setup (SpeedStep, Cool'n'Quiet, CPPC)"),
            ProcessorMaker.Arm when BoardName.Read(root).StartsWith("Raspberry Pi", StringComparison.Ordinal) => new(FindingKind.Missing, Folder, name, meaning, Remedy.Load(root, "raspberrypi-cpufreq")),
            _ => new(FindingKind.Missing, Folder, name, meaning, ""),
        };
    }

    /// <summary>Who sets the clocks, said once for all policies that agree; null when the policy does not say.</summary>
    private static string? Mode(HostRoot root, string path, string? preference) => root.ReadLine(path + "/scaling_governor") is { Length: > 0 } governor
        ? $"Clocks are set by {root.ReadLine(path + "/scaling_driver") ?? "an unnamed driver"} with governor {governor}{(preference is null ? "" : ", preference " + preference)}."
        : null;

    private void AddPolicy(HostRoot root, string policy, List<ISensor> sensors)
    {
        var path = Folder + "/" + policy;
        var files = root.List(path, out _);
        var label = root.ReadLine(path + "/scaling_driver") ?? "";
        var bounds = Plausibility.ForClock(Micros(root, path + "/cpuinfo_min_freq"), Micros(root, path + "/cpuinfo_max_freq"));
        Add("scaling_cur_freq", SensorShape.Gauge);
        Add("scaling_max_freq", SensorShape.Limit);
        Add("cpuinfo_max_freq", SensorShape.Limit);
        Add("cpuinfo_min_freq", SensorShape.Limit);

        void Add(string file, SensorShape shape)
        {
            if (files.Contains(file))
                sensors.Add(new FileSensor(new SensorInfo(Name, policy, file, label, Quantity.Frequency, shape, path + "/" + file), root, Scale.Kilo, bounds));
        }
    }

    private static long? Micros(HostRoot root, string path) => root.ReadInteger(path) is { } kilohertz ? Scale.Kilo.Apply(kilohertz) : null;
}
