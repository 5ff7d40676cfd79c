using System.Globalization;
using Homelab.NodeAgent.Sensors.Machine;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Cpu;

/// <summary>Thermal throttling that Intel processors count themselves.</summary>
/// <remarks>Source: <c>/sys/devices/system/cpu/cpu*/thermal_throttle/*</c>, Documentation/ABI/testing/sysfs-devices-system-cpu. The package's counters repeat on each of its CPUs
/// and a core's on its siblings; each is read once. Device <c>packageN</c>: <c>package_throttled</c>, <c>core_throttled</c> (heat) and <c>throttled_power</c> (a RAPL limit) = 1
/// when a count grew since the sensor's previous read, <c>…_since_boot</c> = 1 when it is above 0, <c>throttled_thermal_seconds</c> = seconds since boot.
/// A limit that is written masks the interrupt behind the power counts: they may stand still after that. Absent on AMD, ARM and in virtual machines.</remarks>
internal sealed class ThrottleSource : ISensorSource
{
    private const string Folder = "/sys/devices/system/cpu";
    private const long MostPackages = 4096;

    public string Name => "throttle";

    public Discovery Discover(HostRoot root)
    {
        var packages = new SortedDictionary<long, Package>();
        foreach (var (cpu, number) in NumberedEntries.Of(root.List(Folder, out _), "cpu"))
        {
            var path = Folder + "/" + cpu;
            var files = root.List(path + "/thermal_throttle", out var errno);
            if (errno != 0 || files.Count == 0)
                continue;
            // -1 where the kernel does not know it.
            var id = root.ReadInteger(path + "/topology/physical_package_id") is >= 0 and < MostPackages and var known ? known : 0;
            var core = root.ReadInteger(path + "/topology/core_id") is >= 0 and var told ? told : number;
            if (!packages.TryGetValue(id, out var package))
                packages[id] = package = new Package(path + "/thermal_throttle", files, []);
            if (files.Contains("core_throttle_count"))
                package.Cores.TryAdd(core, path + "/thermal_throttle/core_throttle_count");
        }
        if (packages.Count == 0)
            return Discovery.Nothing(Absence(root));
        return Discovery.Of([.. packages.SelectMany(package => Sensors(root, package.Key, package.Value))]);
    }

    private static Finding Absence(HostRoot root)
    {
        var isExpected = Processor.Read(root).Maker == ProcessorMaker.Intel && !VirtualMachine.IsGuest(root) && root.List(Folder + "/cpu0", out _).Count > 0;
        return isExpected
            ? new(FindingKind.Missing, Folder + "/cpu0/thermal_throttle", Errno.Name(Errno.NoEntry), "This kernel does not count the processor's throttling, as others do for Intel's: cooling devices and clocks show some of it.", "")
            : new(FindingKind.Foreign, Folder + "/cpu0/thermal_throttle", Errno.Name(Errno.NoEntry), "This processor does not count its throttling (only Intel's do).", "");
    }

    private IEnumerable<ISensor> Sensors(HostRoot root, long id, Package package)
    {
        var device = "package" + id.ToString(CultureInfo.InvariantCulture);
        var heat = new List<ThrottledSensor>();
        if (package.Files.Contains("package_throttle_count"))
            heat.Add(Throttled(root, device, "package_throttled", [package.Folder + "/package_throttle_count"]));
        if (package.Cores.Count > 0)
            heat.Add(Throttled(root, device, "core_throttled", [.. package.Cores.Values]));
        foreach (var sensor in heat)
            yield return sensor;
        if (heat.Count > 0)
            yield return SinceBoot(device, "throttled_thermal_since_boot", heat);
        if (package.Files.Contains("package_power_limit_count"))
        {
            var power = Throttled(root, device, "throttled_power", [package.Folder + "/package_power_limit_count"]);
            yield return power;
            yield return SinceBoot(device, "throttled_power_since_boot", [power]);
        }
        if (package.Files.Contains("package_throttle_total_time_ms"))
        {
            var path = package.Folder + "/package_throttle_total_time_ms";
            yield return new FileSensor(
                new SensorInfo(Name, device, "throttled_thermal_seconds", "", Quantity.Duration, SensorShape.Counter, path),
                root,
                Scale.Milli,
                Plausibility.For(Quantity.Duration, SensorShape.Counter));
        }
    }

    private ThrottledSensor Throttled(HostRoot root, string device, string name, IReadOnlyList<string> counts) => new(Flag(device, name, counts[0]), root, counts);

    private ThrottledSinceBootSensor SinceBoot(string device, string name, List<ThrottledSensor> counted) => new(Flag(device, name, counted[0].Info.Path), counted);

    private SensorInfo Flag(string device, string name, string path) => new(Name, device, name, "", Quantity.State, SensorShape.Gauge, path);

    private sealed record Package(string Folder, IReadOnlyList<string> Files, SortedDictionary<long, string> Cores);
}
