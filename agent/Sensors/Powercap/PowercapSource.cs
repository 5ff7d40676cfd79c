using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Powercap;

/// <summary>Energy counters and limits of the processor: RAPL of Intel (MSR and MMIO) and AMD, and other powercap zones.</summary>
/// <remarks>Source: <c>/sys/class/powercap/*</c>, Documentation/power/powercap/powercap.rst. Device = zone id (<c>intel-rapl:0:1</c>),
/// label = the zone's <c>name</c> (<c>package-0</c>, <c>core</c>, <c>dram</c>, <c>psys</c>). Nothing is summed or dropped here: package contains core and uncore,
/// psys contains package, <c>intel-rapl-mmio</c> repeats <c>intel-rapl</c>, and AMD's <c>core</c> is one core only.</remarks>
internal sealed class PowercapSource : ISensorSource
{
    private const string ClassPath = "/sys/class/powercap";

    public string Name => "powercap";

    public Discovery Discover(HostRoot root)
    {
        var entries = root.List(ClassPath, out var errno);
        if (errno != 0 && errno != Errno.NoEntry)
            return Discovery.Nothing(PowercapFindings.Unlisted(ClassPath, errno));
        var zones = Zones(root, entries);
        if (zones.Count == 0)
            return Discovery.Nothing(PowercapFindings.NoZones(root, ClassPath, errno));

        var sensors = new List<ISensor>();
        var findings = new PowercapFindings(root);
        foreach (var (zone, path) in zones)
            AddZone(root, zone, path, sensors, findings);
        return new Discovery(sensors, findings.ToList());
    }

    // The class folder lists every zone flat, as links. Recordings may hold the nested tree of /sys/devices only.
    private static List<(PowercapZone Zone, string Path)> Zones(HostRoot root, IReadOnlyList<string> entries)
    {
        var flat = new List<(PowercapZone, string)>();
        foreach (var entry in entries)
        {
            if (PowercapZone.TryParse(entry, out var zone))
                flat.Add((zone, ClassPath + "/" + entry));
        }
        if (flat.Count > 0)
            return flat;
        foreach (var entry in entries)
            AddNested(root, ClassPath + "/" + entry, flat);
        return flat;
    }

    private static void AddNested(HostRoot root, string path, List<(PowercapZone, string)> zones)
    {
        foreach (var entry in root.List(path, out _))
        {
            if (!PowercapZone.TryParse(entry, out var zone))
                continue;
            zones.Add((zone, path + "/" + entry));
            AddNested(root, path + "/" + entry, zones);
        }
    }

    private void AddZone(HostRoot root, PowercapZone zone, string path, List<ISensor> sensors, PowercapFindings findings)
    {
        var files = root.List(path, out var errno);
        if (errno != 0)
        {
            findings.Hidden(path, errno);
            return;
        }
        var label = root.ReadLine(path + "/name") ?? "";
        var folder = root.LocateDevice(path);
        if (files.Contains("energy_uj"))
            sensors.Add(Energy(root, zone, path, folder, label, findings));
        else if (files.Contains("power_uw"))
            sensors.Add(new FileSensor(Info(zone, "power", label, Quantity.Power, SensorShape.Gauge, path + "/power_uw"), root, Scale.Micro, Plausibility.For(Quantity.Power, SensorShape.Gauge), folder));
        AddLimits(root, zone, path, label, files, sensors);
    }

    private FileSensor Energy(HostRoot root, PowercapZone zone, string path, string folder, string label, PowercapFindings findings)
    {
        var file = path + "/energy_uj";
        var energy = root.ReadInteger(file, out var errno);
        findings.Probed(file, energy, errno);
        // Without a range a wrap looks like a reset: the interval is lost, not invented.
        var range = root.ReadInteger(path + "/max_energy_range_uj") is { } known and > 0 ? known : 0;
        if (range == 0)
            findings.NoRange(path);
        return new FileSensor(
            Info(zone, "energy", label, Quantity.Energy, SensorShape.Counter, file) with { WrapMicros = range },
            root,
            Scale.Micro,
            Plausibility.For(Quantity.Energy, SensorShape.Counter),
            folder)
        {
            ZeroDetail = "the counter reads 0 and never moved: a virtual machine, or a plane that this part does not meter",
        };
    }

    // The constraint's number is not the limit's: the driver skips those it can not reach. Only its name says which one it is.
    private void AddLimits(HostRoot root, PowercapZone zone, string path, string label, IReadOnlyList<string> files, List<ISensor> sensors)
    {
        var names = new DeviceNames();
        foreach (var file in files)
        {
            if (!file.StartsWith("constraint_", StringComparison.Ordinal) || !file.EndsWith("_power_limit_uw", StringComparison.Ordinal))
                continue;
            var prefix = file[..^"_power_limit_uw".Length];
            var constraint = root.ReadLine(path + "/" + prefix + "_name") is { Length: > 0 } known ? known : prefix;
            var name = names.Claim(constraint);
            var designFile = path + "/" + prefix + "_max_power_uw";
            var design = root.ReadInteger(designFile);
            sensors.Add(new FileSensor(
                Info(zone, name, label, Quantity.Power, SensorShape.Limit, path + "/" + file), root, Scale.Micro, Plausibility.ForZoneLimit(design))
            {
                ZeroDetail = "0: this limit is not in use",
            });
            if (design is > 0)
            {
                sensors.Add(new FileSensor(
                    Info(zone, name + "_max", label, Quantity.Power, SensorShape.Limit, designFile), root, Scale.Micro, Plausibility.For(Quantity.Power, SensorShape.Limit)));
            }
        }
    }

    private SensorInfo Info(PowercapZone zone, string name, string label, Quantity quantity, SensorShape shape, string path) =>
        new(Name, zone.Id, name, label, quantity, shape, path);
}
